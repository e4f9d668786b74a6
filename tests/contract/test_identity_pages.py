"""What the pages ask about identities: a queue that is found once and kept, decisions, and taking them back."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from app_client import AppClient
from identity_shop import AGAIN, FIRST, MEMBER, STORE, WORKER, IdentityShop, identity_shop

from schemas.errors import InputError
from schemas.messages import IdentityKind


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityShop]:
    with identity_shop(tmp_path_factory.mktemp("many"), pairs=6) as opened:
        yield opened


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[IdentityShop]:
    with identity_shop(tmp_path) as opened:
        yield opened


def one(shop: IdentityShop, face_id: UUID, other: UUID) -> bool:
    ledger = shop.repository.identities.ledger()
    return ledger.canonical(face_id) == ledger.canonical(other)


def test_what_is_likely_waits_until_somebody_decides_under_their_name(shop: IdentityShop):
    queue = shop.queue()
    first = queue.candidates[0]
    assert first.kind is IdentityKind.MERGED
    done = shop.work.accept(first.candidate_id, "olga")
    assert one(shop, first.face_id, first.other_face_id)
    assert done.entry_id is not None
    entry = shop.repository.identities.ledger().entry(done.entry_id)
    assert entry is not None
    assert entry.actor == "olga"
    assert len(shop.queue().candidates) == len(queue.candidates) - 1


def test_what_was_merged_by_mistake_is_two_again_waits_again_and_can_be_merged_again(shop: IdentityShop):
    first, waiting = shop.queue().candidates[0], len(shop.queue().candidates)
    for _ in range(2):
        done = shop.work.accept(first.candidate_id, "olga")
        assert one(shop, first.face_id, first.other_face_id)
        assert done.entry_id is not None
        shop.work.undo(done.entry_id, "olga")
        assert not one(shop, first.face_id, first.other_face_id)
        assert shop.queue().candidates[0] == first
    shop.work.refuse(first.candidate_id, "olga")
    assert shop.repository.identities.ledger().barred(first.face_id, first.other_face_id) is not None
    assert len(shop.queue().candidates) == waiting - 1


def test_two_who_were_kept_apart_by_mistake_wait_again_and_can_be_merged(shop: IdentityShop):
    first = shop.queue().candidates[0]
    done = shop.work.refuse(first.candidate_id, "olga")
    assert done.entry_id is not None
    shop.work.undo(done.entry_id, "olga")
    shop.work.accept(first.candidate_id, "olga")
    assert one(shop, first.face_id, first.other_face_id)


def test_what_somebody_else_decided_meanwhile_is_said_and_not_made(shop: IdentityShop):
    first = shop.queue().candidates[0]
    shop.work.accept(first.candidate_id, "olga")
    with pytest.raises(InputError, match="decided meanwhile"):
        shop.work.refuse(first.candidate_id, "paul")


def test_looking_again_finds_the_rest_and_not_what_was_decided(shop: IdentityShop):
    first, *others = shop.queue().candidates
    shop.work.refuse(first.candidate_id, "olga")
    shop.work.look_again()
    assert [one.candidate_id for one in shop.queue().candidates] == [one.candidate_id for one in others]


def test_who_is_erased_waits_no_longer(shop: IdentityShop):
    first = shop.queue().candidates[0]
    receipt = shop.work.erase(first.face_id, False, "olga")
    assert (receipt.templates, receipt.templates_left, receipt.visits_too) == (1, 0, False)
    assert first not in shop.queue().candidates


def test_the_page_leads_from_pair_to_pair_and_back(shop: IdentityShop):
    client = AppClient(shop.app)
    first, second, *_ = shop.queue().candidates
    assert str(first.face_id)[:8] in client.get("/identities").text
    skipped = client.get(f"/identities?after={first.candidate_id}").text
    assert f"/identities/candidates/{second.candidate_id}" in skipped
    form = {"same": "true", "after": str(first.candidate_id)}
    decided = client.post(f"/identities/candidates/{second.candidate_id}", data=form)
    assert decided.status_code == 303
    assert one(shop, second.face_id, second.other_face_id)
    led_on = client.get(decided.headers["location"]).text
    assert "are one person now" in led_on
    entry = decided.headers["location"].rpartition("entry=")[2]
    assert client.post("/identities/undo", data={"entry": entry}).status_code == 303
    assert not one(shop, second.face_id, second.other_face_id)


def test_staff_is_suggested_and_suggested_no_more_once_it_is_marked(shop: IdentityShop):
    client = AppClient(shop.app)
    shop.queue()
    assert str(WORKER) in client.get("/identities").text
    client.post("/identities/staff", data={"face_id": str(WORKER)})
    assert shop.repository.identities.ledger().is_staff(WORKER)
    assert str(WORKER) not in client.get("/identities").text


def test_a_member_is_bound_with_consent_alone_listed_and_unbound(shop: IdentityShop):
    client = AppClient(shop.app)
    refused = client.post("/members/bind", data={"face": str(FIRST)[:8], "member": MEMBER})
    assert (refused.status_code, "consent" in refused.text) == (422, True)
    bound = client.post("/members/bind", data={"face": str(FIRST)[:8], "member": MEMBER, "consent": "true"})
    assert bound.status_code == 303
    assert MEMBER in client.get("/members").text
    unknown = client.post("/members/bind", data={"face": "ffffffff", "member": "x", "consent": "true"})
    assert (unknown.status_code, "no visitor is known" in unknown.text) == (422, True)
    client.post("/members/unbind", data={"face_id": str(FIRST)})
    assert shop.repository.identities.ledger().member_of(FIRST) is None


def test_a_member_is_given_other_tags_and_has_agreed_when_they_were_bound_first(shop: IdentityShop):
    client = AppClient(shop.app)
    shop.work.bind(str(FIRST), MEMBER, None, "olga")
    form = {"face": str(FIRST)[:8], "member": MEMBER, "consent": "true"}
    bound = client.post("/members/bind", data=form | {"tags": "gold, likes tea,\uff0cgold"})
    assert "is member card-4711 now." in client.get(bound.headers["location"]).text
    assert client.post("/members/bind", data=form).headers["location"] == "/members"
    changed = client.post("/members/tags", data={"face_id": str(FIRST), "tags": "silver\uff0c2 <b>"})
    assert changed.status_code == 303
    assert shop.repository.identities.ledger().tags_of(FIRST) == ("silver", "2 <b>")
    page = client.get("/members").text
    assert 'value="silver, 2 &lt;b&gt;"' in page
    assert "says olga" in page
    refused = client.post("/members/tags", data={"face_id": str(FIRST), "tags": "x" * 65})
    assert (refused.status_code, "longer than 64" in refused.text) == (422, True)
    assert f'value="{"x" * 65}"' in refused.text  # to be mended, not typed again
    client.post("/members/tags", data={"face_id": str(FIRST), "tags": ""})
    assert shop.repository.identities.ledger().tags_of(FIRST) == ()
    client.post("/members/unbind", data={"face_id": str(FIRST)})
    nobody = client.post("/members/tags", data={"face_id": str(FIRST), "tags": "gold"})
    assert (nobody.status_code, "is no member any more" in nobody.text) == (422, True)


def test_whoever_is_erased_gets_a_receipt_once_somebody_is_sure(shop: IdentityShop):
    client = AppClient(shop.app)
    shop.work.bind(str(AGAIN), MEMBER, None, "olga")
    assert client.post("/members/erase", data={"face_id": str(AGAIN)}).status_code == 422
    assert not shop.repository.identities.ledger().is_erased(AGAIN)
    receipt = client.post("/members/erase", data={"face_id": str(AGAIN), "sure": "true"})
    assert (receipt.status_code, str(AGAIN) in receipt.text) == (200, True)
    assert shop.repository.identities.ledger().is_erased(AGAIN)
    assert MEMBER not in client.get("/members").text


def test_where_the_pack_is_missing_the_page_says_so_and_everything_else_works(tmp_path: Path, monkeypatch):
    with identity_shop(tmp_path) as shop:
        monkeypatch.setenv("FOOTFALL_MODELS", str(tmp_path / "nothing"))
        monkeypatch.setattr(shop.pages, "_settings", shop.pages._settings.model_copy(update={"pack": "none-such"}))
        assert "none-such" in shop.queue().said
        page = AppClient(shop.app).get("/identities")
        assert (page.status_code, "none-such" in page.text) == (200, True)


def test_a_store_is_counted_by_what_is_kept_but_for_what_the_configuration_rules(many: IdentityShop):
    client = AppClient(many.app)
    before = many.repository.settings_of(STORE)
    form = {"zone": "Europe/Paris", "day_start": "06:00", "session_gap_minutes": "45", "hours": "yes"}
    hours = {"hours_known": "true", "opens_0": "09:00", "closes_0": "18:30"}
    assert client.post(f"/settings/stores/{STORE}", data=form | hours).status_code == 303
    after = many.repository.settings_of(STORE)
    assert (after.zone, f"{after.day_start:%H:%M}", after.session_gap.total_seconds()) == (before.zone, "06:00", 2700)
    assert after.opening_hours is not None
    assert list(after.opening_hours) == [0]
    (entry,) = many.repository.access.audit.latest(1)
    assert (entry.actor, entry.action, entry.subject) == ("this machine", "store settings", STORE)
    for wrong in (
        {"day_start": "25:00"},
        {"session_gap_minutes": "900"},
        {"session_gap_minutes": "nan"},
        {"closes_0": ""},
    ):
        answer = client.post(f"/settings/stores/{STORE}", data=form | hours | wrong)
        assert (answer.status_code, "Not changed" in answer.text) == (422, True), wrong
    assert many.repository.settings_of(STORE) == after


def test_somebody_new_is_let_in_given_another_role_and_let_in_no_more(many: IdentityShop):
    client, accounts = AppClient(many.app), many.repository.access.accounts
    user = {"name": "vera", "password": "four words of hers", "role": "manager", "stores": STORE}
    assert client.post("/settings/users/add", data=user).status_code == 303
    assert [(one.name, one.stores) for one in accounts.users()] == [("vera", frozenset({STORE}))]
    assert client.post("/settings/users/add", data=user | {"name": "zoe"}).status_code == 303
    assert client.post("/settings/users/add", data=user).status_code == 422
    without_store = {"name": "x", "password": "four words of theirs", "role": "cashier"}
    assert client.post("/settings/users/add", data=without_store).status_code == 422
    assert client.post("/settings/users/role", data={"name": "vera", "role": "operator"}).status_code == 303
    assert {one.name: one.role for one in accounts.users()}["vera"] == "operator"
    assert client.post("/settings/users/remove", data={"name": "vera"}).status_code == 303
    assert [one.name for one in accounts.users()] == ["zoe"]


def test_a_key_is_shown_once_and_revoked(many: IdentityShop):
    client, accounts = AppClient(many.app), many.repository.access.accounts
    made = client.post("/settings/keys/add", data={"name": "till", "role": "cashier", "stores": STORE, "days": "30"})
    (key,) = accounts.keys()
    assert f"footfall_{key.key_id}_" in made.text
    assert made.headers["cache-control"] == "no-store"
    assert f"footfall_{key.key_id}_" not in client.get("/settings/access").text
    client.post("/settings/keys/revoke", data={"key_id": key.key_id})
    assert accounts.keys()[0].revoked_at is not None
    assert "key revoke" in client.get("/settings/audit").text
