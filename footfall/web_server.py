"""The web page of one process, served from a thread."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import uvicorn

from analytics.web import LOOPBACK_HOSTS, create_app
from footfall.wiring import Site, about, sentence, utc_now
from schemas.errors import ConfigError

_STREAMS_END_WITHIN_S = 2


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve the page while the context lasts; yields its address.

    Raises ConfigError when the port is taken, or the address reaches beyond this machine: there is no login yet.
    """
    web = site.settings.web
    _require_loopback(web.host)
    ending = threading.Event()
    app = create_app(
        repository=site.repository,
        settings_of=site.settings_of,
        now=utc_now,
        stores=(site.settings.store.id,),
        footnote=sentence(about(site.pack)),
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


def _require_loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ConfigError(
            f"web.host {host} reaches beyond this machine, and the page has no login yet: "
            "use 127.0.0.1 and a tunnel or a proxy that asks who is there"
        )
