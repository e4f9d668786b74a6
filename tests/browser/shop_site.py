"""A shop's pages on a real server, and a look at them."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page
from shop_days import NOW, SETTINGS

from analytics.records.repository import VisitRepository
from analytics.web.app import create_app

SCREENSHOTS = Path(__file__).parents[2] / "out" / "screenshots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running server and the repository behind it."""

    url: str
    repository: VisitRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A page that is open, and what it did behind our back: requests to others, complaints on its console."""

    page: Page
    strangers: list[str]
    complaints: list[str]


@contextmanager
def serving(folder: Path, stores: tuple[str, ...] = ()) -> Iterator[Site]:
    """Serve a repository in a folder on a free port of the loopback."""
    repository = VisitRepository(
        f"sqlite:///{folder / 'visits.sqlite'}", lambda store_id: replace(SETTINGS, store_id=store_id)
    )
    app = create_app(
        repository=repository,
        now=lambda: NOW,
        stores=stores,
        poll_s=0.1,
    )
    try:
        with served(app) as url:
            yield Site(url=url, repository=repository)
    finally:
        repository.close()


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of the loopback; yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < until, "the server did not start within 20 s"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
