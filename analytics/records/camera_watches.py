"""What the cameras of a store watched, mostly read as columns: inside a transaction that the caller began.

A camera tells a stretch a minute, so that a month of two has 40,000. Those that began in a window are put together by
the database, camera by camera, from an index that holds all that is asked for. Those that began before it and reach
into it are few, and looked for by themselves: a stretch may be of any length, but nearly all are short, and those that
are not have an index of their own (``coverage_long``).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    text,
)

from analytics.business_time import Interval
from analytics.camera_watch import CameraWatch, FaceTracks
from analytics.intervals import Intervals
from analytics.records import tables
from analytics.records.columns import column_of, together
from analytics.records.rows import coverage_of
from analytics.visit_columns import us_of
from schemas.messages import Coverage, CoverageState

_told = tables.coverage.c
_SHORT = timedelta(hours=2)  # more than the length from which on a stretch is in ``coverage_long``
_EVER = datetime.min.replace(tzinfo=UTC)
_OF_STORE = _told.store_id == bindparam("store")
_BEGUN = and_(
    _told.began_at >= bindparam("from", type_=_told.began_at.type),
    _told.began_at < bindparam("until", type_=_told.began_at.type),
    _told.ended_at > bindparam("from", type_=_told.began_at.type),
)


def camera_watches(
    connection: Connection, store_id: str, window: Interval, *, known_by: datetime | None = None
) -> list[CameraWatch]:
    """Return what each camera told in stretches that overlap a window, by name; with ``known_by`` as far as by then."""
    began_at, ended_at = window
    until = ended_at if known_by is None else min(ended_at, known_by)
    asked = {"store": store_id, "from": began_at, "until": until}
    dialect = connection.dialect.name
    names = connection.execute(_cameras_query(), asked).scalars()
    begun: dict[str, tuple[Any, ...]] = {}
    for name in list(names):
        begun[name] = tuple(connection.execute(_begun_query(dialect), asked | {"camera": name}).one())
    before: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in _reaching(connection, store_id, began_at, until):
        before[row.camera_id].append(row)
    watches = [_watch(dialect, name, begun.get(name), before[name]) for name in sorted({*begun, *before})]
    if known_by is None:
        return watches
    return [
        CameraWatch(
            camera_id=one.camera_id,
            seen=one.seen.until(us_of(known_by)),
            gaps=one.gaps.until(us_of(known_by)),
            tracks=one.tracks,
        )
        for one in watches
    ]


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
    goes_on = _reaching(connection, store_id, known_by, known_by)
    return found[0], found[1], known_by if goes_on else found[2]


def stretches(connection: Connection, store_id: str, window: Interval) -> list[Coverage]:
    """Return the stretches that overlap a window as they were recorded, oldest first."""
    began_at, ended_at = window
    asked = {"store": store_id, "from": began_at, "until": ended_at, "near": _shortly_before(began_at)}
    return [coverage_of(row) for row in connection.execute(_stretches_query(connection.dialect.name), asked)]


def _watch(dialect: str, camera_id: str, begun: tuple[Any, ...] | None, before: list[Row[Any]]) -> CameraWatch:
    by_state: Mapping[CoverageState, list[Intervals]] = {
        state: [Intervals.of((row.began_at, row.ended_at) for row in before if row.state is state)]
        for state in CoverageState
    }
    tracks = None
    if begun is not None:
        *moments, tracks_of, usable = begun
        edges = [column_of(dialect, _told.began_at, value) for value in moments]
        for place, state in enumerate(CoverageState):
            by_state[state].append(Intervals(edges[2 * place], edges[2 * place + 1]))
        tracks = FaceTracks(camera_id=camera_id, tracks=int(tracks_of), usable_tracks=int(usable))
    return CameraWatch(
        camera_id=camera_id,
        seen=Intervals.together(*by_state[CoverageState.SEEN]),
        gaps=Intervals.together(*by_state[CoverageState.GAP]),
        tracks=tracks,
    )


def _reaching(connection: Connection, store_id: str, moment: datetime, until: datetime) -> list[Row[Any]]:
    """Return the stretches that began before a moment, and before ``until``, and ended after that moment."""
    asked = {"store": store_id, "from": moment, "until": min(moment, until), "near": _shortly_before(moment)}
    return list(connection.execute(_reaching_query(connection.dialect.name), asked))


def _shortly_before(moment: datetime) -> datetime:
    return moment - min(_SHORT, moment - _EVER)


@cache
def _cameras_query() -> Select[Any]:
    """Return the cameras of which a stretch began in a window, going from each to the next in the index."""
    first = select(func.min(_told.camera_id).label("camera_id")).where(_OF_STORE).cte("cameras", recursive=True)
    following = select(func.min(_told.camera_id)).where(_OF_STORE, _told.camera_id > first.c.camera_id)
    cameras = first.union_all(select(following.scalar_subquery()).where(first.c.camera_id.is_not(None)))
    begun = exists().where(_OF_STORE, _told.camera_id == cameras.c.camera_id, _BEGUN)
    return select(cameras.c.camera_id).where(cameras.c.camera_id.is_not(None), begun)


@cache
def _begun_query(dialect: str) -> Select[Any]:
    columns = [
        together(dialect, moment, _told.state == literal_column(f"'{state}'"))
        for state in CoverageState
        for moment in (_told.began_at, _told.ended_at)
    ]
    counts = (func.sum(_told.tracks), func.sum(_told.usable_tracks))
    return select(*columns, *counts).where(_OF_STORE, _told.camera_id == bindparam("camera"), _BEGUN)


@cache
def _reaching_query(dialect: str) -> Any:
    return _overlapping(dialect, (_told.camera_id, _told.state, _told.began_at, _told.ended_at))


@cache
def _stretches_query(dialect: str) -> Any:
    found = _overlapping(dialect, tuple(_told)).subquery()
    return select(found).order_by(found.c.began_at, found.c.camera_id, found.c.event_id)


def _overlapping(dialect: str, columns: Sequence[ColumnElement[Any]]) -> Any:
    """Return what selects stretches that overlap a window, without reading all that began before it."""
    moment = _told.began_at.type
    near: ColumnElement[Any] = bindparam("near", type_=moment)
    overlaps = _OF_STORE & (_told.ended_at > bindparam("from", type_=moment))
    overlaps &= _told.began_at < bindparam("until", type_=moment)
    long = select(*columns).where(overlaps, _told.began_at < near, text(tables.LONG[dialect]))
    return select(*columns).where(overlaps, _told.began_at >= near).union_all(long)
