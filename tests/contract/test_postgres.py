"""What only a server can do to us, and what is promised then."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from postgres_server import NewDatabase, PostgresServer, administer, require_postgres, url_of
from sqlalchemy import text
from test_visit_repository import ALWAYS, GAP, START, face, histories, repository, sighting, stored, stretch

from analytics.records.database import connect, reading, upgrade
from analytics.records.months import months_of
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.visits import visits_of
from schemas.errors import ConfigError, FootfallError, InvalidRecord, TransientError
from schemas.messages import Phase, Sighting

ALWAYS_AHEAD = datetime.max.replace(tzinfo=UTC)

pytestmark = pytest.mark.needs_postgres


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of the test's own, to be treated badly, with Footfall's tables."""
    require_postgres()
    with PostgresServer() as server:
        engine = connect(server.url)
        upgrade(engine)
        engine.dispose()
        yield server


def recorded(kept: VisitRepository, batches: list[list[Sighting]]) -> int:
    """Record as the consumer does: a batch that met a passing trouble is given again. Return how often that was."""
    troubles = 0
    for batch in batches:
        while True:
            try:
                kept.record(batch)
                break
            except TransientError:
                troubles += 1
    return troubles


@settings(max_examples=30, deadline=None)
@given(history=histories(), data=st.data())
def test_two_writers_at_once_leave_the_visits_of_the_pure_function(
    new_postgres_database: NewDatabase, history: list[Sighting], data: st.DataObject
):
    """Both write of both stores, as after a rebalance: what one was given the other may be given too."""
    shares = []
    for _ in range(2):
        told = data.draw(st.permutations(history))
        size = data.draw(st.integers(1, 4))
        shares.append([told[first : first + size] for first in range(0, len(told), size)])
    with new_postgres_database() as url, repository(url) as one, repository(url) as other:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(recorded, (one, other), shares))
        expected = visits_of(history, session_gap=GAP)
        assert sorted(stored(one), key=lambda v: v.visit_id) == sorted(expected, key=lambda v: v.visit_id)
        numbers = [item.change for item in one.latest_sightings("north", limit=1000)]
        assert len(set(numbers)) == len(numbers)


def test_many_writers_of_one_store_and_of_many_stores_come_to_the_same(postgres_url: str):
    stores = [f"store-{number}" for number in range(6)]
    history = [
        replace(
            sighting(number, face_id=face(number % 7), at_s=number * 90.0, store=stores[number % 6]),
            phase=Phase.PROVISIONAL if number % 5 == 0 else Phase.CONFIRMED,
        )
        for number in range(600)
    ]
    shares = [history[writer::4] + history[(writer + 1) % 4 :: 4] for writer in range(4)]
    with repository(postgres_url) as kept:
        with ThreadPoolExecutor(4) as pool:
            batches = [[share[first : first + 25] for first in range(0, len(share), 25)] for share in shares]
            list(pool.map(recorded, [kept] * 4, batches))
        assert sorted(stored(kept), key=lambda v: v.visit_id) == sorted(
            visits_of(history, session_gap=GAP), key=lambda v: v.visit_id
        )
        assert kept.last_changes() == dict.fromkeys(stores, 100)


def test_a_writer_waits_for_another_of_the_same_store_and_for_nobody_else(postgres_url: str):
    engine = connect(postgres_url)
    with repository(postgres_url) as kept:
        kept.record([sighting(1, face_id=face(1)), sighting(2, face_id=face(2), store="south")])
        with engine.begin() as holder:
            holder.execute(text("SELECT 1 FROM stores WHERE store_id = 'north' FOR UPDATE"))
            kept.record([sighting(3, face_id=face(3), store="south")])
            waiting = threading.Thread(target=kept.record, args=([sighting(4, face_id=face(4))],))
            waiting.start()
            waiting.join(0.5)
            assert waiting.is_alive()
        waiting.join(10)
        assert kept.last_changes() == {"north": 2, "south": 2}
    engine.dispose()


