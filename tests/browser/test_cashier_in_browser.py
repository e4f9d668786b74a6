"""The cashier's screen in a real browser, over a real log and database: who comes in, and what survives."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from cashier_site import NAMES, STORE, Till, face, till
from playwright.sync_api import Page, expect
from shop_site import SCREENSHOTS, Look

from schemas.messages import Phase

pytestmark = pytest.mark.needs_chromium


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Till]:
    with till(tmp_path) as opened:
        yield opened


@pytest.fixture
def screen(shop: Till, look: Callable[..., Look]) -> Look:
    seen = look(f"{shop.url}/cashier", width=1180)
    expect(seen.page.locator("#connection")).to_have_text("connected")
    return seen


def members(page: Page) -> list[str]:
    return page.locator(".arrival .member").all_inner_texts()


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(400)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [item["id"] for item in found if item["impact"] in ("serious", "critical")]


def test_a_member_who_comes_in_has_a_card_that_is_filled_once_it_is_sure(shop: Till, screen: Look):
    page = screen.page
    assert page.url == f"{shop.url}/stores/{STORE}/cashier"
    coming = shop.comes_in(0)
    card = page.locator(".arrival")
    expect(card).to_have_class("arrival provisional")
    expect(card).to_contain_text(NAMES[0])
    expect(card).to_contain_text("first visit here")
    shop.publish(replace(coming, phase=Phase.CONFIRMED))
    expect(card).to_have_class("arrival confirmed")
    expect(page.locator("#told")).to_contain_text(NAMES[0])
    assert (screen.complaints, screen.strangers) == ([], [])


def test_the_newest_card_comes_first_and_one_that_was_somebody_else_says_so_and_goes(shop: Till, screen: Look):
    page = screen.page
    coming = shop.comes_in(0)
    expect(page.locator(".arrival")).to_have_count(1)
    shop.comes_in(1)
    expect(page.locator(".arrival")).to_have_count(2)
    assert members(page) == [NAMES[1], NAMES[0]]
    shop.publish(replace(coming, phase=Phase.CONFIRMED, face_id=face(999)))
    gone = page.locator(".arrival", has_text=NAMES[0])
    expect(gone).to_contain_text("was somebody else")
    expect(gone).to_have_count(0, timeout=15_000)
    assert members(page) == [NAMES[1]]


def test_a_card_that_is_corrected_changes_in_its_place(shop: Till, screen: Look):
    coming = shop.comes_in(0)
    expect(screen.page.locator(".arrival")).to_contain_text(NAMES[0])
    shop.publish(replace(coming, phase=Phase.CONFIRMED, face_id=face(3)))
    expect(screen.page.locator(".arrival")).to_contain_text(NAMES[3])
    expect(screen.page.locator(".arrival")).to_have_class("arrival corrected")


def test_who_was_greeted_is_known_on_every_screen_and_after_a_reload(shop: Till, screen: Look, look):
    shop.comes_in(0)
    other = look(f"{shop.url}/cashier").page
    screen.page.get_by_role("button", name=f"Greeted: {NAMES[0]}").click()
    for page in (screen.page, other):
        expect(page.locator(".arrival")).to_have_class("arrival provisional greeted")
    other.reload()
    expect(other.locator(".arrival")).to_have_class("arrival provisional greeted")
    shop.comes_in(1)
    expect(other.locator(".arrival")).to_have_count(2)
    other.keyboard.press("g")
    expect(screen.page.locator(".arrival.greeted")).to_have_count(2)
    assert screen.complaints == []


def test_nothing_is_missed_and_nothing_shown_twice_when_the_server_dies_and_comes_back(shop: Till, screen: Look):
    page = screen.page
    shop.comes_in(0)
    expect(page.locator(".arrival")).to_have_count(1)
    page.evaluate("""() => {
        window.added = 0;
        new MutationObserver((changes) => changes.forEach((one) => { window.added += one.addedNodes.length; }))
            .observe(document.querySelector("#arrivals"), { childList: true });
    }""")
    shop.kill()
    expect(page.locator("#lost")).to_contain_text("Not connected since")
    shoot(page, "cashier-not-connected")
    shop.comes_in(1)
    shop.comes_in(2)
    shop.start()
    expect(page.locator("#connection")).to_have_text("connected", timeout=30_000)
    expect(page.locator(".arrival")).to_have_count(3, timeout=15_000)
    expect(page.locator("#lost")).to_be_hidden()
    assert members(page) == [NAMES[2], NAMES[1], NAMES[0]]
    assert page.evaluate("window.added") == 2


def test_a_tablet_that_slept_asks_again_on_waking(shop: Till, screen: Look):
    page = screen.page
    page.evaluate("""() => {
        // What a tablet does: time goes on, and nothing runs.
        const slept = Date.now() + 20_000;
        const was = Date.now;
        Date.now = () => was() + 20_000;
        document.dispatchEvent(new Event("visibilitychange"));
        return slept;
    }""")
    with page.expect_request("**/arrivals/events*", timeout=5_000):
        page.evaluate("""() => {
            const was = Date.now;
            Date.now = () => was() + 20_000;
            document.dispatchEvent(new Event("visibilitychange"));
        }""")
    expect(page.locator("#connection")).to_have_text("connected")
    shop.comes_in(0)
    expect(page.locator(".arrival")).to_have_count(1)


def test_sound_is_off_until_somebody_wants_it_and_stays_as_it_was_set(shop: Till, screen: Look):
    button = screen.page.locator("#sound")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    shop.comes_in(0)
    expect(screen.page.locator(".arrival")).to_have_count(1)
    screen.page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert screen.complaints == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_screen_stands_in_every_size_light_and_language(shop: Till, look, width, dark, language):
    page = look(f"{shop.url}/stores/{STORE}/cashier?lang={language}", width=width, dark=dark).page
    expect(page.locator("#connection")).to_have_class("state good")
    name = f"{width}-{'dark' if dark else 'light'}-{language}"
    shoot(page, f"cashier-empty-{name}")
    assert faults(page) == []
    coming = [shop.comes_in(person) for person in range(4)]
    expect(page.locator(".arrival")).to_have_count(4)
    shop.publish(replace(coming[0], phase=Phase.CONFIRMED), replace(coming[2], phase=Phase.CONFIRMED))
    page.locator(".arrival", has_text=NAMES[3]).locator("button").click()
    shop.publish(replace(coming[1], phase=Phase.CONFIRMED, face_id=face(999)))
    expect(page.locator(".arrival.withdrawn")).to_have_count(1)
    expect(page.locator(".arrival.confirmed")).to_have_count(2)
    shoot(page, f"cashier-{name}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults(page) == []


def test_a_card_goes_when_its_minute_is_over(shop: Till, screen: Look):
    page = screen.page
    shop.comes_in(0)
    expect(page.locator(".arrival")).to_have_count(1)
    page.evaluate("""() => { const was = Date.now; Date.now = () => was() + 61_000; }""")
    expect(page.locator(".arrival")).to_have_count(0, timeout=5_000)
    expect(page.locator("#nobody-arrived")).to_be_visible()
