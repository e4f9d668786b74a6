"""UV counted where the visits are, inside a transaction that the caller began."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from analytics import tables
from analytics.bulk import Given, for_each
from analytics.business_time import Interval

_visit = tables.visits.c
_who = tables.identities.c
_WINDOWS = Given("windows", _visit.store_id, _visit.began_at, _visit.ended_at)


def unique_visitors(connection: Connection, windows: Mapping[str, Interval]) -> int:
    """Return how many FaceIds, but for those left out, have a visit that began in the window of one of some stores."""
    rows = [(store_id, *window) for store_id, window in windows.items()]
    if not rows:
        return 0
    query = _query(connection.dialect.name)
    return int(connection.execute(query, _WINDOWS.parameters(connection, rows)).scalar_one())


@cache
def _query(dialect: str) -> Select[Any]:
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
