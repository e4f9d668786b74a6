"""Attempts, sessions and accounts in each kind of database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics.access.accounts import Key, User
from analytics.access.roles import Role
from analytics.access.store import AccessStore
from analytics.access.throttle import PER_USER
from analytics.access.tokens import new_key
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from schemas.errors import InputError

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def access(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AccessStore]:
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'visits.sqlite'}" if sqlite else request.getfixturevalue("postgres_url")
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as repository:
        yield repository.access


def anna(*stores: str) -> User:
    return User(name="anna", role=Role.MANAGER, stores=frozenset(stores) or None, made_at=NOW)


def test_of_many_attempts_at_once_no_more_are_admitted_than_one_after_the_other(access: AccessStore):
    with ThreadPoolExecutor(8) as pool:
        attempts = list(pool.map(lambda _: access.sessions.attempt("anna", "192.0.2.7", NOW), range(16)))
    assert len([one for one in attempts if not one.wait]) == PER_USER.attempts


def test_users_and_keys_come_back_as_they_were_given(access: AccessStore):
    access.accounts.add_user(anna("b", "a"), "hash", by="test")
    for stores in (frozenset({"a"}), None):
        made = new_key()
        key = Key(
            key_id=made.key_id, name="till", role=Role.CASHIER, stores=stores, made_at=NOW,
            expires_at=NOW + timedelta(days=1),
        )  # fmt: skip
        access.accounts.add_key(key, made, by="test")
        kept = access.accounts.keys()
        assert key in kept
        known = access.accounts.principal_of_key(made.text, NOW)
        assert known is not None
        assert (known.role, known.stores) == (Role.CASHIER, stores)
        assert access.accounts.principal_of_key(made.text[:-1], NOW) is None
    assert access.accounts.users() == [anna("a", "b")]
    token = access.sessions.begin("anna", "hash", access.sessions.attempt("anna", "here", NOW), "here", NOW)
    assert token is not None
    known = access.sessions.principal_of(token, NOW)
    assert known is not None
    assert (known.name, known.stores) == ("anna", frozenset({"a", "b"}))
    assert [entry.action for entry in access.audit.latest(2)] == ["key add", "login"]


def test_a_user_of_a_name_that_is_taken_and_one_that_is_not_there_are_refused(access: AccessStore):
    access.accounts.add_user(anna("a"), "hash", by="test")
    with pytest.raises(InputError, match="there is a user anna"):
        access.accounts.add_user(anna(), "other", by="test")
    assert access.accounts.password_of("anna") == "hash"
    for refused in (access.accounts.remove_user, lambda name, **who: access.accounts.set_password(name, "x", **who)):
        with pytest.raises(InputError, match="there is no user bob"):
            refused("bob", by="test", at=NOW)
    with pytest.raises(InputError, match="there is no key"):
        access.accounts.revoke_key("abc", by="test", at=NOW)


def test_somebody_can_be_let_in_as_soon_as_there_is_a_user_or_a_key_that_holds(access: AccessStore):
    def add_key(role: Role, *, until: datetime) -> str:
        made = new_key()
        key = Key(key_id=made.key_id, name="x", role=role, stores=None, made_at=NOW, expires_at=until)
        access.accounts.add_key(key, made, by="test")
        return made.key_id

    tomorrow = NOW + timedelta(days=1)
    add_key(Role.ADMIN, until=NOW)
    add_key(Role.RECOGNITION, until=tomorrow)
    assert not access.accounts.any_way_in(NOW)
    key_id = add_key(Role.ADMIN, until=tomorrow)
    assert access.accounts.any_way_in(NOW)
    access.accounts.revoke_key(key_id, by="test", at=NOW)
    assert not access.accounts.any_way_in(NOW)
    access.accounts.add_user(anna(), "hash", by="test")
    assert access.accounts.any_way_in(NOW)
