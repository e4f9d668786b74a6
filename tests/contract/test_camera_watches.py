"""What a database tells of cameras' watch: every stretch within a window, and by the hour what each tells."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlite_database import sqlite_url
from told_by_cameras import told_by_each
from visitors_on_paper import watched

from analytics.camera_watch import CameraWatch, FaceTracks
from analytics.intervals import Intervals
from analytics.records.database import connect, writing
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from schemas.ids import coverage_id
from schemas.messages import Coverage, CoverageState

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LENGTHS = [timedelta(0), TICK, timedelta(minutes=1), timedelta(minutes=90), timedelta(hours=2), timedelta(days=3)]
OFFSETS = st.one_of(
    st.integers(-5, 5).map(lambda one: one * timedelta(minutes=30)),
    st.sampled_from([-TICK, TICK, timedelta(minutes=20), timedelta(minutes=59, seconds=30)]),
)
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
NewUrl = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    made: NewUrl = sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")
    with made() as new:
        yield new


@st.composite
def stretches(draw: st.DrawFn) -> Coverage:
    store, camera = draw(st.sampled_from(["north", "south"])), draw(st.sampled_from(["door", "till", "yard"]))
    began_at, state = START + draw(OFFSETS), draw(st.sampled_from(CoverageState))
    lasts = draw(st.one_of(st.sampled_from(LENGTHS), st.integers(0, 6).map(lambda one: one * timedelta(minutes=30))))
    return Coverage(
        event_id=coverage_id(store, camera, began_at, state),
        store_id=store,
        camera_id=camera,
        state=state,
        began_at=began_at,
        ended_at=began_at + lasts,
        tracks=draw(st.integers(0, 9)),
        usable_tracks=draw(st.integers(0, 9)),
    )


def told(watches: list[CameraWatch], window: tuple[datetime, datetime]) -> list[tuple]:
    """What is told of the time within a window, however it is cut."""
    within = Intervals.of([window])
    return [
        (one.camera_id, one.tracks, *(part.united().common(within).moments() for part in (one.seen, one.gaps)))
        for one in watches
    ]


def told_one_by_one(every: list[Coverage], window: tuple[datetime, datetime]) -> list[tuple]:
    """The same of stretches that overlap the window or begin in it, one by one."""
    first, last = window
    if last <= first:
        return []
    within = [one for one in every if one.began_at < last and (one.ended_at > first or one.began_at >= first)]
    return told(told_by_each(within, first), window)


def emptied(url: str) -> None:
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))):
        pass
    engine = connect(url)
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM coverage"))
        connection.execute(text("DELETE FROM coverage_by_hour"))
    engine.dispose()


@settings(max_examples=60, deadline=None)
@given(
    coverage=st.lists(stretches(), max_size=20, unique_by=lambda one: one.event_id),
    began=OFFSETS,
    lasts=st.sampled_from(LENGTHS),
)
def test_stretches_are_told_of_that_overlap_a_window_however_long_before_it_they_began(url, coverage, began, lasts):
    emptied(url)
    first, last = START + began, START + began + lasts
    within = [one for one in coverage if one.store_id == "north" and one.began_at < last and one.ended_at > first]
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as kept:
        kept.record([], coverage)
        assert kept.coverage("north", first, last) == sorted(
            within, key=lambda one: (one.began_at, one.camera_id, str(one.event_id))
        )


@settings(max_examples=100, deadline=None)
@given(
    # Of few moments at which one may begin: so batches hold other forms of one stretch, longer and shorter.
    batches=st.lists(st.lists(stretches(), max_size=8), max_size=4),
    began=OFFSETS,
    lasts=st.sampled_from(LENGTHS),
    known=OFFSETS,
)
def test_hours_tell_what_single_stretches_tell_now_and_as_known_at_a_moment(url, batches, began, lasts, known):
    emptied(url)
    first, last = START + began, START + began + lasts
    moment = START + known
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as kept:
        for batch in batches:
            kept.record([], batch)
        every = kept.coverage("north", *ALWAYS)
        assert told(kept.watched("north", first, last), (first, last)) == told_one_by_one(every, (first, last))
        then = [replace(one, ended_at=min(one.ended_at, moment)) for one in every if one.began_at < moment]
        window = (first, min(last, moment))
        assert told(kept.watched("north", first, last, known_by=moment), window) == told_one_by_one(then, window)


@settings(max_examples=40, deadline=None)
@given(coverage=st.lists(stretches(), max_size=12), known=OFFSETS)
def test_the_span_as_known_at_a_moment_is_that_of_the_stretches_known_by_then(url, coverage, known):
    emptied(url)
    moment = START + known
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as kept:
        kept.record([], coverage)
        window = (START - timedelta(days=3650), START + timedelta(days=3650))
        then = [one for one in kept.coverage("north", *window) if one.began_at < moment]
        moments = [one.began_at for one in then]
        moments += [max(one.began_at, min(one.ended_at, moment) - TICK) for one in then]
        assert kept.as_of(moment).span("north") == ((min(moments), max(moments)) if moments else None)


def test_tracks_known_by_a_moment_are_those_begun_by_then_by_whatever_clock_the_moment_is_told(url):
    emptied(url)
    minutes = [watched(f"2026-05-04 09:{one:02}", f"2026-05-04 09:{one + 1:02}", tracks=1) for one in range(59)]
    moment = (START + timedelta(minutes=40)).astimezone(ZoneInfo("Asia/Kolkata"))
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as kept:
        kept.record([], minutes)
        (door,) = kept.watched("shop", START, START + timedelta(hours=1), known_by=moment)
        assert door.tracks == FaceTracks(camera_id="door", tracks=40, usable_tracks=0)


def test_a_camera_that_told_but_a_moment_as_a_window_begins_is_told_of(url):
    emptied(url)
    every = [watched("2026-05-04 09:00", "2026-05-04 09:30"), watched("2026-05-04 09:30", "2026-05-04 09:30", tracks=7)]
    half_past = START + timedelta(minutes=30)
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as kept:
        kept.record([], every)
        (door,) = kept.watched("shop", half_past, half_past + timedelta(hours=1))
        assert door.tracks == FaceTracks(camera_id="door", tracks=7, usable_tracks=0)
