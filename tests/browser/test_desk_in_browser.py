"""The operator's pages in a real browser: keys, forms, and how they stand in every size, light and language."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from access_site import LIGHT, PASSWORD
from axe_playwright_python.sync_playwright import Axe
from clips import even_times_s, write_clip
from identity_shop import AGAIN, FIRST, MEMBER, NOW, STORE, WORKER, IdentityShop, identity_shop
from playwright.sync_api import Page, expect
from shop_site import SCREENSHOTS, served

from analytics.access.accounts import User
from analytics.access.passwords import Passwords
from analytics.access.roles import Role
from analytics.outbound.delivery import Webhook
from analytics.outbound.events import SUBSCRIBABLE
from analytics.outbound.signatures import new_secret
from analytics.records.kept_cameras import KeptCamera

pytestmark = pytest.mark.needs_chromium


HOOK = "abcd1234"
PATHS = (
    "identities", "members", "cameras", "cameras/add", "exports", "settings", "settings/access", "settings/webhooks",
    "settings/audit",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    shop: IdentityShop
    url: str


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with identity_shop(tmp_path, pairs=3) as shop, served(shop.app) as url:
        shop.queue()
        yield Desk(shop=shop, url=url)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A store that is looked at and not changed: members, users, keys and a queue."""
    with ExitStack() as opened:
        shop = opened.enter_context(identity_shop(tmp_path_factory.mktemp("full"), pairs=4))
        shop.queue()
        shop.work.bind(str(FIRST), MEMBER, ("gold", "likes tea"), "olga")
        _add_webhook(shop)
        _add_camera(shop)
        shop.work.bind(str(WORKER), "Bartholomew van der Meer-Featherstonehaugh", None, "olga")
        yield Desk(shop=shop, url=opened.enter_context(served(shop.app)))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with identity_shop(tmp_path_factory.mktemp("empty"), people=False) as shop, served(shop.app) as url:
        shop.queue()
        yield Desk(shop=shop, url=url)


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(150)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {item['nodes'][0]['html']}" for item in found if item["impact"] in ("serious", "critical")]


def test_keys_merge_keep_apart_skip_and_undo(desk: Desk, look):
    seen = look(f"{desk.url}/identities")
    page = seen.page
    left = page.locator(".left strong")
    expect(left).to_have_text("3")
    first, second, third = desk.shop.queue().candidates
    page.keyboard.press("m")
    expect(left).to_have_text("2")
    expect(page.locator(".said")).to_contain_text("are one person now")
    ledger = desk.shop.repository.identities.ledger
    assert ledger().canonical(first.face_id) == ledger().canonical(first.other_face_id)
    page.keyboard.press("u")
    expect(left).to_have_text("3")
    assert ledger().canonical(first.face_id) != ledger().canonical(first.other_face_id)
    page.keyboard.press("n")
    expect(left).to_have_text("2")
    assert ledger().barred(first.face_id, first.other_face_id) is not None
    page.keyboard.press("s")
    expect(page.locator(".decide")).to_have_attribute("action", f"/identities/candidates/{third.candidate_id}")
    page.keyboard.press("m")
    expect(left).to_have_text("1")
    expect(page.get_by_text("You skipped what is left")).to_be_visible()
    page.get_by_role("link", name="Begin with the first again").click()
    expect(page.locator(".decide")).to_have_attribute("action", f"/identities/candidates/{second.candidate_id}")
    page.keyboard.press("m")
    expect(page.get_by_text("Nothing is left to decide")).to_be_visible()
    shoot(page, "identities-nothing-left")
    assert (seen.complaints, seen.strangers) == ([], [])


def test_a_decision_works_without_scripts(desk: Desk, look):
    page = look(f"{desk.url}/identities", scripts=False).page
    page.get_by_role("button", name="Not the same").click()
    expect(page.locator(".left strong")).to_have_text("2")


def test_a_member_is_bound_and_forgotten_with_a_receipt(desk: Desk, look):
    page = look(f"{desk.url}/members").page
    form = page.locator("#bind")
    form.get_by_label("FaceId").fill(str(AGAIN)[:8])
    form.get_by_label("Member, as").fill("card-1")
    form.get_by_label("Tags").fill("gold")
    form.get_by_label("agreed to be recognised").check()
    form.get_by_role("button", name="Bind").click()
    expect(page.locator(".rows")).to_contain_text("card-1")
    tags = page.get_by_label("Tags of card-1")
    expect(tags).to_have_value("gold")
    tags.fill("gold, likes tea")
    tags.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is member card-1 now")
    expect(tags).to_have_value("gold, likes tea")
    page.get_by_text("Forget …").click()
    shoot(page, "members-forget")
    page.get_by_label("I am sure").check()
    page.get_by_role("button", name="Erase").click()
    expect(page.locator("h1")).to_have_text("Receipt of an erasure")
    expect(page.locator("main")).to_contain_text(str(AGAIN))
    shoot(page, "receipt")
    assert faults(page) == []


