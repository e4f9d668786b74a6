"""Logging in with a real browser: what it sends with a form is what the server asks of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from access_site import PASSWORD, access_site
from axe_playwright_python.sync_playwright import Axe
from shop_site import SCREENSHOTS, Look, served

from analytics.access.roles import Role

pytestmark = pytest.mark.needs_chromium


@pytest.mark.parametrize("dark", [False, True])
def test_somebody_logs_in_sees_the_stores_and_logs_out(look: Callable[..., Look], tmp_path: Path, dark: bool):
    with access_site(tmp_path) as site, served(site.app) as url:
        site.add_user("anna", Role.ADMIN, password=PASSWORD)
        seen = look(f"{url}/?then=link", width=390, dark=dark)
        page = seen.page
        assert Axe().run(page).violations_count == 0
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"login-{'dark' if dark else 'light'}.png")
        page.get_by_label("Name").fill("anna")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{url}/?then=link")
        assert Axe().run(page).violations_count == 0
        page.screenshot(path=SCREENSHOTS / f"logged-in-{'dark' if dark else 'light'}.png")
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url(f"{url}/login")
        page.goto(url)
        assert "/login?next=" in page.url
        assert (seen.complaints, seen.strangers) == ([], [])
