"""The web page of one process, served from a thread."""

import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address

import uvicorn

from analytics.arrivals import TagsOf, no_tags
from analytics.repository import VisitRepository
from analytics.web import LOOPBACK_HOSTS, create_app
from footfall.config import Settings, Web
from footfall.wiring import utc_now
from schemas.errors import ConfigError

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
) -> Iterator[str]:
    """Serve the page while the context lasts; yields its address. ``stores`` are shown before anything was seen there.

    Raises ConfigError when the port is taken, or the address reaches beyond this machine: there is no login yet.
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
    with _listening(web.host, web.port) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, log_level="warning", timeout_graceful_shutdown=_STREAMS_END_WITHIN_S)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web")
        thread.start()
        try:
            yield f"http://{web.host}:{web.port}/"
        finally:
            ending.set()
            server.should_exit = True
            thread.join()


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise ConfigError(f"{host}:{port} cannot be listened on ({error.strerror}): give another --port") from error


def _require_loopback(web: Web) -> None:
    try:
        loopback = web.host == "localhost" or ip_address(web.host).is_loopback
    except ValueError:
        loopback = False
    if loopback:
        return
    if not web.without_login:
        raise ConfigError(
            f"web.host {web.host} reaches beyond this machine, and the page has no login yet: "
            "use 127.0.0.1 and a tunnel or a proxy that asks who is there; in a container whose port is published on "
            "127.0.0.1 alone, set web.without_login"
        )
    _log.warning("the page listens on %s and asks nobody for a password", web.host)
