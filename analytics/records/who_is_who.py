"""For whom sightings count, as the ledger's tables say: read by whoever writes visits.

All who write visits hold the ledger's lock to the end of their transaction: together while they only read it, one alone
while it changes. So no visit is built by what the ledger said before. The lock is taken before any other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select, text

from analytics.records import tables
from analytics.records.bulk import Given, for_each, is_postgres
from analytics.records.rows import chunks

# Any number will do that nobody else locks: it stands for the ledger.
_LOCK = 6_702_114_004
_NUMBER = attrgetter("int")  # sorted by it, ids take a third of the time

_who = tables.identities.c
_moved = tables.moved_sightings.c
_FACES = Given("faces", _who.face_id)
_SIGHTINGS = Given("moved", _moved.sighting_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoIsWho:
    """Some FaceIds and sightings: where nothing is said of one, it stands for itself, and is no member.

    ``moved`` gives the FaceId to which a split moved a sighting, ``counted`` the id under which the visits of a FaceId
    are kept, None for nowhere; ``members`` the member that a FaceId is, of those who are neither staff nor static.
    """

    moved: Mapping[UUID, UUID]
    counted: Mapping[UUID, UUID | None]
    erased: frozenset[UUID]
    members: Mapping[UUID, str]

    def owner(self, sighting_id: UUID, face_id: UUID) -> UUID:
        """Return the FaceId of a sighting that was decided for ``face_id``."""
        return self.moved.get(sighting_id, face_id)

    def visitor(self, sighting_id: UUID, face_id: UUID) -> UUID | None:
        """Return the id to whose visits a sighting counts that was decided for ``face_id``."""
        owner = self.owner(sighting_id, face_id)
        return self.counted.get(owner, owner)

    def member(self, sighting_id: UUID, face_id: UUID) -> str | None:
        """Return the member whom a sighting shows that was decided for ``face_id``."""
        return self.members.get(self.owner(sighting_id, face_id))


def lock_ledger(connection: Connection, *, to_change: bool) -> None:
    """Keep the ledger as it is to the end of the transaction, or keep others from reading it; SQLite has one writer."""
    if is_postgres(connection):
        shared = "" if to_change else "_shared"
        connection.execute(text(f"SELECT pg_advisory_xact_lock{shared}(:lock)"), {"lock": _LOCK})


def who_is_who(connection: Connection, face_ids: Iterable[UUID], sighting_ids: Iterable[UUID]) -> WhoIsWho:
    """Return what the ledger says of FaceIds, and of sightings and the FaceIds to which they were moved."""
    moved = {row.sighting_id: row.face_id for row in _found(connection, _moved_query, _SIGHTINGS, sighting_ids)}
    rows = _found(connection, _faces_query, _FACES, {*face_ids, *moved.values()})
    return WhoIsWho(
        moved=moved,
        counted={row.face_id: row.stands_for for row in rows},
        erased=frozenset(row.face_id for row in rows if row.erased),
        members={
            row.face_id: row.member_id for row in rows if row.member_id is not None and not (row.staff or row.static)
        },
    )


def faces_of(connection: Connection, visitors: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Return for each visitor the FaceIds whose visits are kept under that id, as far as sightings may name them."""
    faces: dict[UUID, set[UUID]] = defaultdict(set)
    for some in chunks(set(visitors)):
        for visitor in some:
            faces[visitor].add(visitor)
        for row in connection.execute(select(tables.identities).where(_who.stands_for.in_(some))):
            faces[row.stands_for].add(row.face_id)
    return faces


def moved_to(connection: Connection, face_ids: Iterable[UUID]) -> list[UUID]:
    """Return the ids of the sightings that splits moved to FaceIds."""
    found: list[UUID] = []
    for some in chunks(set(face_ids)):
        found += connection.execute(select(_moved.sighting_id).where(_moved.face_id.in_(some))).scalars()
    return found


def tags_of_members(connection: Connection, members: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the tags of members that are kept here; who has none is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for some in chunks(set(members)):
        # Where two FaceIds are bound to one member, that of `Ledger.face_of_member` comes last.
        query = select(_who.member_id, _who.tags).where(_who.member_id.in_(some)).order_by(_who.stands_for.desc())
        found |= {row.member_id: tuple(row.tags) for row in connection.execute(query)}
    return {member: tags for member, tags in found.items() if tags}


def _found(
    connection: Connection, query: Callable[[str], Select[Any]], given: Given, asked: Iterable[UUID]
) -> Sequence[Row[Any]]:
    rows = [(one,) for one in sorted(set(asked), key=_NUMBER)]
    return connection.execute(query(connection.dialect.name), given.parameters(connection, rows)).all() if rows else []


@cache
def _moved_query(dialect: str) -> Select[Any]:
    given = _SIGHTINGS.rows(dialect)
    return for_each(dialect, given, select(tables.moved_sightings).where(_moved.sighting_id == given.c.sighting_id))


@cache
def _faces_query(dialect: str) -> Select[Any]:
    given = _FACES.rows(dialect)
    return for_each(dialect, given, select(tables.identities).where(_who.face_id == given.c.face_id))
