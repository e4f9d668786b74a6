"""Visitors counted and looked up where the visits are, inside a transaction that the caller began."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, func, or_, select

from analytics.business_time import Interval
from analytics.records import tables
from analytics.records.bulk import Given, for_each

_visit = tables.visits.c
_who = tables.identities.c
_WINDOWS = Given("windows", _visit.store_id, _visit.began_at, _visit.ended_at)
_FACES = Given("asked", _visit.face_id)


def unique_visitors(connection: Connection, windows: Mapping[str, Interval]) -> int:
    """Return how many FaceIds, but for those left out, have a visit that began in the window of one of some stores."""
    rows = [(store_id, *window) for store_id, window in windows.items()]
    if not rows:
        return 0
    query = _windows_query(connection.dialect.name)
    return int(connection.execute(query, _WINDOWS.parameters(connection, rows)).scalar_one())


def first_visits(connection: Connection, store_ids: Collection[str], face_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Return when the first visit of each FaceId to any of some stores began; without one it is left out."""
    rows = [(face_id,) for face_id in sorted(set(face_ids))]
    if not rows:
        return {}
    given = _FACES.rows(connection.dialect.name)
    of_face = (
        select(_visit.face_id, func.min(_visit.began_at).label("began_at"))
        .where(_visit.face_id == given.c.face_id, _visit.store_id.in_(list(store_ids)))
        .group_by(_visit.face_id)
    )
    query = for_each(connection.dialect.name, given, of_face)
    return {row.face_id: row.began_at for row in connection.execute(query, _FACES.parameters(connection, rows))}


@cache
def _windows_query(dialect: str) -> Select[Any]:
    # Each window is read from the index by time alone. Counting the rows of a DISTINCT hashes the ids, where
    # count(DISTINCT …) would sort them.
    given = _WINDOWS.rows(dialect)
    within = (
        _visit.store_id == given.c.store_id,
        _visit.began_at >= given.c.began_at,
        _visit.began_at < given.c.ended_at,
    )
    begun = for_each(dialect, given, select(_visit.face_id).where(*within)).subquery()
    left_out = select(_who.stands_for).where(or_(_who.staff, _who.static), _who.stands_for.is_not(None))
    seen = select(begun.c.face_id).where(begun.c.face_id.not_in(left_out)).distinct().subquery()
    return select(func.count()).select_from(seen)
