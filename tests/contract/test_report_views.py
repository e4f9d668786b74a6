"""What reports and other tools read beside the visits: whatever was seen, and said of who is who, it follows."""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_entries import entry, ledgers
from sqlalchemy import text
from test_visit_repository import ALWAYS, GAP, START, face, histories, sighting, sqlite_url

from analytics.business_time import business_day
from analytics.records.database import connect, reading, writing
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.visit_columns import VisitColumns, us_of
from analytics.visits import Visit
from schemas.messages import IdentityKind

NewUrl = Callable[[], AbstractContextManager[str]]
PAGE = Path(__file__).parents[2] / "docs" / "database.md"
STORES = {
    "north": StoreSettings(store_id="north", zone="Europe/Berlin", day_start=time(6), session_gap=GAP),
    "south": StoreSettings(store_id="south", zone="America/Lima", session_gap=GAP),
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    return sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")


def asked(url: str, query: str) -> list[tuple]:
    engine = connect(url)
    with reading(engine) as connection:
        rows = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows


def run(url: str, statement: str) -> None:
    engine = connect(url)
    with writing(engine) as connection:
        connection.execute(text(statement))
    engine.dispose()


def in_batches(data: st.DataObject, kept: VisitRepository, history: list, entries: list) -> None:
    """Record a history in any order and cut, with entries of the ledger and other settings anywhere between."""
    told = data.draw(st.permutations([*history, *entries, *STORES.values()]))
    while told:
        size = data.draw(st.integers(1, len(told)))
        some, told = told[:size], told[size:]
        kept.record(
            [one for one in some if one in history],
            entries=[one for one in some if one in entries],
        )
        kept.apply_settings([one for one in some if isinstance(one, StoreSettings)])


@settings(max_examples=40, deadline=None)
@given(history=histories(), data=st.data())
def test_the_views_give_what_is_counted_and_each_visit_knows_the_first_one(new_url: NewUrl, history, data):
    entries = data.draw(ledgers([face(1), face(2), face(3)], [one.track_id for one in history]))
    with new_url() as url, closing(VisitRepository(url, lambda store: StoreSettings(store_id=store))) as kept:
        in_batches(data, kept, history, entries)
        for store in kept.stores():
            every = kept.columns(store, *ALWAYS)
            assert every.first_us.tolist() == VisitColumns.of_all(store, list(every)).first_us.tolist()
        left_out = kept.staff() | kept.static()
        visits = [one for store in kept.stores() for one in kept.visits(store, *ALWAYS) if one.face_id not in left_out]
        days = [(one.store_id, business_day(one.began_at, STORES[one.store_id]).isoformat(), one) for one in visits]
        told = asked(url, "SELECT store_id, business_day, visit_id, sightings, dwell_s FROM report_visits")
        assert {
            (store, str(day), str(visit).replace("-", ""), count, dwell) for store, day, visit, count, dwell in told
        } == {(store, day, one.visit_id.hex, one.sightings, dwell_of(one)) for store, day, one in days}
        pv = Counter((store, day) for store, day, _ in days)
        uv = Counter(place for place, _ in {((store, day), one.face_id) for store, day, one in days})
        daily = asked(url, "SELECT store_id, business_day, pv, uv_of_this_day FROM report_daily")
        assert {(store, str(day)): (visits, visitors) for store, day, visits, visitors in daily if visits} == {
            place: (pv[place], uv[place]) for place in pv
        }


def dwell_of(visit: Visit) -> float | None:
    return (visit.ended_at - visit.began_at).total_seconds() if visit.sightings > 1 else None


def test_a_visit_that_the_version_before_wrote_has_its_first_one_looked_up(new_url: NewUrl):
    with new_url() as url, closing(VisitRepository(url, lambda store: StoreSettings(store_id=store))) as kept:
        kept.record([sighting(number, face_id=face(1), at_s=number * 7200) for number in range(2)])
        run(url, "UPDATE visits SET first_at = NULL")
        assert kept.columns("north", START + timedelta(seconds=60), ALWAYS[1]).first_us.tolist() == [us_of(START)]
        kept.record([sighting(2, face_id=face(1), at_s=14400)])
        assert kept.columns("north", *ALWAYS).first_us.tolist() == [us_of(START)] * 3


def test_days_follow_the_day_start_and_staff_is_left_out_of_the_example_of_the_page(new_url: NewUrl):
    (example,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    with new_url() as url, closing(VisitRepository(url, STORES.__getitem__)) as kept:
        # In Berlin the day begins at 04:00 UTC: the first two are of one day, the third of the next.
        kept.record(
            [
                sighting(number, face_id=face(who), at_s=at_s)
                for number, who, at_s in ((1, 1, 0), (2, 2, 66_000), (3, 1, 70_000))
            ],
            entries=[entry(1, IdentityKind.STAFF, face(3))],
        )
        kept.record([sighting(4, face_id=face(3))])
        assert [
            (store, str(day), pv, uv)
            for store, day, pv, uv in asked(url, "SELECT * FROM report_daily ORDER BY business_day")
        ] == [
            ("north", "2026-05-04", 2, 2),
            ("north", "2026-05-05", 1, 1),
        ]
        assert asked(url, example) == [("north", 3, 2)]
        kept.apply_settings([replace(STORES["north"], day_start=time(0), zone="UTC")])
        daily = {str(day): (pv, uv) for _, day, pv, uv in asked(url, "SELECT * FROM report_daily")}
        assert (daily["2026-05-04"], daily["2026-05-05"]) == ((1, 1), (2, 2))
