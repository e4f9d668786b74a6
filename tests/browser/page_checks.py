"""What every page has to stand up to."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from shop_site import SCREENSHOTS, Look


def drawn(page: Page) -> None:
    """Wait until every chart of the page is drawn."""
    expect(page.locator(".chart:not(.drawn)")).to_have_count(0)


def shoot(page: Page, name: str) -> None:
    """Take a picture of the whole page, for somebody to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(150)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def serious_faults(page: Page) -> list[str]:
    """Return what keeps people from the page who hear it or type."""
    found = Axe().run(page).response["violations"]
    return [item["id"] for item in found if item["impact"] in ("serious", "critical")]


def figure(page: Page, label: str) -> str:
    """Return a large figure, without the star of an incomplete one."""
    return page.locator(".fact", has_text=label).locator(".value").first.inner_text().rstrip("*")


def stands(seen: Look, name: str, width: int) -> None:
    """Take its picture, and assert that it is drawn, not too wide, can be used by everybody and asks nobody else."""
    drawn(seen.page)
    shoot(seen.page, name)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious_faults(seen.page) == []
    assert (seen.strangers, seen.complaints) == ([], [])
