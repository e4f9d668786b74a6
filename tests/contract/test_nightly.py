"""Reconciliation by itself: when it is due, by whom it is done, and that it counts on over both logs and databases."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from test_reconcile_command import visitors

from analytics.records.nights import GIVEN_UP_AFTER, Night
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from faces.packs import open_pack
from footfall import nightly
from footfall.config_loading import load_settings
from footfall.event_logs import local_log_url, open_event_log
from footfall.identity_desk import IdentityDesk
from footfall.metrics import Meters
from footfall.nightly import NightWatch, day_ended, reconciled_nightly
from footfall.publisher import Publisher
from footfall.reconciling import Reconciler
from footfall.wiring import utc_now
from matcher.reconciliation.reconcile import Reconciliation
from schemas.errors import TransientError
from schemas.topics import TOPICS

NIGHT = datetime(2026, 5, 5, 3, tzinfo=UTC)
MONDAY = date(2026, 5, 4)
NOTHING = Reconciliation(entries=(), to_review=())


class Chain:
    """A log and a database in which Ann is known twice for sure, Ben perhaps, and forty others once."""

    def __init__(self, log_url: str, database_url: str) -> None:
        self.log_url = log_url
        self.database_url = database_url
        with closing(open_event_log(log_url)) as log, self.opened() as kept:
            log.create(TOPICS)
            publisher = Publisher(log)
            seen = visitors()
            for message in (*seen.templates, *seen.sightings):
                publisher.publish(message)
            publisher.flush()
            kept.record(seen.sightings)

    @contextmanager
    def opened(self) -> Iterator[VisitRepository]:
        with closing(VisitRepository(self.database_url, lambda store: StoreSettings(store_id=store))) as kept:
            yield kept

    def reconciled(self, kept: VisitRepository) -> Reconciliation:
        with closing(open_event_log(self.log_url)) as log:
            desk = IdentityDesk(log=log, repository=kept, actor="reconciliation", reason="", now=utc_now)
            matcher = load_settings(None).matcher
            reconciler = Reconciler(log=log, desk=desk, pack=open_pack("dlib"), matcher=matcher)
            found = reconciler.look(None, lambda _number: None)
            desk.make(found.entries)
            return found


@pytest.fixture(params=["files", pytest.param("servers", marks=[pytest.mark.needs_kafka, pytest.mark.needs_postgres])])
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Chain:
    if request.param == "files":
        return Chain(local_log_url(tmp_path / "log.db"), f"sqlite:///{tmp_path / 'visits.sqlite'}")
    server = request.getfixturevalue("kafka_url")
    log_url = f"{server}{'&' if '?' in server else '?'}prefix={uuid4().hex[:8]}-"
    return Chain(log_url, request.getfixturevalue("postgres_url"))


def watch(kept: VisitRepository, runner: str, look=lambda: NOTHING) -> NightWatch:
    return NightWatch(repository=kept, runner=runner, look=look, meters=Meters())


def uv(kept: VisitRepository) -> int:
    return kept.unique_visitors({"a": (NIGHT - timedelta(days=2), NIGHT)})


def test_of_the_first_night_nothing_is_done_and_of_the_next_what_is_sure_is_made_once(chain: Chain):
    with chain.opened() as kept:
        one, other = (watch(kept, runner, lambda: chain.reconciled(kept)) for runner in ("one", "other"))
        assert one.turn(NIGHT) is None
        assert kept.nights.last() == Night(day=MONDAY, merged=None, split=None, to_review=None)
        before = uv(kept)

        night = other.turn(NIGHT + timedelta(days=1))

        assert night == Night(day=date(2026, 5, 5), merged=1, split=0, to_review=1)
        assert kept.nights.last() == night
        assert uv(kept) == before - 1
        assert one.turn(NIGHT + timedelta(days=1)) is None
        third = one.turn(NIGHT + timedelta(days=2))
        assert third is not None
        assert (third.merged, third.split, uv(kept)) == (0, 0, before - 1)
        assert 'footfall_reconciled_total{kind="merged"} 1.0' in other.meters.page().decode()
        assert "footfall_review_waiting 1.0" in other.meters.page().decode()


def test_of_many_processes_one_is_told_to_and_another_when_that_one_has_died(chain: Chain):
    with chain.opened() as kept:
        nights = kept.nights
        assert not nights.claim(MONDAY, runner="first", now=NIGHT)
        tuesday, later = date(2026, 5, 5), NIGHT + timedelta(days=1)
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda n: nights.claim(tuesday, runner=f"runner {n}", now=later), range(8)))
        assert sum(told) == 1
        assert not nights.claim(tuesday, runner="late", now=later + GIVEN_UP_AFTER)
        assert nights.claim(tuesday, runner="late", now=later + GIVEN_UP_AFTER + timedelta(seconds=1))
        nights.end(Night(day=tuesday, merged=1, split=0, to_review=0), runner="late", now=later)
        assert not nights.claim(tuesday, runner="later still", now=later + timedelta(days=3))


def test_a_night_that_failed_is_due_again(chain: Chain):
    def away() -> Reconciliation:
        raise TransientError("the log is away")

    with chain.opened() as kept:
        watch(kept, "one").turn(NIGHT)
        failing = watch(kept, "one", away)
        with pytest.raises(TransientError):
            failing.turn(NIGHT + timedelta(days=1))
        assert 'footfall_reconciliations_total{outcome="failed"} 1.0' in failing.meters.page().decode()
        assert watch(kept, "other").turn(NIGHT + timedelta(days=1)) is not None


def test_a_program_reconciles_while_it_runs_unless_it_is_told_not_to(chain: Chain, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(nightly, "_LOOKS_EVERY_S", 0.05)
    done = threading.Event()
    with chain.opened() as kept:
        yesterday = day_ended([StoreSettings(store_id="a")], utc_now())
        assert yesterday is not None
        kept.nights.claim(yesterday - timedelta(days=1), runner="first", now=utc_now())
        for nightly_too in (False, True):
            settings = load_settings(
                None, data_dir=tmp_path, pack="dlib", events={"url": chain.log_url},
                matcher={"reconcile_nightly": nightly_too},
            )  # fmt: skip
            with reconciled_nightly(settings, kept, threading.Event(), Meters()):
                for _ in range(600 if nightly_too else 5):
                    if kept.nights.last().day == yesterday:
                        break
                    done.wait(0.05)
            assert (kept.nights.last().day == yesterday) is nightly_too
        assert kept.nights.last().merged == 1


def test_a_day_has_ended_when_it_has_ended_everywhere():
    def store(zone: str, day_start: time = time(0)) -> StoreSettings:
        return StoreSettings(store_id=zone, zone=zone, day_start=day_start)

    auckland, paris, los_angeles = store("Pacific/Auckland"), store("Europe/Paris"), store("America/Los_Angeles")
    midnight_in_paris = datetime(2026, 5, 4, 22, tzinfo=UTC)
    assert day_ended([], midnight_in_paris) is None
    assert day_ended([paris], midnight_in_paris) == date(2026, 5, 3)
    assert day_ended([paris], midnight_in_paris + nightly.SETTLED_AFTER) == MONDAY
    assert day_ended([auckland, paris], midnight_in_paris + nightly.SETTLED_AFTER) == MONDAY
    assert day_ended([paris, los_angeles], midnight_in_paris + nightly.SETTLED_AFTER) == date(2026, 5, 3)
    assert day_ended([store("Europe/Paris", time(6))], midnight_in_paris + nightly.SETTLED_AFTER) == date(2026, 5, 3)
