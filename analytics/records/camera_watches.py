"""What the cameras of a store watched: inside a transaction that the caller began.

A camera tells a stretch a minute, so that a month of two has 40,000. A report reads them put together by the hour
(``coverage_by_hour``), as columns; stretch by stretch only what it needs of hours that lie in its window in part.

Stretches that began before a window and reach into it are looked for by themselves: one may be of any length, but
nearly all are short, and those that are not have an index of their own (``coverage_long``).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    text,
)

from analytics.business_time import Interval
from analytics.camera_watch import CameraWatch, FaceTracks
from analytics.hourly_coverage import hour_after, hour_of
from analytics.intervals import Intervals
from analytics.records import camera_tables
from analytics.records.columns import column_of, together
from analytics.records.rows import coverage_of
from analytics.visit_columns import us_of
from schemas.messages import Coverage, CoverageState

_told = camera_tables.coverage.c
_hourly = camera_tables.coverage_by_hour.c
_MOMENT = _told.began_at.type
_SHORT = timedelta(hours=2)  # more than the length from which on a stretch is in ``coverage_long``
_EVER = datetime.min.replace(tzinfo=UTC)
_OF_STORE = _told.store_id == bindparam("store")
_NOTHING = (0, 0, 0)
_NO_TIME = (None, None, None, None)

Counts: TypeAlias = tuple[int, ...]
"""How many stretches, their tracks, and those that gave a usable face."""


def camera_watches(
    connection: Connection, store_id: str, window: Interval, *, known_by: datetime | None = None
) -> list[CameraWatch]:
    """Return what each camera told in stretches that lie in a window, at least in part, by name.

    With ``known_by`` as far as they had come by then. In a window that is empty, or lies after that, nothing does.
    """
    since, until = window
    if known_by is not None:
        until = min(until, known_by)
    if until <= since:
        return []
    first = since if hour_of(since) == since else hour_after(since)
    last = hour_of(until)
    dialect = connection.dialect.name
    asked = {"store": store_id, "hour": hour_of(since), "from": since, "until": until, "first": first, "last": last}
    rows = {row.camera_id: tuple(row) for row in connection.execute(_by_camera_query(dialect), asked)}
    in_part = [(since, first), (last, until)] if first <= last else [(since, until)]
    begun = [_begun(connection, store_id, part) for part in in_part if part[0] < part[1]]
    watches = [
        _watch(dialect, rows.get(name, (name, *_NO_TIME, *_NOTHING)), [part.get(name, _NOTHING) for part in begun])
        for name in sorted({*rows, *(name for part in begun for name in part)})
    ]
    if known_by is None:
        return watches
    known_by_us = us_of(known_by)
    return [replace(one, seen=one.seen.until(known_by_us), gaps=one.gaps.until(known_by_us)) for one in watches]


def watched_span(
    connection: Connection, store_id: str, known_by: datetime
) -> tuple[datetime, datetime, datetime] | None:
    """Return when the first and the last stretch began, and until when any went, as far as they had come by then."""
    known = _OF_STORE & (_told.began_at < bindparam("moment", type_=_told.began_at.type))
    ended_by = _told.ended_at <= bindparam("moment", type_=_told.began_at.type)
    first, last, ended = (
        select(func.min(_told.began_at)).where(known).scalar_subquery(),
        select(func.max(_told.began_at)).where(known).scalar_subquery(),
        select(func.max(_told.ended_at)).where(known, ended_by).scalar_subquery(),
    )
    found = connection.execute(select(first, last, ended), {"store": store_id, "moment": known_by}).one()
    if found[0] is None:
        return None
    return found[0], found[1], known_by if _goes_on(connection, store_id, known_by) else found[2]


def stretches(connection: Connection, store_id: str, window: Interval) -> list[Coverage]:
    """Return the stretches that overlap a window as they were recorded, oldest first."""
    began_at, ended_at = window
    asked = {"store": store_id, "from": began_at, "until": ended_at, "near": shortly_before(began_at)}
    return [coverage_of(row) for row in connection.execute(_stretches_query(connection.dialect.name), asked)]


def _watch(dialect: str, row: tuple[Any, ...], begun: Sequence[Counts]) -> CameraWatch:
    """Return the watch of a camera, with what began in hours that lie in the window in part."""
    camera_id, *moments, stretches, tracks, usable = row
    seen_from, seen_until, gaps_from, gaps_until = (column_of(dialect, _hourly.began_at, one) for one in moments)
    counts = [sum(column) for column in zip((stretches, tracks, usable), *begun, strict=True)]
    of_faces = FaceTracks(camera_id=camera_id, tracks=int(counts[1]), usable_tracks=int(counts[2]))
    return CameraWatch(
        camera_id=camera_id,
        seen=Intervals(seen_from, seen_until),
        gaps=Intervals(gaps_from, gaps_until),
        tracks=of_faces if counts[0] else None,
    )


def _begun(connection: Connection, store_id: str, part: Interval) -> dict[str, Counts]:
    """Return of each camera how many stretches began in a part of an hour, and their tracks."""
    asked = {"store": store_id, "from": part[0], "until": part[1]}
    return {camera_id: tuple(counts) for camera_id, *counts in connection.execute(_begun_query(), asked)}


def _goes_on(connection: Connection, store_id: str, moment: datetime) -> bool:
    """Return whether any stretch began before a moment and ended after it."""
    asked = {"store": store_id, "from": moment, "until": moment, "near": shortly_before(moment)}
    return connection.execute(_overlapping(connection.dialect.name, (_told.event_id,)), asked).first() is not None


def shortly_before(moment: datetime) -> datetime:
    """Return from when on all but the long stretches began that reach beyond a moment."""
    return moment - min(_SHORT, moment - _EVER)


@cache
def _by_camera_query(dialect: str) -> Select[Any]:
    """Return what selects for each camera its time in each state, and how much began in the window's whole hours."""
    moment = {name: bindparam(name, type_=_MOMENT) for name in ("hour", "from", "until", "first", "last")}
    columns = [
        together(dialect, edge, _hourly.state == literal_column(f"'{state}'"))
        for state in (CoverageState.SEEN, CoverageState.GAP)
        for edge in (_hourly.began_at, _hourly.ended_at)
    ]
    whole = (_hourly.began_at >= moment["first"]) & (_hourly.began_at < moment["last"])
    counts = [
        func.coalesce(func.sum(count).filter(whole), 0)
        for count in (_hourly.stretches, _hourly.tracks, _hourly.usable_tracks)
    ]
    return (
        select(_hourly.camera_id, *columns, *counts)
        .where(
            _hourly.store_id == bindparam("store"),
            _hourly.began_at >= moment["hour"],
            _hourly.began_at < moment["until"],
            (_hourly.ended_at > moment["from"]) | (_hourly.began_at >= moment["from"]),
        )
        .group_by(_hourly.camera_id)
    )


@cache
def _begun_query() -> Select[Any]:
    began = (_told.began_at >= bindparam("from", type_=_MOMENT)) & (_told.began_at < bindparam("until", type_=_MOMENT))
    counts = (func.count(), func.sum(_told.tracks), func.sum(_told.usable_tracks))
    return select(_told.camera_id, *counts).where(_OF_STORE, began).group_by(_told.camera_id)


@cache
def _stretches_query(dialect: str) -> Select[Any]:
    found = _overlapping(dialect, tuple(_told)).subquery()
    return select(found).order_by(found.c.began_at, found.c.camera_id, found.c.event_id)


@cache
def _overlapping(dialect: str, columns: tuple[ColumnElement[Any], ...]) -> CompoundSelect[Any]:
    """Return what selects stretches that overlap a window, without reading all that began before it."""
    moment = _told.began_at.type
    near: ColumnElement[Any] = bindparam("near", type_=moment)
    overlaps = _OF_STORE & (_told.ended_at > bindparam("from", type_=moment))
    overlaps &= _told.began_at < bindparam("until", type_=moment)
    long = select(*columns).where(overlaps, _told.began_at < near, text(camera_tables.LONG[dialect]))
    return select(*columns).where(overlaps, _told.began_at >= near).union_all(long)
