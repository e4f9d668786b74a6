"""What cameras told is put together by the hour, whoever wrote it: this version, the one before, or an upgrade."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from alembic import command
from hypothesis import given, settings
from hypothesis import strategies as st
from postgres_server import new_database
from sqlalchemy import Engine, MetaData, Table, select, text
from sqlite_database import sqlite_url
from visitors_on_paper import utc

from analytics.hourly_coverage import ToldTime, by_hour
from analytics.records import camera_tables
from analytics.records.bulk import upsert
from analytics.records.database import connect, reading, upgrade, writing
from analytics.records.migrations import configuration
from analytics.records.repository import VisitRepository
from analytics.records.rows import coverage_values
from analytics.settings import StoreSettings
from schemas.ids import coverage_id
from schemas.messages import Coverage, CoverageState

NINE = utc("2026-05-04 09:00")
MINUTE = timedelta(minutes=1)
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
STORES, CAMERAS = ("north", "south"), ("door", "yard")
LENGTHS = [timedelta(0), MINUTE, 20 * MINUTE, 60 * MINUTE, 150 * MINUTE, timedelta(days=4)]
NewUrl = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    made: NewUrl = sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")
    return made


@pytest.fixture(scope="module")
def url(new_url: NewUrl) -> Iterator[str]:
    with new_url() as new, closing(opened(new)):
        yield new


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database in which nothing is."""
    postgres = request.param == "postgres"
    with new_database(request.getfixturevalue("postgres")) if postgres else sqlite_url() as url:
        yield url


def opened(url: str) -> VisitRepository:
    return VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))


def stretch(store: str, camera: str, state: CoverageState, began: int, lasts: timedelta, tracks: int = 1) -> Coverage:
    """One that begins so many minutes after nine."""
    began_at = NINE + began * MINUTE
    return Coverage(
        event_id=coverage_id(store, camera, began_at, state),
        store_id=store,
        camera_id=camera,
        state=state,
        began_at=began_at,
        ended_at=began_at + lasts,
        tracks=2 * tracks,
        usable_tracks=tracks,
    )


# Few beginnings, so that there are longer and shorter forms of one stretch.
STRETCHES = st.builds(
    stretch,
    st.sampled_from(STORES),
    st.sampled_from(CAMERAS),
    st.sampled_from(CoverageState),
    st.integers(-4, 8).map(lambda one: 20 * one),
    st.sampled_from(LENGTHS),
    st.integers(0, 9),
)
BATCHES = st.lists(st.lists(STRETCHES, max_size=8), max_size=5)


def write_as_the_version_before(engine: Engine, coverage: Sequence[Coverage]) -> None:
    """Write stretches longer than those of the same id that are there, without a word of what came since."""
    columns = [column._copy() for column in camera_tables.coverage.columns if column.name != "put_together_until"]
    before = Table("coverage", MetaData(), *columns)
    longest = {one.event_id: one for one in sorted(coverage, key=lambda one: one.ended_at)}
    with writing(engine) as connection:
        there = dict(connection.execute(select(before.c.event_id, before.c.ended_at)).all())
        fresh = [one for one in longest.values() if one.ended_at > there.get(one.event_id, ALWAYS[0])]
        upsert(connection, before, [coverage_values(one)[: len(columns)] for one in fresh])


def hours_kept(engine: Engine) -> dict[tuple[str, str], list[ToldTime]]:
    """What is put together of each camera, by state and beginning."""
    hourly = camera_tables.coverage_by_hour
    kept: dict[tuple[str, str], list[ToldTime]] = {}
    with reading(engine) as connection:
        for row in connection.execute(select(hourly).order_by(hourly.c.state, hourly.c.began_at)):
            values = dict(row._mapping)
            camera = values.pop("store_id"), values.pop("camera_id")
            kept.setdefault(camera, []).append(ToldTime(**values))
    return kept


