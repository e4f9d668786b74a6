"""Users and keys, as they are kept; every change is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, exists, insert, select, update

from analytics.access.audit import AuditEntry, write_down
from analytics.access.roles import Principal, Role
from analytics.access.tokens import NewKey, hashed, key_id_of, same
from analytics.records import tables
from analytics.records.database import reading, writing
from schemas.errors import InputError

_user = tables.users.c
_key = tables.api_keys.c


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may log in. ``stores`` None means every store."""

    name: str
    role: Role
    stores: frozenset[str] | None
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A program that may ask, until it expires or is revoked; ``name`` says what it is for."""

    key_id: str
    name: str
    role: Role
    stores: frozenset[str] | None
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class Accounts:
    """Keeps users and keys. ``by`` is who does it, ``at`` when. Raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def any_way_in(self, now: datetime) -> bool:
        """Tell whether there is anybody who could be let in: a user, or a key that holds."""
        holds = exists().where(_key.revoked_at.is_(None), _key.expires_at > now, _key.role != Role.RECOGNITION)
        with reading(self._engine) as connection:
            return bool(connection.execute(select(exists().select_from(tables.users) | holds)).scalar_one())

    def users(self) -> list[User]:
        """Return all users by name."""
        query = select(_user.name, _user.role, _user.stores, _user.made_at).order_by(_user.name)
        with reading(self._engine) as connection:
            return [
                User(name=row.name, role=row.role, stores=stores_of(row.stores), made_at=row.made_at)
                for row in connection.execute(query)
            ]

    def password_of(self, name: str) -> str | None:
        """Return the hash of a user's password; None where there is no such user."""
        with reading(self._engine) as connection:
            return connection.execute(select(_user.password_hash).where(_user.name == name)).scalar()

    def add_user(self, user: User, password_hash: str, *, by: str) -> None:
        """Let somebody log in. Raises InputError where there is a user of that name."""
        with writing(self._engine) as connection:
            if connection.execute(select(_user.name).where(_user.name == user.name)).scalar() is not None:
                raise InputError(f"there is a user {user.name}: give another name, or remove that one first")
            values = {"role": user.role, "stores": _listed(user.stores), "made_at": user.made_at}
            connection.execute(insert(tables.users).values(name=user.name, password_hash=password_hash, **values))
            told = f"{user.role} of {in_words(user.stores)}"
            write_down(
                connection, AuditEntry(at=user.made_at, actor=by, action="user add", subject=user.name, detail=told)
            )

    def set_role(self, name: str, role: Role, stores: frozenset[str] | None, *, by: str, at: datetime) -> None:
        """Give a user another role and other stores, at once. Raises InputError where there is no such user."""
        with writing(self._engine) as connection:
            values = {"role": role, "stores": _listed(stores)}
            _require_user(
                name, connection.execute(update(tables.users).where(_user.name == name).values(values)).rowcount
            )
            told = f"{role} of {in_words(stores)}"
            write_down(connection, AuditEntry(at=at, actor=by, action="user role", subject=name, detail=told))

    def set_password(self, name: str, password_hash: str, *, by: str, at: datetime) -> None:
        """Give a user another password, and end their sessions. Raises InputError where there is no such user."""
        with writing(self._engine) as connection:
            changed = connection.execute(
                update(tables.users).where(_user.name == name).values(password_hash=password_hash)
            )
            _require_user(name, changed.rowcount)
            _end_sessions(connection, name)
            write_down(connection, AuditEntry(at=at, actor=by, action="user password", subject=name))

    def remove_user(self, name: str, *, by: str, at: datetime) -> None:
        """Let a user in no more, and end their sessions. Raises InputError where there is no such user."""
        with writing(self._engine) as connection:
            _require_user(name, connection.execute(delete(tables.users).where(_user.name == name)).rowcount)
            _end_sessions(connection, name)
            write_down(connection, AuditEntry(at=at, actor=by, action="user remove", subject=name))

    def keys(self) -> list[Key]:
        """Return all keys, those that hold no more included, oldest first."""
        query = select(tables.api_keys).order_by(_key.made_at, _key.key_id)
        with reading(self._engine) as connection:
            return [_key_of(row) for row in connection.execute(query)]

    def add_key(self, key: Key, new: NewKey, *, by: str) -> None:
        """Let a program in by a key that was made for it; of its text the hash is kept."""
        with writing(self._engine) as connection:
            connection.execute(
                insert(tables.api_keys).values(
                    key_id=new.key_id,
                    name=key.name,
                    role=key.role,
                    stores=_listed(key.stores),
                    key_hash=hashed(new.text),
                    made_at=key.made_at,
                    expires_at=key.expires_at,
                )
            )
            told = f"{key.name}: {key.role} of {in_words(key.stores)} until {key.expires_at:%Y-%m-%d}"
            write_down(
                connection, AuditEntry(at=key.made_at, actor=by, action="key add", subject=key.key_id, detail=told)
            )

    def revoke_key(self, key_id: str, *, by: str, at: datetime) -> bool:
        """Let a key in no more; return False where it was revoked before. Raises InputError where there is none."""
        with writing(self._engine) as connection:
            row = connection.execute(select(tables.api_keys).where(_key.key_id == key_id)).one_or_none()
            if row is None:
                raise InputError(f"there is no key {key_id}: `footfall key list` shows them")
            if row.revoked_at is not None:
                return False
            connection.execute(update(tables.api_keys).where(_key.key_id == key_id).values(revoked_at=at))
            write_down(connection, AuditEntry(at=at, actor=by, action="key revoke", subject=key_id, detail=row.name))
            return True

    def principal_of_key(self, text: str, now: datetime) -> Principal | None:
        """Return whose key a text is; None for one that is none, has expired or was revoked."""
        key_id = key_id_of(text)
        if key_id is None:
            return None
        with reading(self._engine) as connection:
            row = connection.execute(select(tables.api_keys).where(_key.key_id == key_id)).one_or_none()
        if row is None or not same(hashed(text), row.key_hash) or row.revoked_at is not None or row.expires_at <= now:
            return None
        return Principal(name=f"key {key_id}", role=row.role, stores=stores_of(row.stores), is_key=True)


def stores_of(kept: Sequence[str] | None) -> frozenset[str] | None:
    """Return the stores of a user or a key, as they were kept."""
    return None if kept is None else frozenset(kept)


def in_words(stores: frozenset[str] | None) -> str:
    """Return stores as people read them."""
    return "every store" if stores is None else ", ".join(sorted(stores))


def _listed(stores: frozenset[str] | None) -> Sequence[str] | None:
    return None if stores is None else sorted(stores)


def _key_of(row: Row[Any]) -> Key:
    return Key(
        key_id=row.key_id,
        name=row.name,
        role=row.role,
        stores=stores_of(row.stores),
        made_at=row.made_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _require_user(name: str, found: int) -> None:
    if not found:
        raise InputError(f"there is no user {name}: `footfall user list` shows them")


def _end_sessions(connection: Connection, name: str) -> None:
    connection.execute(delete(tables.sessions).where(tables.sessions.c.user_name == name))
