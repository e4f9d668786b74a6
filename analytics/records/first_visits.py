"""Writing visits, each with when the first visit of its FaceId to the store began: what parts new from returning.

It stands beside every visit, so that a report reads it with them. Where a visit comes in that lies before all others of
its FaceId, or the first is taken back, it is set again in all of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Column, Connection, Integer, Select, delete, func, select, update

from analytics.records import tables
from analytics.records.bulk import Given, insert_new, upsert
from analytics.records.columns import fetched, gathered
from analytics.records.rows import chunks, visit_values
from analytics.visit_columns import NEVER_US, moment_of
from analytics.visits import Visit

Visitor: TypeAlias = tuple[str, UUID]
"""A FaceId in a store."""
KeptVisit: TypeAlias = tuple[Visit, datetime | None]
"""A visit that is there, and when the first of its visitor began; None where a version before wrote it."""
FirstKept: TypeAlias = Mapping[Visitor, datetime | None]
"""Of visitors who have a visit: when the first began; None where only a version before wrote what was looked at."""

_kept = tables.visits.c
_NUMBER = Column("number", Integer)
_VISITORS = Given("visitors", _NUMBER, _kept.store_id, _kept.face_id)
_FIRST = (_NUMBER, _kept.began_at)


def visitor_of(visit: Visit) -> Visitor:
    """Return whose visit it is, and where."""
    return visit.store_id, visit.face_id


def replace_visits(
    connection: Connection, old: Iterable[KeptVisit], new: Iterable[Visit], first_kept: FirstKept
) -> None:
    """Write visits in place of old ones. Whoever writes holds the lock of each store.

    ``first_kept`` tells of every visitor with a visit that is there, old ones among them.
    """
    gone = {visit.visit_id: (visit, first_at) for visit, first_at in old}
    added: list[Visit] = []
    changed: list[KeptVisit] = []
    begun: dict[Visitor, datetime] = {}
    for visit in new:
        held, first_at = gone.pop(visit.visit_id, (None, None))
        if visit != held:
            if held is None:
                added.append(visit)
            else:
                changed.append((visit, first_at))
            if first_at is None:
                begun[visitor_of(visit)] = min(visit.began_at, begun.get(visitor_of(visit), visit.began_at))
    for some in chunks(gone):
        connection.execute(delete(tables.visits).where(_kept.visit_id.in_(some)))
    there = {visitor: known for visitor in begun if (known := first_kept.get(visitor)) is not None}
    there |= _first_of(connection, [one for one in begun if one in first_kept and one not in there])
    first = {visitor: min(began, there.get(visitor, began)) for visitor, began in begun.items()}
    insert_new(connection, tables.visits, [(*visit_values(visit), first[visitor_of(visit)]) for visit in added])
    upsert(
        connection,
        tables.visits,
        [(*visit_values(visit), first_at or first[visitor_of(visit)]) for visit, first_at in changed],
    )
    unsettled = {visitor for visitor, began in there.items() if began > first[visitor]}
    unsettled |= {visitor_of(visit) for visit, first_at in gone.values() if first_at in (None, visit.began_at)}
    _settle(connection, unsettled)


def visitor_rows(visits: Sequence[Visit]) -> list[tuple[Any, ...]]:
    """Return all visits of one visitor to one store, oldest first, in the order of the table's columns."""
    return [(*visit_values(visit), visits[0].began_at) for visit in visits]


def settle_visitors_of_a_version_before(connection: Connection, store_id: str) -> None:
    """Set it for every visitor of a store of whom a version wrote a visit that did not keep it yet."""
    query = select(_kept.face_id).where(_kept.store_id == store_id, _kept.first_at.is_(None)).distinct()
    _settle(connection, {(store_id, face_id) for face_id in connection.execute(query).scalars()})


def _first_of(connection: Connection, visitors: Sequence[Visitor]) -> dict[Visitor, datetime]:
    """Return when the first visit that is there of each visitor began."""
    if not visitors:
        return {}
    asked = _VISITORS.parameters(connection, [(number, *visitor) for number, visitor in enumerate(visitors)])
    numbers, first_us = fetched(connection, _first_query(connection.dialect.name), _FIRST, asked)
    return {
        visitors[number]: moment_of(first)
        for number, first in zip(numbers.tolist(), first_us.tolist(), strict=True)
        if first != NEVER_US
    }


@cache
def _first_query(dialect: str) -> Select[Any]:
    given = _VISITORS.rows(dialect)
    first = (
        select(func.min(_kept.began_at))
        .where(_kept.face_id == given.c.face_id, _kept.store_id == given.c.store_id)
        .scalar_subquery()
    )
    found = select(given.c.number, first.label("began_at")).subquery()
    return gathered(dialect, (found.c.number, found.c.began_at), found)


def _settle(connection: Connection, visitors: Iterable[Visitor]) -> None:
    """Set in every visit of some visitors when the first of them began."""
    by_store: dict[str, list[UUID]] = defaultdict(list)
    for store_id, face_id in visitors:
        by_store[store_id].append(face_id)
    every = tables.visits.alias()
    first = select(func.min(every.c.began_at)).where(
        every.c.face_id == _kept.face_id, every.c.store_id == _kept.store_id
    )
    for store_id, faces in sorted(by_store.items()):
        for some in chunks(faces):
            of_visitors = (_kept.store_id == store_id) & _kept.face_id.in_(some)
            connection.execute(update(tables.visits).where(of_visitors).values(first_at=first.scalar_subquery()))
