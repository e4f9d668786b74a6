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

from sqlalchemy import Connection, Select, delete, func, select, update

from analytics.records import tables
from analytics.records.bulk import Given, for_each, upsert
from analytics.records.rows import chunks, visit_values
from analytics.visits import Visit

Visitor: TypeAlias = tuple[str, UUID]
"""A FaceId in a store."""

_kept = tables.visits.c
_VISITORS = Given("visitors", _kept.store_id, _kept.face_id)


def visitor_of(visit: Visit) -> Visitor:
    """Return whose visit it is, and where."""
    return visit.store_id, visit.face_id


def replace_visits(connection: Connection, old: Mapping[Visit, datetime | None], new: Iterable[Visit]) -> None:
    """Write visits in place of old ones; of those it is given when the first of their visitor began, as it was kept.

    The one who writes holds the lock of each store.
    """
    after = set(new)
    first_at = {visit.visit_id: first for visit, first in old.items()}
    remaining = {visit.visit_id for visit in after}
    gone = [visit for visit in old if visit.visit_id not in remaining]
    for some in chunks(visit.visit_id for visit in gone):
        connection.execute(delete(tables.visits).where(_kept.visit_id.in_(some)))
    fresh = [visit for visit in after if visit not in old]
    begun: dict[Visitor, datetime] = {}
    for visit in fresh:
        if first_at.get(visit.visit_id) is None:
            begun[visitor_of(visit)] = min(visit.began_at, begun.get(visitor_of(visit), visit.began_at))
    there = _first_of(connection, list(begun))
    first = {visitor: min(began, there.get(visitor, began)) for visitor, began in begun.items()}
    upsert(
        connection,
        tables.visits,
        [(*visit_values(visit), first_at.get(visit.visit_id) or first[visitor_of(visit)]) for visit in fresh],
    )
    unsettled = {visitor for visitor, began in there.items() if began > first[visitor]}
    unsettled |= {visitor_of(visit) for visit in gone if first_at[visit.visit_id] in (None, visit.began_at)}
    _settle(connection, unsettled)


def visitor_rows(visits: Sequence[Visit]) -> list[tuple[Any, ...]]:
    """Return all visits of one visitor to one store, oldest first, in the order of the table's columns."""
    return [(*visit_values(visit), visits[0].began_at) for visit in visits]


def _first_of(connection: Connection, visitors: Sequence[Visitor]) -> dict[Visitor, datetime]:
    """Return when the first visit that is there of each visitor began."""
    if not visitors:
        return {}
    asked = _VISITORS.parameters(connection, visitors)
    rows = connection.execute(_first_query(connection.dialect.name), asked)
    return {(row.store_id, row.face_id): row.first_at for row in rows}


@cache
def _first_query(dialect: str) -> Select[Any]:
    given = _VISITORS.rows(dialect)
    query = (
        select(_kept.store_id, _kept.face_id, func.min(_kept.began_at).label("first_at"))
        .where(_kept.face_id == given.c.face_id, _kept.store_id == given.c.store_id)
        .group_by(_kept.store_id, _kept.face_id)
    )
    return for_each(dialect, given, query)


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
