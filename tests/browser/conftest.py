"""A real server and a real Chromium that looks at it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import chain_days
import pytest
from playwright.sync_api import Browser, sync_playwright
from services import require
from shop_days import coverage, sightings
from shop_site import Look, Site, serving

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), f"{CHROMIUM} is missing: apt-get install chromium fonts-wqy-zenhei")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Look]]:
    """Open an address: ``look(url, width=390, dark=True, language="zh-CN")``."""
    opened = []

    def open_page(
        url: str, *, width: int = 1440, dark: bool = False, scripts: bool = True, language: str = "en-GB"
    ) -> Look:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            locale=language,
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


@pytest.fixture
def full_site(tmp_path: Path) -> Iterator[Site]:
    """A shop in the midst of its first day."""
    with serving(tmp_path) as site:
        site.repository.record(sightings(1), coverage(1))
        yield site


@pytest.fixture(scope="session")
def chain_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Ten stores, to be looked at alone: what is recorded here stays for every test."""
    with serving(tmp_path_factory.mktemp("chain"), stores=("not-open-yet",)) as site:
        chain_days.record(site.repository)
        yield site


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[Site]:
    """A shop that is set up and where nothing was seen yet."""
    with serving(tmp_path, stores=("harbour",)) as site:
        yield site
