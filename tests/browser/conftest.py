"""A real server and a real Chromium that looks at it."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from shop_days import NOW, SETTINGS, coverage, sightings

from analytics.repository import VisitRepository
from analytics.web import create_app

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is missing: apt-get install chromium fonts-wqy-zenhei"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Look]]:
    """Open an address: ``look(url, width=390, dark=True)``."""
    opened = []

    def open_page(url: str, *, width: int = 1440, dark: bool = False, scripts: bool = True) -> Look:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        opened.append(context)
        page = context.new_page()
        seen = Look(page=page, strangers=[], complaints=[])
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((url[:20], "data:", "blob:")) else seen.strangers.append(request.url)
            ),
        )
        page.on(
            "console",
            lambda line: seen.complaints.append(line.text) if line.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.goto(url)
        return seen

    yield open_page
    for context in opened:
        context.close()


@contextmanager
def serving(folder: Path, stores: tuple[str, ...] = ()) -> Iterator[Site]:
    """Serve a repository in a folder on a free port of the loopback."""
    repository = VisitRepository(
        f"sqlite:///{folder / 'visits.sqlite'}", lambda store_id: replace(SETTINGS, store_id=store_id)
    )
    app = create_app(
        repository=repository,
        settings_of=lambda store_id: replace(SETTINGS, store_id=store_id),
        now=lambda: NOW,
        stores=stores,
        poll_s=0.1,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < until, "the server did not start within 20 s"
            time.sleep(0.02)
        yield Site(url=f"http://127.0.0.1:{listener.getsockname()[1]}", repository=repository)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        repository.close()


@pytest.fixture
def full_site(tmp_path: Path) -> Iterator[Site]:
    """A shop with six days behind it."""
    with serving(tmp_path) as site:
        site.repository.record(sightings(), coverage())
        yield site


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[Site]:
    """A shop that is set up and where nothing was seen yet."""
    with serving(tmp_path, stores=("harbour",)) as site:
        yield site
