"""Every page in every size, light and language, and what people do on them."""

import re

import pytest
from chain_days import BLIND, LONG_NAME
from page_checks import drawn, figure, serious_faults, shoot, stands
from playwright.sync_api import expect
from shop_days import NOW, SETTINGS, TODAY

from analytics.presentation.language import LANGUAGES
from analytics.reports.report import build_report

pytestmark = pytest.mark.needs_chromium

PAGES = {
    "chain": "/",
    "store": "/stores/harbour",
    "store-range": "/stores/harbour?from=2026-05-02&to=2026-05-08",
    "store-gap": f"/stores/{BLIND}?from=2026-05-08&to=2026-05-08",
    "store-today": "/stores/harbour?from=2026-05-09&to=2026-05-09",
    "live": "/stores/harbour/live",
    "cameras": "/cameras",
}
LOOKS = [
    (1440, False, "en-GB"),
    (1440, True, "zh-CN"),
    (390, False, "zh-CN"),
    (390, True, "en-GB"),
]
MAY_STAY = re.compile(
    r"[a-z]+(-[a-z]+)+|harbour|outlet|riverside|university|door|till|Europe/Berlin|Footfall|Foot|fall|English|PV|UV|"
    r"FaceId|CSV|footfall run|no picture for 10 s, connecting again|[0-9a-f]{8}"
)


@pytest.mark.parametrize(("width", "dark", "language"), LOOKS, ids=lambda value: str(value))
@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_in_every_size_light_and_language(chain_site, look, name, width, dark, language):
    seen = look(chain_site.url + PAGES[name], width=width, dark=dark, language=language)
    if name == "live":
        expect(seen.page.locator("#connection")).to_have_class("state good")
    stands(seen, f"{name}-{width}-{'dark' if dark else 'light'}-{language[:2]}", width)
    assert seen.page.locator("html").get_attribute("lang") == language[:2]
    if language == "zh-CN":
        words = MAY_STAY.sub("", seen.page.locator("body").inner_text())
        assert re.findall(r"[A-Za-z]{2,}[^\n]*", words) == []


def test_the_store_that_needs_somebody_is_the_first_row(chain_site, look):
    page = look(f"{chain_site.url}/").page
    rows = page.locator(".ranking tbody tr")
    assert rows.count() == 10
    expect(rows.first).to_contain_text(BLIND)
    expect(rows.first.locator(".state")).to_contain_text("no camera sees")
    expect(rows.first.locator("svg .gap")).to_have_count(1)
    expect(page.get_by_text("not-open-yet")).to_be_visible()
    page.get_by_role("link", name=LONG_NAME).click()
    assert page.url.endswith(f"/stores/{LONG_NAME}?from=2026-05-02&to=2026-05-08")


def test_a_range_is_kept_by_its_address_and_by_going_back(chain_site, look):
    page = look(f"{chain_site.url}/stores/harbour").page
    expect(page.locator(".sentence")).to_contain_text("Yesterday")
    page.get_by_role("link", name="7 days", exact=True).click()
    expect(page.locator(".sentence")).to_contain_text("Sat 2 May 2026 to Fri 8 May 2026")
    page.get_by_role("link", name="The range before").click()
    expect(page.locator(".sentence")).to_contain_text("Sat 25 Apr 2026 to Fri 1 May 2026")
    page.go_back()
    expect(page.locator(".sentence")).to_contain_text("Sat 2 May 2026")
    page.get_by_label("First day").fill("2026-05-07")
    page.get_by_role("button", name="Show").click()
    assert "from=2026-05-07&to=2026-05-08" in page.url


def test_a_language_that_is_chosen_stays(chain_site, look):
    page = look(f"{chain_site.url}/stores/harbour?from=2026-05-08&to=2026-05-08").page
    page.get_by_role("link", name=LANGUAGES["zh"]).click()
    assert "from=2026-05-08" in page.url
    expect(page.locator("h1")).to_have_text("门店 harbour")
    page.goto(f"{chain_site.url}/cameras")
    expect(page.locator("h1")).to_have_text("摄像头")


def test_the_figures_of_the_page_are_those_of_the_report(chain_site, look):
    page = look(f"{chain_site.url}/stores/harbour?from={TODAY}&to={TODAY}").page
    report = build_report(chain_site.repository, SETTINGS, TODAY, TODAY, now=NOW)
    assert report.figures.pv > 0
    assert figure(page, "Visits (PV)") == str(report.figures.pv)
    assert figure(page, "Visitors (UV)") == str(report.figures.uv)


def test_every_chart_is_read_by_keys_and_as_a_table(chain_site, look):
    page = look(f"{chain_site.url}/stores/harbour").page
    drawn(page)
    charts = page.locator(".chart")
    for place in range(charts.count()):
        chart = charts.nth(place)
        chart.focus()
        for _ in range(12):
            page.keyboard.press("ArrowRight")
        expect(chart.locator(".hoverlayer .hovertext").first).to_be_attached()
    tables = page.get_by_text("Show as table")
    assert tables.count() == charts.count()
    tables.first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").first.click()
    assert download.value.suggested_filename.endswith(".csv")


def test_a_page_reads_without_scripts(chain_site, look):
    page = look(f"{chain_site.url}/stores/harbour", scripts=False).page
    assert int(figure(page, "Visits (PV)")) > 0
    page.get_by_text("Show as table").first.click()
    expect(page.locator("table").first).to_be_visible()


def test_a_page_that_cannot_be_shown_says_why(chain_site, look):
    page = look(f"{chain_site.url}/stores/nowhere").page
    expect(page.get_by_role("alert")).to_contain_text("harbour")
    shoot(page, "error")


def test_without_a_sighting_pages_say_what_to_do(empty_site, look):
    for place, path in enumerate(("/", "/stores/harbour", "/stores/harbour/live")):
        seen = look(empty_site.url + path)
        expect(seen.page.locator("#empty")).to_contain_text("footfall run --store harbour")
        shoot(seen.page, f"empty-{place}")
        assert serious_faults(seen.page) == []
        assert seen.complaints == []
