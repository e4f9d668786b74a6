"""The web page of one process, served from a thread."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from analytics.arrivals import TagsOf, no_tags
from analytics.repository import VisitRepository
from analytics.web import LOOPBACK_HOSTS, create_app
from footfall.config import Settings, Web
from footfall.wiring import utc_now
from schemas.errors import ConfigError

API_PATH = "/api"
_STREAMS_END_WITHIN_S = 2

_log = logging.getLogger(__name__)


@contextmanager
def serving(
    settings: Settings,
    repository: VisitRepository,
    *,
    stores: Sequence[str],
    footnote: str = "",
    tags_of: TagsOf = no_tags,
    api: FastAPI | None = None,
) -> Iterator[str]:
    """Serve the page while the context lasts; yields its address. ``stores`` are shown before anything was seen there.

    ``api`` is served below /api/, but beyond this machine only where a key is set. Raises ConfigError when the port is
    taken, or the address reaches beyond this machine: there is no login yet.
    """
    web = settings.web
    _require_loopback(web)
    ending = threading.Event()
    app = create_app(
        repository=repository,
        now=utc_now,
        stores=stores,
        footnote=footnote,
        tags_of=tags_of,
        allowed_hosts=(*LOOPBACK_HOSTS, web.host),
        ending=ending,
    )
    if api is not None and (is_loopback(web.host) or settings.api.key):
        app.mount(API_PATH, api)
    elif api is not None:
        _log.warning("the recognition service is not opened on %s: that takes a key, api.key", web.host)
    with served(app, web.host, web.port, name="web", remedy="give another --port", on_ending=ending.set):
        yield f"http://{web.host}:{web.port}/"


@contextmanager
def served(
    app: FastAPI, host: str, port: int, *, name: str, remedy: str, on_ending: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Serve an application from a thread of this ``name`` while the context lasts; ``on_ending`` is called at its end.

    Raises ConfigError with the ``remedy`` where the address cannot be listened on.
    """
    with _listening(host, port, remedy) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, log_level="warning", timeout_graceful_shutdown=_STREAMS_END_WITHIN_S)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name=name)
        thread.start()
        try:
            yield
        finally:
            on_ending()
            server.should_exit = True
            thread.join()


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int, remedy: str) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise ConfigError(f"{host}:{port} cannot be listened on ({error.strerror}): {remedy}") from error


def _require_loopback(web: Web) -> None:
    if is_loopback(web.host):
        return
    if not web.without_login:
        raise ConfigError(
            f"web.host {web.host} reaches beyond this machine, and the page has no login yet: "
            "use 127.0.0.1 and a tunnel or a proxy that asks who is there; in a container whose port is published on "
            "127.0.0.1 alone, set web.without_login"
        )
    _log.warning("the page listens on %s and asks nobody for a password", web.host)
