"""The business days of stores, as rows: SQLite knows no zones, and the views for other tools count by the day.

Every sighting that is written comes with its day, and a store that is counted in another way has all its days again: so
no visit is without one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from analytics.business_time import business_day, day_began_at, days_of, window_of
from analytics.records import tables
from analytics.records.bulk import insert_missing
from analytics.settings import StoreSettings
from schemas.messages import Sighting

_day = tables.business_days.c
_visit = tables.visits.c
_NEXT = timedelta(days=1)


def keep_days(connection: Connection, stores: Mapping[str, StoreSettings], sightings: Sequence[Sighting]) -> None:
    """Keep the days on which sightings began, in their stores."""
    by_store: dict[str, list[datetime]] = {}
    for one in sightings:
        by_store.setdefault(one.store_id, []).append(one.began_at)
    rows = [
        (store_id, day, *window_of(day, day, stores[store_id]))
        for store_id, moments in sorted(by_store.items())
        for day in _days_of(moments, stores[store_id])
    ]
    insert_missing(connection, tables.business_days, rows)


def count_days_anew(connection: Connection, settings: StoreSettings) -> None:
    """Keep the days of a store by other settings: all from the first to the last that is kept, or has a visit."""
    of_days = select(func.min(_day.began_at), func.max(_day.began_at)).where(_day.store_id == settings.store_id)
    of_visits = select(func.min(_visit.began_at), func.max(_visit.began_at)).where(_visit.store_id == settings.store_id)
    found = [*connection.execute(of_days).one(), *connection.execute(of_visits).one()]
    moments = [moment for moment in found if moment is not None]
    connection.execute(delete(tables.business_days).where(_day.store_id == settings.store_id))
    if moments:
        days = days_of(business_day(min(moments), settings), business_day(max(moments), settings), settings)
        rows = [(settings.store_id, day.day, day.began_at, day.ended_at) for day in days]
        insert_missing(connection, tables.business_days, rows)


def _days_of(moments: Iterable[datetime], settings: StoreSettings) -> list[date]:
    found: list[date] = []
    until = None
    for moment in sorted(moments):
        if until is None or moment >= until:
            found.append(business_day(moment, settings))
            until = day_began_at(found[-1] + _NEXT, settings)
    return found
