"""Whatever was seen, said of who is who, and asked: the numbers are those of counting the raw visits one by one."""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_entries import ledgers
from sqlite_database import sqlite_url
from visitors_on_paper import face, seen

from analytics.business_time import business_day, window_of
from analytics.records.repository import VisitRepository
from analytics.reports.chain_report import build_chain_report
from analytics.reports.report import build_report
from analytics.reports.report_range import By
from analytics.settings import StoreSettings
from analytics.visits import Visit, visits_of
from schemas.ledger import Ledger
from schemas.messages import Sighting

STORES = {
    store.store_id: store
    for store in (
        StoreSettings(store_id="berlin", zone="Europe/Berlin", day_start=time(6)),
        StoreSettings(store_id="lima", zone="America/Lima"),
        StoreSettings(store_id="sydney", zone="Australia/Sydney", day_start=time(4, 30)),
    )
}
# The night in which Berlin puts its clocks back, and three weeks around it.
MIDDLE = datetime(2026, 10, 25, 1, tzinfo=UTC)
DAYS = st.integers(-11, 11).map(lambda days: (MIDDLE + timedelta(days=days)).date())
NOW = datetime(2026, 12, 1, tzinfo=UTC)
PEOPLE = range(1, 6)
NewUrl = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    return sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")


@st.composite
def histories(draw: st.DrawFn) -> list[Sighting]:
    """Sightings of few people in three stores, most of them around the day starts."""
    minutes = st.one_of(st.integers(-10 * 1440, 10 * 1440), st.integers(-40, 40).map(lambda one: one * 360))
    found = []
    for number in range(draw(st.integers(0, 25))):
        began = MIDDLE + timedelta(minutes=draw(minutes))
        ended = began + timedelta(seconds=draw(st.sampled_from([5, 1500])))
        times = [moment.replace(tzinfo=None).isoformat() for moment in (began, ended)]
        store = draw(st.sampled_from(sorted(STORES)))
        found.append(seen(draw(st.sampled_from(PEOPLE)), *times, store=store, camera=f"door-{number}"))
    return found


def counted(visits: list[Visit], left_out: frozenset[UUID], stores: list[str], first: date, last: date) -> list[Visit]:
    return [
        visit
        for visit in visits
        if visit.store_id in stores
        and visit.face_id not in left_out
        and first <= business_day(visit.began_at, STORES[visit.store_id]) <= last
    ]


@settings(max_examples=25, deadline=None)
@given(history=histories(), stores=st.lists(st.sampled_from(sorted(STORES)), min_size=1, unique=True), data=st.data())
def test_uv_of_any_range_and_stores_is_that_of_brute_force(new_url: NewUrl, history, stores, data):
    entries = data.draw(ledgers([face(person) for person in PEOPLE], [one.track_id for one in history] or [face(9)]))
    first, last = sorted((data.draw(DAYS), data.draw(DAYS)))
    by = data.draw(st.sampled_from(list(By)))
    ledger = Ledger(entries)
    left_out = ledger.staff() | ledger.static()
    visits = visits_of(history, session_gap=timedelta(minutes=30), ledger=ledger)
    found = counted(visits, left_out, stores, first, last)
    # Every store is known of, also that where nobody came.
    everywhere = [seen(None, "2026-11-20T12:00:00", store=store) for store in STORES]
    with new_url() as url, closing(VisitRepository(url, STORES.__getitem__)) as repository:
        repository.record([*everywhere, *data.draw(st.permutations(history))], entries=entries)
        report = build_chain_report(repository, [STORES[one] for one in stores], first, last, by=by, now=NOW)
        assert (report.figures.pv, report.figures.uv) == (len(found), len({one.face_id for one in found}))
        assert report.cross_store == sum(
            len({one.store_id for one in found if one.face_id == who}) > 1 for who in {one.face_id for one in found}
        )
        assert report.figures.new_visitors + report.figures.returning_visitors == report.figures.uv
        assert sum(row.figures.pv for row in report.rows) == len(found)
        for store in stores:
            own = counted(visits, left_out, [store], first, last)
            alone = build_report(repository, STORES[store], first, last, by=by, now=NOW).figures
            assert (alone.pv, alone.uv) == (len(own), len({one.face_id for one in own}))
            assert alone.returning_visitors == len({one.face_id for one in own if _came_before(one, own, visits)})
        windows = {store: window_of(first, last, STORES[store]) for store in stores}
        for source in (repository, repository.as_of(NOW)):
            assert source.unique_visitors(windows) == report.figures.uv
        as_of = build_chain_report(repository.as_of(NOW), [STORES[one] for one in stores], first, last, by=by, now=NOW)
        assert (as_of.figures, as_of.rows) == (report.figures, report.rows)


def _came_before(visit: Visit, own: list[Visit], visits: list[Visit]) -> bool:
    """Whether a visitor came to the store on a business day before that of the first visit in the range."""
    store = STORES[visit.store_id]
    arrived = min(business_day(one.began_at, store) for one in own if one.face_id == visit.face_id)
    return any(
        business_day(one.began_at, store) < arrived
        for one in visits
        if one.face_id == visit.face_id and one.store_id == visit.store_id
    )