def test_no_sighting_is_too_old_or_too_far_ahead(postgres_url: str):
    far = [
        datetime(1971, 1, 31, 23, 59, tzinfo=UTC),
        datetime(2026, 12, 31, tzinfo=UTC),
        datetime(2199, 2, 1, tzinfo=UTC),
    ]
    history = [
        replace(sighting(number, face_id=face(number)), began_at=moment, ended_at=moment)
        for number, moment in enumerate(far)
    ]
    with repository(postgres_url) as kept:
        kept.record(history)
        assert kept.confirmed_sightings("north") == history
    engine = connect(postgres_url)
    with reading(engine) as connection:
        assert months_of(connection) == [
            "sightings_1971_01", "sightings_1971_02", "sightings_2026_12", "sightings_2027_01", "sightings_2199_02",
            "sightings_2199_03",
        ]  # fmt: skip
    engine.dispose()


def test_a_visit_may_run_from_one_month_into_the_next(postgres_url: str):
    midnight_s = (datetime(2026, 6, 1, tzinfo=UTC) - START).total_seconds()
    history = [
        sighting(number, face_id=face(1), at_s=midnight_s + after_s)
        for number, after_s in enumerate((-900.0, -5.0, 600.0))
    ]
    with repository(postgres_url) as kept:
        for one in history:
            kept.record([one])
        kept.record([replace(history[1], shots=9, face_id=face(2))])
        expected = visits_of([history[0], replace(history[1], face_id=face(2)), history[2]], session_gap=GAP)
        assert kept.visits("north", *ALWAYS) == expected


def test_a_month_that_was_dropped_is_made_again(postgres_url: str):
    with repository(postgres_url) as kept:
        kept.record([sighting(1, face_id=face(1))])
        administer(postgres_url, "DROP TABLE sightings_2026_05")
        kept.record([sighting(2, face_id=face(2))])
        assert [one.face_id for one in kept.confirmed_sightings("north")] == [face(2)]


@pytest.mark.parametrize(
    "odd",
    [
        replace(sighting(2, face_id=face(2)), camera_id="do\x00or"),
        replace(sighting(2, face_id=face(2)), shots=2**40),
        replace(sighting(2, face_id=face(2)), box=(float("nan"), 0.0, 0.0, 0.0)),
        replace(sighting(2, face_id=face(2)), began_at=ALWAYS_AHEAD, ended_at=ALWAYS_AHEAD),
    ],
)  # fmt: skip
def test_what_the_server_cannot_keep_is_an_invalid_record_and_nothing_of_its_batch_is_kept(
    postgres_url: str, odd: Sighting
):
    with repository(postgres_url) as kept:
        with pytest.raises(InvalidRecord):
            kept.record([sighting(1, face_id=face(1)), odd])
        assert kept.stores() == []


def test_odd_texts_come_back_as_they_were(postgres_url: str):
    texts = [
        '"',
        "\\",
        "{a,b}",
        "NULL",
        "null",
        "",
        " ",
        "'; DROP TABLE visits; --",
        "\t\n\r",
        "口 👤",
        "%s %(a)s :b",
        '\\\\"',
    ]
    history = [
        replace(sighting(number, face_id=face(1), at_s=float(number)), reason=odd, camera_id=odd, model_id=odd)
        for number, odd in enumerate(texts)
    ]
    odd_watch = replace(stretch(0, 60), rejected={'{"a\\': 1, "": 2}, reason='"\\')
    with repository(postgres_url) as kept:
        kept.record(history, [odd_watch])
        assert kept.confirmed_sightings("north") == history
        assert kept.coverage("north", *ALWAYS) == [odd_watch]


def test_a_batch_that_met_a_crash_of_the_server_is_worth_another_try_and_counts_once(server: PostgresServer):
    with repository(server.url) as kept:
        kept.record([sighting(1, face_id=face(1))])
        server.crash()
        with pytest.raises(TransientError, match="try again"):
            kept.record([sighting(2, face_id=face(2))])
        with pytest.raises(TransientError):
            kept.stores()
        server.start()
        recorded(kept, [[sighting(1, face_id=face(1)), sighting(2, face_id=face(2))]])
        assert [visit.face_id for visit in kept.visits("north", *ALWAYS)] == [face(1), face(2)]