def hours_of_single_stretches(url: str) -> dict[tuple[str, str], list[ToldTime]]:
    """What it has to be."""
    of_each: dict[tuple[str, str], list[ToldTime]] = {}
    with closing(opened(url)) as kept:
        every = [one for store in STORES for one in kept.coverage(store, *ALWAYS)]
    for camera in product(STORES, CAMERAS):
        told = [
            ToldTime(
                state=one.state,
                began_at=one.began_at,
                ended_at=one.ended_at,
                stretches=1,
                tracks=one.tracks,
                usable_tracks=one.usable_tracks,
            )
            for one in every
            if (one.store_id, one.camera_id) == camera
        ]
        if told:
            of_each[camera] = by_hour(told, ALWAYS)
    return of_each


def emptied(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM coverage"))
        connection.execute(text("DELETE FROM coverage_by_hour"))


def unsettled(engine: Engine) -> int:
    query = select(camera_tables.coverage.c.event_id).where(text(camera_tables.UNSETTLED))
    with reading(engine) as connection:
        return len(connection.execute(query).all())


@settings(max_examples=60, deadline=None)
@given(batches=BATCHES)
def test_the_hours_are_those_of_the_stretches_in_whatever_batches_they_come(url, batches):
    engine = connect(url)
    emptied(engine)
    with closing(opened(url)) as kept:
        for batch in batches:
            kept.record([], batch)
        for batch in batches:  # again, which changes nothing
            kept.record([], batch)
    assert hours_kept(engine) == hours_of_single_stretches(url)
    assert unsettled(engine) == 0
    engine.dispose()


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.tuples(st.booleans(), st.lists(STRETCHES, max_size=8)), max_size=5))
def test_what_the_version_before_writes_is_put_together_when_the_program_starts_that_records(url, batches):
    engine = connect(url)
    emptied(engine)
    with closing(opened(url)) as kept:
        for of_this_version, batch in batches:
            if of_this_version:
                kept.record([], batch)
            else:
                write_as_the_version_before(engine, batch)
        kept.apply_settings([StoreSettings(store_id=store) for store in STORES])
    assert hours_kept(engine) == hours_of_single_stretches(url)
    assert unsettled(engine) == 0
    engine.dispose()


def test_an_upgrade_puts_together_what_there_is(empty_url: str):
    drawn = random.Random(1)
    lengths = [*LENGTHS, timedelta(microseconds=1), timedelta(seconds=59.999999)]
    every = [
        stretch(
            drawn.choice(STORES),
            drawn.choice(CAMERAS),
            drawn.choice(list(CoverageState)),
            drawn.choice([5, 20]) * drawn.randrange(1_000) - 3_000_000,  # years before the upgrade
            drawn.choice(lengths),
            drawn.randrange(9),
        )
        for _ in range(400)
    ]
    engine = connect(empty_url)
    with writing(engine) as connection:
        command.upgrade(configuration(connection), "0020")
    if engine.dialect.name == "sqlite":  # which knows no hour after the last
        until_the_last = (ALWAYS[1] - NINE) // MINUTE
        every.append(stretch("north", "door", CoverageState.GAP, until_the_last, timedelta(seconds=59.999999)))
    just_now = (datetime.now(UTC) - NINE) // MINUTE - 90
    write_as_the_version_before(
        engine, [*every, stretch("south", "yard", CoverageState.SEEN, just_now, timedelta(hours=1))]
    )
    upgrade(engine)
    assert hours_kept(engine) == hours_of_single_stretches(empty_url)
    assert unsettled(engine) == 0
    grown = stretch("south", "yard", CoverageState.SEEN, just_now, timedelta(hours=2))
    write_as_the_version_before(engine, [grown])
    assert unsettled(engine) == 1
    with closing(opened(empty_url)) as kept:
        kept.apply_settings([StoreSettings(store_id="south")])
    assert hours_kept(engine) == hours_of_single_stretches(empty_url)
    assert unsettled(engine) == 0
    engine.dispose()
