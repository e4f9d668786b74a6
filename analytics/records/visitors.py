"""Visits read, and visitors counted and looked up, where the visits are: inside a transaction that the caller began."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, bindparam, func, or_, select, text

from analytics.business_time import Interval
from analytics.records import tables
from analytics.records.bulk import Given, for_each, is_postgres
from analytics.records.columns import fetched, gathered
from analytics.visit_columns import NEVER_US, Faces, Integers, VisitColumns, face_of

_visit = tables.visits.c
_who = tables.identities.c
_WINDOWS = Given("windows", _visit.store_id, _visit.began_at, _visit.ended_at)
_FACES = Given("asked", _visit.face_id)
_READ = (_visit.face_id, _visit.began_at, _visit.ended_at, _visit.sightings, _visit.first_at)
_FIRST = (_visit.face_id, _visit.began_at)


def visit_columns(connection: Connection, store_id: str, began_at: datetime, ended_at: datetime) -> VisitColumns:
    """Return the visits to a store that began in [``began_at``, ``ended_at``), from the index alone."""
    asked = {"store": store_id, "from": began_at, "until": ended_at}
    query = _visits_query(connection.dialect.name)
    faces, began_us, ended_us, sightings, first_us = fetched(connection, query, _READ, asked)
    if (unknown := first_us == NEVER_US).any():  # written by a program of the version before
        some, place = np.unique(faces[unknown], return_inverse=True)
        first_us[unknown] = first_visits(connection, [store_id], some)[place]
    visits = VisitColumns(
        store_id=store_id, faces=faces, began_us=began_us, ended_us=ended_us, sightings=sightings, first_us=first_us
    )
    in_order = bool((began_us[1:] > began_us[:-1]).all())  # as the index has them, but for two that begin at once
    return visits if in_order else visits.where(np.lexsort((faces, began_us)))


def unique_visitors(connection: Connection, windows: Mapping[str, Interval]) -> int:
    """Return how many FaceIds, but for those left out, have a visit that began in the window of one of some stores."""
    rows = [(store_id, *window) for store_id, window in windows.items()]
    if not rows:
        return 0
    if is_postgres(connection):
        # The distinct ids of a chain's month, which would go to the disk in the memory that is usual.
        connection.execute(text("SET LOCAL work_mem = '64MB'"))
    query = _windows_query(connection.dialect.name)
    return int(connection.execute(query, _WINDOWS.parameters(connection, rows)).scalar_one())


def first_visits(connection: Connection, store_ids: Collection[str], faces: Faces) -> Integers:
    """Return when the first visit of each FaceId to any of some stores began, ``NEVER_US`` where there is none.

    ``faces`` are sorted, and none comes twice.
    """
    first_us = np.full(len(faces), NEVER_US, dtype=np.int64)
    if len(faces):
        asked = {"stores": list(store_ids)} | _FACES.parameters(connection, [(face_of(one),) for one in faces])
        found, began_us = fetched(connection, _first_query(connection.dialect.name), _FIRST, asked)
        first_us[np.searchsorted(faces, found)] = began_us
    return first_us


@cache
def _visits_query(dialect: str) -> Select[Any]:
    return gathered(dialect, _READ).where(
        _visit.store_id == bindparam("store"),
        _visit.began_at >= bindparam("from"),
        _visit.began_at < bindparam("until"),
    )


@cache
def _first_query(dialect: str) -> Select[Any]:
    given = _FACES.rows(dialect)
    of_face = (
        select(_visit.face_id, func.min(_visit.began_at).label("began_at"))
        .where(_visit.face_id == given.c.face_id, _visit.store_id.in_(bindparam("stores", expanding=True)))
        .group_by(_visit.face_id)
    )
    found = for_each(dialect, given, of_face).subquery()
    return gathered(dialect, (found.c.face_id, found.c.began_at), found)


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
