"""The page of a store in a real browser: what it shows, what it asks for, how it keeps up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from ledger_entries import merged
from playwright.sync_api import Page, expect
from shop_days import NOW, SETTINGS, TODAY, sighting
from shop_site import SCREENSHOTS

from analytics.reports.render_html import render_html
from analytics.reports.report import build_report
from schemas.messages import Phase

pytestmark = pytest.mark.needs_chromium


def drawn(page: Page) -> None:
    """Wait until every chart of the page is drawn."""
    expect(page.locator(".chart:not(.drawn)")).to_have_count(0)


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(150)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def serious_faults(page: Page) -> list[str]:
    """Return what keeps people from the page who hear it or type."""
    found = Axe().run(page).response["violations"]
    return [item["id"] for item in found if item["impact"] in ("serious", "critical")]


def figure(page: Page, label: str) -> str:
    return page.locator(".fact", has_text=label).locator(".value").first.inner_text().rstrip("*")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_of_a_full_day_stands_in_every_size_and_light(full_site, look, width, dark):
    seen = look(f"{full_site.url}/stores/harbour", width=width, dark=dark)
    drawn(seen.page)
    expect(seen.page.locator("#connection")).to_have_text("connected")
    shoot(seen.page, f"store-{width}-{'dark' if dark else 'light'}")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious_faults(seen.page) == []
    assert seen.strangers == []
    assert seen.complaints == []


def test_the_figures_of_the_page_are_those_of_the_report(full_site, look):
    seen = look(f"{full_site.url}/")
    assert seen.page.url.endswith("/stores/harbour")
    report = build_report(full_site.repository, SETTINGS, TODAY, TODAY, now=NOW)
    assert report.figures.pv > 0
    assert figure(seen.page, "Visits (PV)") == str(report.figures.pv)
    assert figure(seen.page, "Visitors (UV)") == str(report.figures.uv)


def test_a_sighting_recorded_while_the_page_is_open_appears_and_is_counted(full_site, look):
    seen = look(f"{full_site.url}/stores/harbour")
    expect(seen.page.locator("#connection")).to_have_text("connected")
    before = int(figure(seen.page, "Visits (PV)"))
    coming = sighting(90_001, 90_001, NOW, phase=Phase.PROVISIONAL)
    full_site.repository.record([coming])
    line = seen.page.locator(f"[data-sighting='{coming.sighting_id}']")
    expect(line).to_contain_text("coming in")
    assert int(figure(seen.page, "Visits (PV)")) == before
    full_site.repository.record([replace(coming, phase=Phase.CONFIRMED)])
    expect(line).to_contain_text("new face")
    expect(seen.page.locator(".fact", has_text="Visits (PV)").locator(".value")).to_contain_text(str(before + 1))
    expect(seen.page.locator("#sightings li").first).to_have_attribute("data-sighting", str(coming.sighting_id))
    drawn(seen.page)
    assert seen.complaints == []


def test_a_line_that_is_shown_follows_a_merge(full_site, look):
    seen = look(f"{full_site.url}/stores/harbour")
    expect(seen.page.locator("#connection")).to_have_text("connected")
    one, other = sighting(90_003, 90_003, NOW), sighting(90_004, 90_004, NOW)
    full_site.repository.record([one, other])
    line = seen.page.locator(f"[data-sighting='{other.sighting_id}']")
    expect(line).to_contain_text(str(other.face_id)[:8])
    full_site.repository.record([], entries=[merged(90_003, one.face_id, other.face_id)])
    full_site.repository.record([sighting(90_005, 90_005, NOW)])  # what comes next makes the page look again
    expect(line).to_contain_text(str(one.face_id)[:8], timeout=15_000)
    assert seen.complaints == []


def test_a_page_that_lost_the_server_says_so_and_takes_up_where_it_was(full_site, look):
    seen = look(f"{full_site.url}/stores/harbour")
    expect(seen.page.locator("#connection")).to_have_text("connected")
    seen.page.route("**/live/events*", lambda route: route.abort())
    seen.page.reload()
    expect(seen.page.locator("#connection")).to_contain_text("not connected since")
    missed = sighting(90_002, 90_002, NOW)
    full_site.repository.record([missed])
    seen.page.unroute("**/live/events*")
    expect(seen.page.locator(f"[data-sighting='{missed.sighting_id}']")).to_have_count(1, timeout=15_000)
    expect(seen.page.locator("#connection")).to_have_text("connected")


def test_without_a_sighting_the_page_says_what_to_do(empty_site, look):
    seen = look(f"{empty_site.url}/stores/harbour")
    expect(seen.page.locator("#empty")).to_contain_text("footfall run --store harbour")
    shoot(seen.page, "store-empty")
    assert seen.complaints == []


def test_a_recorded_film_opens_on_its_own_day_and_says_so(empty_site, look):
    film = datetime(2026, 3, 2, 10, tzinfo=UTC)
    empty_site.repository.record([sighting(number, number, film + timedelta(minutes=number)) for number in range(5)])
    seen = look(f"{empty_site.url}/stores/harbour")
    expect(seen.page.locator(".notice")).to_contain_text("Mon 2 Mar 2026")
    assert figure(seen.page, "Visits (PV)") == "5"
    drawn(seen.page)
    shoot(seen.page, "store-film")
    seen.page.get_by_role("link", name="Show today").click()
    assert figure(seen.page, "Visits (PV)") == "0"
    drawn(seen.page)
    shoot(seen.page, "store-today-without-data")


def test_a_page_that_cannot_be_shown_says_why(full_site, look):
    seen = look(f"{full_site.url}/stores/nowhere")
    expect(seen.page.get_by_role("alert")).to_contain_text("harbour")
    shoot(seen.page, "error")


def test_the_page_reads_without_scripts(full_site, look):
    seen = look(f"{full_site.url}/stores/harbour", scripts=False)
    assert int(figure(seen.page, "Visits (PV)")) > 0
    seen.page.get_by_text("Show as table").first.click()
    expect(seen.page.locator("#visits table")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_report_in_one_file_draws_its_charts_and_asks_nobody(full_site, look, tmp_path: Path, dark):
    report = build_report(full_site.repository, SETTINGS, TODAY, TODAY, now=NOW)
    file = tmp_path / "report.html"
    file.write_text(render_html(report), encoding="utf-8")
    seen = look(file.as_uri(), dark=dark)
    drawn(seen.page)
    shoot(seen.page, f"report-{'dark' if dark else 'light'}")
    assert figure(seen.page, "Visits (PV)") == str(report.figures.pv)
    assert [url for url in seen.strangers if not url.startswith("file:")] == []
    assert seen.complaints == []
