"""Who may what, as rules: no server, no database."""

from datetime import UTC, datetime, timedelta

import pytest
from access_site import LIGHT
from hypothesis import given
from hypothesis import strategies as st

from analytics.access.passwords import Passwords, require_good
from analytics.access.permissions import OPEN, ROLES, Verdict, verdict
from analytics.access.roles import HERE, Principal, Role, require_name, stores_for
from analytics.access.throttle import Limit, wait_of
from analytics.access.tokens import form_token, hashed, key_id_of, new_key, new_token
from schemas.errors import InputError

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LIMIT = Limit(attempts=3, within=timedelta(minutes=15))


def of(role: Role, *stores: str) -> Principal:
    return Principal(name="anna", role=role, stores=frozenset(stores) or None)


def test_a_cashier_has_the_arrivals_of_their_stores_and_nothing_else():
    cashier = of(Role.CASHIER, "shop")
    granted = {route for route in ROLES if verdict(route, cashier, "shop") is Verdict.GRANTED}
    assert granted == {
        "GET /cashier",
        "GET /stores/{store_id}/cashier",
        "GET /stores/{store_id}/arrivals/events",
        "POST /stores/{store_id}/arrivals/{arrival_id}/greeted",
        "GET /openapi.json",
        "POST /logout",
    }
    assert verdict("GET /stores/{store_id}/arrivals/events", cashier, "other") is Verdict.WRONG_STORE


def test_a_route_that_is_not_in_the_table_is_refused_to_everybody():
    assert verdict("GET /new", of(Role.ADMIN), None) is Verdict.WRONG_ROLE
    assert verdict("GET /new", HERE, None) is Verdict.WRONG_ROLE
    assert verdict("GET /new", None, None) is Verdict.UNKNOWN


def test_no_route_is_open_and_in_the_table():
    assert not OPEN & set(ROLES)


@pytest.mark.parametrize(
    ("role", "stores", "every", "says"),
    [
        (Role.MANAGER, [], False, "--every-store"),
        (Role.CASHIER, ["shop"], True, "--every-store"),
        (Role.ADMIN, ["shop"], False, "whole chain"),
        (Role.RECOGNITION, ["shop"], False, "whole chain"),
    ],
)
def test_a_role_is_not_given_stores_that_it_cannot_have(role: Role, stores: list[str], every: bool, says: str):
    with pytest.raises(InputError, match=says):
        stores_for(role, stores, every_store=every)


def test_a_role_is_given_the_stores_that_it_can_have():
    assert stores_for(Role.MANAGER, ["a", "b", "a"], every_store=False) == {"a", "b"}
    assert stores_for(Role.MANAGER, [], every_store=True) is None
    assert stores_for(Role.OPERATOR, [], every_store=False) is None


@given(st.lists(st.integers(0, 7_200), max_size=60))
def test_no_stretch_of_the_limit_sees_more_attempts_than_it_allows(seconds: list[int]):
    made: list[datetime] = []
    for at in (NOON + timedelta(seconds=second) for second in sorted(seconds)):
        if not wait_of(made, at, LIMIT):
            made.append(at)
    for at in made:
        assert len([one for one in made if at <= one < at + LIMIT.within]) <= LIMIT.attempts


@given(st.lists(st.integers(0, 3_600), max_size=20))
def test_whoever_waits_as_long_as_they_are_told_is_let_in_and_not_before(seconds: list[int]):
    made = [NOON - timedelta(seconds=second) for second in seconds]
    wait = wait_of(made, NOON, LIMIT)
    assert not wait_of(made, NOON + wait, LIMIT)
    if wait:
        assert wait_of(made, NOON + wait - timedelta(milliseconds=1), LIMIT)
    assert wait <= LIMIT.within


def test_a_clock_that_was_put_back_locks_nobody_out_for_longer():
    assert wait_of([NOON + timedelta(days=1)] * 3, NOON, LIMIT) == LIMIT.within


@pytest.mark.parametrize("password", ["too_short", "x" * 300, "aaaaaaaaaaaaaaaa", "abababababab", "this is Anna's"])
def test_a_password_that_is_guessed_at_once_is_refused_without_being_shown(password: str):
    with pytest.raises(InputError) as refused:
        require_good("anna", password)
    assert password not in str(refused.value)


def test_a_password_agrees_with_its_own_hash_and_no_other():
    passwords = Passwords(**LIGHT)
    kept = passwords.hash("four words of mine")
    assert kept.startswith("$argon2id$")
    assert kept != passwords.hash("four words of mine")
    assert passwords.agree(kept, "four words of mine")
    assert not passwords.agree(kept, "four words of mine ")
    assert not passwords.agree(None, "four words of mine")
    assert not passwords.agree("no hash", "four words of mine")


def test_the_parameters_that_are_shipped_are_those_of_the_standard():
    assert "$m=65536,t=3,p=4$" in Passwords().hash("four words of mine")


@pytest.mark.parametrize("name", ["", " anna", "anna ", "an\nna", "x" * 65])
def test_a_name_that_cannot_be_read_is_refused(name: str):
    with pytest.raises(InputError, match="is no name"):
        require_name(name)


def test_keys_differ_name_themselves_and_are_kept_as_a_hash():
    one, other = new_key(), new_key()
    assert key_id_of(one.text) == one.key_id != other.key_id
    assert one.text not in hashed(one.text)
    for text in ("", "footfall", "footfall_", "footfall_abc", "footfall__x", "other_abc_x", new_token()):
        assert key_id_of(text) is None


def test_the_token_of_forms_follows_from_the_session_and_does_not_give_it_away():
    session = new_token()
    assert form_token(session) == form_token(session) != form_token(new_token())
    assert form_token(session) != hashed(session)
