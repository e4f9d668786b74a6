"""The live page of a store in a real browser: how it keeps up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_entries import merged
from page_checks import drawn, figure, shoot
from playwright.sync_api import expect
from shop_days import NOW, SETTINGS, TODAY, sighting

from analytics.reports.render_html import render_html
from analytics.reports.report import build_report
from schemas.messages import Phase

pytestmark = pytest.mark.needs_chromium


def test_a_sighting_recorded_while_the_page_is_open_appears_and_is_counted(full_site, look):
    seen = look(f"{full_site.url}/stores/harbour/live")
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
    seen = look(f"{full_site.url}/stores/harbour/live")
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
    seen = look(f"{full_site.url}/stores/harbour/live")
    expect(seen.page.locator("#connection")).to_have_text("connected")
    seen.page.route("**/live/events*", lambda route: route.abort())
    seen.page.reload()
    expect(seen.page.locator("#connection")).to_contain_text("not connected since")
    missed = sighting(90_002, 90_002, NOW)
    full_site.repository.record([missed])
    seen.page.unroute("**/live/events*")
    expect(seen.page.locator(f"[data-sighting='{missed.sighting_id}']")).to_have_count(1, timeout=15_000)
    expect(seen.page.locator("#connection")).to_have_text("connected")


def test_a_recorded_film_opens_on_its_own_day_and_says_so(empty_site, look):
    film = datetime(2026, 3, 2, 10, tzinfo=UTC)
    empty_site.repository.record([sighting(number, number, film + timedelta(minutes=number)) for number in range(5)])
    seen = look(f"{empty_site.url}/stores/harbour")
    expect(seen.page.locator(".notice")).to_contain_text("Mon 2 Mar 2026")
    assert figure(seen.page, "Visits (PV)") == "5"
    drawn(seen.page)
    shoot(seen.page, "store-film")
    seen.page.get_by_role("link", name="Today").click()
    assert figure(seen.page, "Visits (PV)") == "0"
    drawn(seen.page)
    shoot(seen.page, "store-today-without-data")


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