def test_a_server_that_bounces_all_the_time_loses_nothing_and_counts_nothing_twice(server: PostgresServer):
    history = [sighting(number, face_id=face(number % 9), at_s=number * 60.0) for number in range(400)]
    batches = [history[first : first + 4] for first in range(0, len(history), 4)]
    bounced = threading.Event()

    def record_over_and_over() -> int:
        troubles = recorded(kept, batches)
        while not bounced.is_set():
            troubles += recorded(kept, batches)
        return troubles

    with repository(server.url) as kept, ThreadPoolExecutor(1) as pool:
        writing = pool.submit(record_over_and_over)
        for bounce in (server.crash, server.stop, server.crash):
            bounce()
            server.start()
        bounced.set()
        assert writing.result(60) >= 3
        assert kept.visits("north", *ALWAYS) == visits_of(history, session_gap=GAP)


def test_a_writer_that_fell_silent_does_not_keep_its_store_for_ever(postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    """A process stopped between two statements, or whose machine is gone: the server ends its transaction."""
    monkeypatch.setattr("analytics.records.database._SILENT_MS", 300)
    silent = connect(postgres_url)
    with repository(postgres_url) as kept:
        kept.record([sighting(1, face_id=face(1))])
        connection = silent.connect()
        connection.execute(text("SELECT 1 FROM stores FOR UPDATE"))
        kept.record([sighting(2, face_id=face(2))])
        assert kept.last_changes() == {"north": 2}
        connection.invalidate()
        connection.close()
    silent.dispose()


@pytest.mark.parametrize(
    ("of", "error", "says"),
    [
        (lambda url: url_of(url, "nowhere"), ConfigError, "no such database; make it"),
        (lambda url: url.replace("footfall@", "nobody:secret@"), ConfigError, "no such user"),
        (lambda url: "postgresql://footfall:secret@127.0.0.1:1/visits", TransientError, "cannot be reached"),
        (lambda url: "postgresql://footfall:secret@nowhere.invalid/visits", TransientError, "cannot be reached"),
        (lambda url: "postgresql://footfall:se@cret@127.0.0.1/visits", ConfigError, "%40"),
        (lambda url: "postgresql://footfall:secret@127.0.0.1:port/visits", ConfigError, "cannot be read"),
        (lambda url: "postgresql://footfall:secret@127.0.0.1", ConfigError, "host and a database"),
    ],
)
def test_a_server_that_does_not_let_us_in_is_a_sentence_without_the_password(
    postgres: str, of, error: type[FootfallError], says: str
):
    with pytest.raises(error, match=says) as caught:
        VisitRepository(of(postgres), lambda store_id: StoreSettings(store_id=store_id))
    assert "secret" not in str(caught.value)
    assert "cret" not in str(caught.value)


def test_a_wrong_password_is_a_sentence_without_it(server: PostgresServer):
    administer(server.url, "ALTER ROLE footfall PASSWORD 'right'")
    server.require_passwords()
    address = server.url.replace("footfall@", "footfall:{}@")
    with pytest.raises(ConfigError, match="does not accept this user and password") as caught:
        VisitRepository(address.format("wrong"), lambda store_id: StoreSettings(store_id=store_id))
    assert "wrong" not in str(caught.value)
    with pytest.raises(ConfigError, match="wants a password"):
        VisitRepository(server.url, lambda store_id: StoreSettings(store_id=store_id))
    with closing(VisitRepository(address.format("right"), lambda store_id: StoreSettings(store_id=store_id))) as kept:
        assert kept.stores() == []


def test_one_state_is_read_whatever_is_written_meanwhile(postgres_url: str):
    engine = connect(postgres_url)
    with repository(postgres_url) as kept, reading(engine) as connection:
        kept.record([sighting(1, face_id=face(1))])
        assert connection.execute(text("SELECT count(*) FROM visits")).scalar() == 1
        kept.record([sighting(UUID(int=2).int, face_id=face(2), at_s=timedelta(hours=1).total_seconds())])
        assert connection.execute(text("SELECT count(*) FROM visits")).scalar() == 1
    engine.dispose()
