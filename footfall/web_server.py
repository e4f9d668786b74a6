"""The web page of one process, served from a thread."""

import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from analytics.access.login import Login
from analytics.access.passwords import Passwords
from analytics.arrivals import TagsOf, no_tags
from analytics.camera_work import CameraWork
from analytics.identity_work import IdentityWork
from analytics.records.repository import VisitRepository
from analytics.web.app import LOOPBACK_HOSTS, create_app
from footfall.config import Settings, Web
from footfall.store_settings import ruled_settings
from footfall.wiring import utc_now
from schemas.errors import ConfigError

API_PATH = "/api"
TAKES_TURNS_EVERY_S = 0.001
"""Whoever hands out arrivals waits so long for a thread that reckons a report, many times for each arrival; as Python
sets it, five times as long."""

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
    work: IdentityWork | None = None,
    cameras: CameraWork | None = None,
    api: FastAPI | None = None,
) -> Iterator[str]:
    """Serve the page while the context lasts; yields its address. ``stores`` are shown before anything was seen there.

    ``work`` is what people may do about identities, ``cameras`` about cameras. ``api`` is served below /api/. Raises
    ConfigError when the port is taken, or when everybody would have to log in and there is nobody who could.
    """
    web = settings.web
    login = _login_of(web, repository)
    ending = threading.Event()
    app = create_app(
        repository=repository,
        now=utc_now,
        stores=stores,
        footnote=footnote,
        tags_of=tags_of,
        login=login,
        reach=settings.webhooks.reach(),
        work=work,
        cameras=cameras,
        ruled=ruled_settings(settings.store),
        timetable=settings.reports.timetable(),
        # Who logs in is told by a cookie, which a page elsewhere does not have whatever name it points here.
        allowed_hosts=("*",) if login else (*LOOPBACK_HOSTS, web.host),
        ending=ending,
    )
    if api is not None:
        app.mount(API_PATH, api)
    with served(
        app, web.host, web.port, name="web", remedy="give another --port", on_ending=ending.set, proxy=web.proxy
    ):
        yield f"http://{web.host}:{web.port}/"


@contextmanager
def served(
    app: FastAPI,
    host: str,
    port: int,
    *,
    name: str,
    remedy: str,
    on_ending: Callable[[], None] = lambda: None,
    proxy: str | None = None,
) -> Iterator[None]:
    """Serve an application from a thread of this ``name`` while the context lasts; ``on_ending`` is called at its end.

    ``proxy`` is the address whose word on who asks is believed. Raises ConfigError with the ``remedy`` where the
    address cannot be listened on.
    """
    sys.setswitchinterval(TAKES_TURNS_EVERY_S)
    with _listening(host, port, remedy) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                timeout_graceful_shutdown=_STREAMS_END_WITHIN_S,
                proxy_headers=proxy is not None,
                forwarded_allow_ips=proxy,
                server_header=False,
            )
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


def reaches_beyond(web: Web) -> bool:
    """Tell whether others than programs of this machine may come to the page."""
    return not is_loopback(web.host) or web.proxy is not None


def _login_of(web: Web, repository: VisitRepository) -> Login | None:
    """Return what logging in takes; None where nobody has to. Raises ConfigError where somebody has to and none can."""
    if not reaches_beyond(web):
        return None
    if web.without_login:
        _log.warning("the page listens on %s and asks nobody for a password", web.host)
        return None
    if not repository.access.accounts.any_way_in(utc_now()):
        raise ConfigError(
            f"the page at {web.host} is reached from beyond this machine, and nobody could log in yet: make a user "
            "with `footfall user add NAME --role admin`, or a key with `footfall key add`, in the same database; "
            "in a container whose port is published on 127.0.0.1 alone, set web.without_login"
        )
    if web.proxy is None:
        _log.warning("passwords travel to %s as they are typed: put a proxy that speaks TLS before it", web.host)
    return Login(store=repository.access, passwords=Passwords())
