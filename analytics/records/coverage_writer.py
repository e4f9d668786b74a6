"""Writing what cameras told, by stretches and put together by the hour: inside a transaction that the caller began.

Whoever writes holds the lock of each store (``analytics.records.store_writer``), so that an hour is put together from
all that was committed of it. It is put together anew each time, from its stretches, and nothing is added up.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypeAlias

from sqlalchemy import (
    Column,
    CompoundSelect,
    Connection,
    Delete,
    Integer,
    Select,
    bindparam,
    delete,
    literal_column,
    select,
    text,
    union_all,
    update,
)

from analytics.business_time import Interval
from analytics.hourly_coverage import ToldTime, by_hour, hours_touched
from analytics.records import camera_tables
from analytics.records.bulk import Given, for_each, upsert
from analytics.records.camera_watches import shortly_before
from analytics.records.column_types import UtcDateTime
from analytics.records.rows import chunks, coverage_of, coverage_values
from schemas.messages import Coverage, CoverageState

Camera: TypeAlias = tuple[str, str]
"""A store, and a camera in it."""
Key: TypeAlias = tuple[str, datetime, str, CoverageState]

_told = camera_tables.coverage.c
_hourly = camera_tables.coverage_by_hour.c
_KEY = camera_tables.coverage_by_hour.primary_key.columns.keys()
_told_in = attrgetter("ended_at", "stretches", "tracks", "usable_tracks")
_HOURS = Given(
    "hours",
    Column("number", Integer, nullable=False),
    _told.store_id,
    _told.camera_id,
    *(Column(name, UtcDateTime, nullable=False) for name in ("since", "near", "until")),
)


def write_coverage(connection: Connection, coverage: Sequence[Coverage]) -> None:
    """Write the stretches that say more than those of the same id that are there, and put their hours together."""
    best: dict[Any, Coverage] = {}
    for some in chunks({item.event_id for item in coverage}):
        query = select(camera_tables.coverage).where(_told.event_id.in_(some))
        best |= {item.event_id: item for item in map(coverage_of, connection.execute(query))}
    fresh = {}
    for item in coverage:
        held = best.get(item.event_id)
        if held is None or _extent(item) > _extent(held):
            best[item.event_id] = fresh[item.event_id] = item
    upsert(connection, camera_tables.coverage, [coverage_values(item) for item in fresh.values()])
    _put_together(connection, fresh.values())


def settle_coverage_of_a_version_before(connection: Connection, store_id: str) -> None:
    """Put together what a version wrote of a store that did not do so yet."""
    unsettled = (_told.store_id == store_id) & text(camera_tables.UNSETTLED)
    settling = update(camera_tables.coverage).where(unsettled).values(put_together_until=_told.ended_at)
    found = connection.execute(settling.returning(_told.store_id, _told.camera_id, _told.began_at, _told.ended_at))
    _put_together(connection, found.all())


def _extent(item: Coverage) -> tuple[Any, ...]:
    """Rank of forms of one stretch: the longest stands; the rest only makes the choice the same everywhere."""
    counts = (item.frames, item.dropped, item.tracks, item.usable_tracks, sorted(item.rejected.items()))
    return (item.ended_at, *counts, item.reason)


def _put_together(connection: Connection, written: Iterable[Any]) -> None:
    """Put together every hour in which any of some stretches lies that were written."""
    of_camera: dict[Camera, list[Interval]] = defaultdict(list)
    for one in written:
        of_camera[one.store_id, one.camera_id].append((one.began_at, one.ended_at))
    every = [(camera, hours) for camera, told in sorted(of_camera.items()) for hours in hours_touched(told)]
    for some in chunks(every):
        told, there = (_found(connection, query, some) for query in (_told_query, _there_query))
        changed: list[tuple[Any, ...]] = []
        gone: list[Key] = []
        for number, (camera, hours) in enumerate(some):
            now = {_key(camera, one): one for one in by_hour(told[number], hours)}
            before = {_key(camera, one): one for one in there[number]}
            changed += [(*key, *_told_in(one)) for key, one in now.items() if one != before.get(key)]
            gone += before.keys() - now.keys()
        if gone:
            connection.execute(_deletion(), [dict(zip(_KEY, key, strict=True)) for key in gone])
        upsert(connection, camera_tables.coverage_by_hour, changed)


def _key(camera: Camera, one: ToldTime) -> Key:
    store_id, camera_id = camera
    return store_id, one.began_at, camera_id, one.state


def _found(
    connection: Connection, query: Callable[[str], Any], some: Sequence[tuple[Camera, Interval]]
) -> Mapping[int, list[ToldTime]]:
    """Return what a query finds of cameras' hours, by their place among those that are asked for."""
    given = [
        (number, *camera, since, shortly_before(since), until) for number, (camera, (since, until)) in enumerate(some)
    ]
    found: dict[int, list[ToldTime]] = defaultdict(list)
    for number, state, *values in connection.execute(
        query(connection.dialect.name), _HOURS.parameters(connection, given)
    ):
        began_at, ended_at, stretches, tracks, usable_tracks = values
        found[number].append(
            ToldTime(
                state=state,
                began_at=began_at,
                ended_at=ended_at,
                stretches=stretches,
                tracks=tracks,
                usable_tracks=usable_tracks,
            )
        )
    return found


@cache
def _told_query(dialect: str) -> CompoundSelect[Any]:
    """Return what selects the stretches that lie in hours, in part or wholly."""
    hours = _HOURS.rows(dialect)
    since = hours.c.since
    near = (_told.began_at >= hours.c.near) & ((_told.ended_at > since) | (_told.began_at >= since))
    begun = select(
        hours.c.number,
        *(_told.state, _told.began_at, _told.ended_at),
        *(literal_column("1").label("stretches"), _told.tracks, _told.usable_tracks),
    ).where(
        _told.store_id == hours.c.store_id,
        _told.camera_id == hours.c.camera_id,
        near,
        _told.began_at < hours.c.until,
    )
    # What began so long before is counted there. As cameras are compared here, the index of all their stretches is out
    # of the question, of which more and more would be read.
    long = select(
        hours.c.number,
        *(_told.state, _told.began_at, _told.ended_at),
        *(literal_column("0").label(name) for name in ("stretches", "tracks", "usable_tracks")),
    ).where(
        _told.store_id == hours.c.store_id,
        _told.camera_id + literal_column("''") == hours.c.camera_id,
        _told.began_at < hours.c.near,
        _told.ended_at > since,
        text(camera_tables.LONG[dialect]),
    )
    return union_all(for_each(dialect, hours, begun), for_each(dialect, hours, long))


@cache
def _there_query(dialect: str) -> Select[Any]:
    """Return what selects what is put together of hours."""
    hours = _HOURS.rows(dialect)
    return for_each(
        dialect,
        hours,
        select(
            hours.c.number,
            _hourly.state,
            _hourly.began_at,
            _hourly.ended_at,
            _hourly.stretches,
            _hourly.tracks,
            _hourly.usable_tracks,
        ).where(
            _hourly.store_id == hours.c.store_id,
            _hourly.camera_id == hours.c.camera_id,
            _hourly.began_at >= hours.c.since,
            _hourly.began_at < hours.c.until,
        ),
    )


@cache
def _deletion() -> Delete:
    columns = (camera_tables.coverage_by_hour.c[name] for name in _KEY)
    return delete(camera_tables.coverage_by_hour).where(*(column == bindparam(column.name) for column in columns))