def test_what_is_set_counts_and_what_is_wrong_is_said_beside_it(desk: Desk, look):
    page = look(f"{desk.url}/settings").page
    expect(page.get_by_role("textbox", name="Zone an IANA name such as")).to_be_disabled()
    page.get_by_label("The business day begins at").fill("06:00")
    page.get_by_label("are known").check()
    page.get_by_label("Monday: opens").fill("09:00")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("alert")).to_contain_text("opening time or a closing time alone")
    expect(page.get_by_label("The business day begins at")).to_have_value("06:00")
    shoot(page, "settings-wrong")
    assert faults(page) == []
    page.get_by_label("Monday: closes").fill("18:00")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("status").filter(has_text="Kept")).to_be_visible()
    assert f"{desk.shop.repository.settings_of(STORE).day_start:%H:%M}" == "06:00"


def test_an_admin_who_is_logged_in_makes_users_and_keys_and_cannot_shut_themselves_out(tmp_path: Path, look):
    with identity_shop(tmp_path, people=False, with_login=True) as shop, served(shop.app) as url:
        _add_admin(shop)
        page = look(f"{url}/settings/access").page
        page.get_by_label("Name").fill("olga")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_text("Somebody new").click()
        page.get_by_label("Name", exact=True).fill("vera")
        page.get_by_label("Password, ten").fill("other words of hers")
        page.locator("form[action='/settings/users/add'] select").select_option("cashier")
        page.locator("form[action='/settings/users/add']").get_by_label(STORE, exact=True).check()
        page.get_by_role("button", name="Let in", exact=True).click()
        expect(page.locator(".rows").first).to_contain_text("vera")
        page.get_by_text("A new key").click()
        page.get_by_label("What it is for").fill("till")
        page.locator("form[action='/settings/keys/add']").get_by_label("every store").check()
        page.get_by_role("button", name="Make it").click()
        expect(page.locator(".secret")).to_contain_text("footfall_")
        shoot(page, "access-key")
        assert faults(page) == []
        page.goto(f"{url}/settings/audit")
        expect(page.locator("table")).to_contain_text("key add")
        shoot(page, "audit")
        assert faults(page) == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_pages_stand_in_every_size_light_and_language(full: Desk, empty: Desk, look, width, dark, language):
    for desk, kind in ((full, "full"), (empty, "empty")):
        for path in PATHS:
            seen = look(f"{desk.url}/{path}?lang={language}", width=width, dark=dark)
            lit = "dark" if dark else "light"
            shoot(seen.page, f"{path.replace('/', '-')}-{kind}-{width}-{lit}-{language}")
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert faults(seen.page) == []
            assert (seen.complaints, seen.strangers) == ([], []), path


def test_a_camera_is_tested_before_it_is_kept_and_taken_away(desk: Desk, look, tmp_path: Path):
    film = write_clip(tmp_path / "till.mp4", even_times_s(30))
    page = look(f"{desk.url}/cameras/add?store={STORE}").page
    page.get_by_label("Name of the camera").fill("till")
    page.get_by_label("Address or file").fill("rtsp://anna:very-secret@127.0.0.1:9/till")
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing listens on port 9")
    assert "very-secret" not in page.content()
    assert faults(page) == []
    page.get_by_label("Address or file").fill(str(film))
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_role("img")).to_be_visible()
    shoot(page, "camera-tried")
    assert faults(page) == []
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator(".rows")).to_contain_text("till.mp4")
    page.get_by_text("Take away …").click()
    page.get_by_role("button", name="Watch it no more").click()
    expect(page.locator(".rows")).to_have_count(0)


def test_what_a_receiver_was_sent_stands_in_its_log(full: Desk, look):
    seen = look(f"{full.url}/settings/webhooks")
    page = seen.page
    page.get_by_role("button", name=f"Send a test to {HOOK}").click()
    expect(page.get_by_role("alert")).to_contain_text("The test did not arrive")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        shoot(page, f"webhook-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults(page) == []
    assert (seen.complaints, seen.strangers) == ([], [])


def _add_webhook(shop: IdentityShop) -> None:
    hook = Webhook(
        webhook_id=HOOK, url="https://127.0.0.1:9/a/rather/long/path/of/another/system", secret=new_secret(),
        events=frozenset(SUBSCRIBABLE), stores=None, made_at=NOW,
    )  # fmt: skip
    shop.repository.webhooks.add(hook, by="olga")


def _add_camera(shop: IdentityShop) -> None:
    camera = KeptCamera(
        store_id=STORE, camera_id="door", address="rtsp://anna:very-secret@192.0.2.7/stream",
        shown_as="rtsp://***@192.0.2.7/stream", start=None, kept_at=NOW,
    )  # fmt: skip
    shop.repository.cameras.keep(camera, by="olga")


def _add_admin(shop: IdentityShop) -> None:
    user = User(name="olga", role=Role.ADMIN, stores=None, made_at=NOW)
    shop.repository.access.accounts.add_user(user, Passwords(**LIGHT).hash(PASSWORD), by="test")
