"""The consumer loop, over the local log."""

import itertools
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footfall.consumer import Consumer
from footfall.dead_letters import DeadLetterGuard, DeadLetterLimit
from footfall.local_log.log import SqliteEventLog
from footfall.publisher import Publisher
from schemas.codec import decode, encode
from schemas.errors import InvalidRecord, StorageError, TransientError
from schemas.event_log import Record
from schemas.messages import Coverage, CoverageState, IdentityEvent, IdentityKind, Message
from schemas.received import Received
from schemas.topics import COVERAGE, CROPS, DEAD_LETTERS, IDENTITY, TEMPLATES, Topic

MOMENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def coverage(number: int) -> Coverage:
    return Coverage(
        event_id=UUID(int=number),
        store_id="shop",
        camera_id="door",
        state=CoverageState.SEEN,
        began_at=MOMENT,
        ended_at=MOMENT,
        frames=number,
    )


def entry(number: int) -> IdentityEvent:
    return IdentityEvent(
        event_id=UUID(int=number),
        kind=IdentityKind.MINTED,
        face_id=UUID(int=number),
        at=MOMENT,
        actor="test",
        reason="",
    )


def publish(log: SqliteEventLog, *messages: Message) -> None:
    publisher = Publisher(log)
    for message in messages:
        publisher.publish(message)
    publisher.flush()


def frames(batch: Sequence[Received]) -> list[int]:
    return [received.message.frames for received in batch if isinstance(received.message, Coverage)]


def minted(log: SqliteEventLog) -> list[int]:
    return [int(decode(record.value).face_id) for record in log.replay(IDENTITY) if record.value]


def mint(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
    """Mint a FaceId of the same number for every stretch of coverage."""
    return [[entry(number) for number in frames(batch)]]


def no_pauses() -> Iterator[float]:
    return itertools.repeat(0.0)


Make = Callable[..., Consumer]


@pytest.fixture
def consumer_of(log: SqliteEventLog) -> Iterator[Make]:
    """Make a consumer of coverage that is closed after the test."""
    made = []

    def make(handler, **options) -> Consumer:
        consumer = Consumer(
            **{
                "log": log,
                "topics": [COVERAGE],
                "group": "test",
                "handler": handler,
                "pauses_s": no_pauses,
                **options,
            }
        )
        made.append(consumer)
        return consumer

    yield make
    for consumer in made:
        consumer.close()


def dead_letters(log: SqliteEventLog) -> list[Record]:
    return list(log.replay(DEAD_LETTERS))


def test_messages_reach_the_handler_with_where_they_lay_and_its_outputs_the_log(log: SqliteEventLog, consumer_of: Make):
    batches: list[Sequence[Received]] = []

    def handler(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        batches.append(batch)
        return mint(batch)

    publish(log, coverage(1), coverage(2))
    consumer = consumer_of(handler)
    assert consumer.lag() == 2
    assert consumer.step(1.0) == 2
    assert [(received.message, received.topic, received.offset) for received in batches[0]] == [
        (coverage(1), "coverage", 0),
        (coverage(2), "coverage", 1),
    ]
    assert minted(log) == [1, 2]
    assert consumer.lag() == 0
    assert consumer.step(0.0) == 0


def test_a_batch_is_no_larger_than_asked_for(log: SqliteEventLog, consumer_of: Make):
    publish(log, *map(coverage, range(5)))
    consumer = consumer_of(mint, max_records=2)
    assert [consumer.step(0.0) for _ in range(4)] == [2, 2, 1, 0]


class Watched:
    """A log that notes what its subscription is asked to do, and at first fails as often as it is told to."""

    def __init__(self, log: SqliteEventLog) -> None:
        self.log = log
        self.calls: list[str] = []
        self.failures = 0

    def subscribe(self, topics: Sequence[Topic], group: str, **callbacks) -> "WatchedSubscription":
        return WatchedSubscription(self, self.log.subscribe(topics, group, **callbacks))


class WatchedSubscription:
    """A subscription that notes what is written through it and its commits."""

    def __init__(self, watched: Watched, subscription) -> None:
        self.watched = watched
        self.poll, self.lag, self.close = subscription.poll, subscription.lag, subscription.close
        self.subscription = subscription

    def append(self, topic: Topic, key: str, value: bytes | None, headers: Mapping[str, str] | None = None) -> None:
        self.watched.calls.append(topic.name)
        self.subscription.append(topic, key, value, headers)

    def flush(self) -> None:
        if self.watched.failures:
            self.watched.failures -= 1
            raise TransientError("the log is away")
        self.watched.calls.append("flush")
        self.subscription.flush()

    def commit(self) -> None:
        self.watched.calls.append("commit")
        self.subscription.commit()


def test_each_stage_is_flushed_before_the_next_and_all_before_the_commit(log: SqliteEventLog, consumer_of: Make):
    publish(log, coverage(1))
    watched = Watched(log)
    consumer_of(lambda batch: [[entry(1), entry(2)], [coverage(9)]], log=watched, max_records=1).step(0.0)
    assert watched.calls == ["identity", "identity", "flush", "coverage", "flush", "flush", "commit"]


def test_a_dead_letter_is_flushed_before_the_commit(log: SqliteEventLog, consumer_of: Make):
    log.append(COVERAGE, "shop", b"poison")
    log.flush()
    watched = Watched(log)
    consumer_of(mint, log=watched).step(0.0)
    assert watched.calls == ["dead-letters", "flush", "commit"]


def test_a_record_that_cannot_be_decoded_goes_to_the_dead_letters_with_origin_and_reason(
    log: SqliteEventLog, consumer_of: Make
):
    publish(log, coverage(1))
    log.append(COVERAGE, "shop", b"poison", {"written-by": "somebody"})
    publish(log, coverage(2))
    partition = next(iter(log.replay(COVERAGE))).partition
    assert consumer_of(mint).step(0.0) == 3
    assert minted(log) == [1, 2]
    (dead,) = dead_letters(log)
    assert dead.value == b"poison"
    assert dead.key == f"coverage/{partition}/1"
    assert dead.headers == {
        "written-by": "somebody",
        "origin-topic": "coverage",
        "origin-partition": str(partition),
        "origin-offset": "1",
        "origin-key": "shop",
        "group": "test",
        "field": "magic",
        "reason": "does not begin as an Avro single object (C3 01, fingerprint)",
    }


def test_a_message_of_another_topic_is_dead_lettered(log: SqliteEventLog, consumer_of: Make):
    log.append(COVERAGE, "shop", encode(entry(1)))
    log.flush()
    consumer_of(mint).step(0.0)
    assert [dead.headers["reason"] for dead in dead_letters(log)] == ["is a IdentityEvent where a Coverage belongs"]


def test_a_record_damaged_on_disk_is_dead_lettered_although_it_decodes(
    log: SqliteEventLog, path: Path, consumer_of: Make
):
    publish(log, coverage(1), coverage(2))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('UPDATE records SET value = ? WHERE "offset" = 0', (encode(coverage(3)),))
    consumer_of(mint).step(0.0)
    assert minted(log) == [2]
    (dead,) = dead_letters(log)
    assert dead.value == encode(coverage(3))
    assert "damaged on disk" in dead.headers["reason"]


def test_a_tombstone_is_passed_over_where_the_topic_is_compacted_and_dead_lettered_where_not(
    log: SqliteEventLog, consumer_of: Make
):
    log.append(COVERAGE, "shop", None)
    log.append(TEMPLATES, "template", None)
    log.flush()
    consumer = consumer_of(mint, topics=[COVERAGE, TEMPLATES])
    assert consumer.step(0.0) == 2
    assert [(dead.headers["origin-topic"], dead.value) for dead in dead_letters(log)] == [("coverage", None)]


def test_the_message_a_handler_cannot_use_is_found_among_the_others(log: SqliteEventLog, consumer_of: Make):
    def handler(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        if 3 in frames(batch):
            raise InvalidRecord("is unlucky", "frames")
        return mint(batch)

    publish(log, *map(coverage, range(6)))
    consumer_of(handler).step(0.0)
    assert minted(log) == [0, 1, 2, 4, 5]
    (dead,) = dead_letters(log)
    assert (dead.headers["field"], dead.headers["reason"]) == ("frames", "is unlucky")
    assert decode(dead.value or b"") == coverage(3)


def test_above_the_limit_of_dead_letters_the_consumer_stops_and_commits_nothing(log: SqliteEventLog, consumer_of: Make):
    for number in range(4):
        log.append(COVERAGE, "shop", b"poison %d" % number)
    log.flush()
    consumer = consumer_of(mint, dead_letter_limit=DeadLetterLimit(most=3, among=10))
    with pytest.raises(StorageError, match=r"more than 3 of the last 10 records .* put the cause right"):
        consumer.run(threading.Event())
    assert log.committed(COVERAGE, "test") == {}


def test_the_limit_holds_over_several_batches(log: SqliteEventLog, consumer_of: Make):
    for number in range(4):
        log.append(COVERAGE, "shop", b"poison %d" % number)
    log.flush()
    consumer = consumer_of(mint, max_records=1, dead_letter_limit=DeadLetterLimit(most=3, among=10))
    with pytest.raises(StorageError, match="more than 3"):
        consumer.drain(threading.Event())
    assert list(log.committed(COVERAGE, "test").values()) == [3]
    assert len(dead_letters(log)) == 3


def test_dead_letters_long_ago_do_not_count(log: SqliteEventLog):
    guard = DeadLetterGuard(DeadLetterLimit(most=1, among=10))
    for _ in range(5):
        guard.check(1, "poison")
        guard.settle(dead=1, handled=10)
    with pytest.raises(StorageError):
        guard.check(2, "poison")


def test_a_transient_failure_of_the_handler_gives_it_the_same_batch_again(log: SqliteEventLog, consumer_of: Make):
    batches: list[list[int]] = []

    def handler(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        batches.append(frames(batch))
        if len(batches) < 3:
            raise TransientError("the database is away")
        return mint(batch)

    publish(log, coverage(1), coverage(2))
    consumer_of(handler).drain(threading.Event())
    assert batches == [[1, 2]] * 3
    assert minted(log) == [1, 2]


def test_a_log_that_is_away_for_a_while_loses_nothing(log: SqliteEventLog, consumer_of: Make):
    publish(log, coverage(1), coverage(2))
    watched = Watched(log)
    watched.failures = 3
    consumer_of(mint, log=watched).drain(threading.Event())
    assert set(minted(log)) == {1, 2}
    assert watched.calls.count("commit") == 1


def test_a_batch_whose_partitions_were_lost_is_dropped_and_nothing_of_it_written(
    log: SqliteEventLog, consumer_of: Make
):
    def handler(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        log.subscribe([COVERAGE], "test").close()  # another member joins while the batch is handled
        return mint(batch)

    publish(log, coverage(1))
    consumer = consumer_of(handler)
    assert consumer.step(0.0) == 0
    assert minted(log) == []
    assert log.committed(COVERAGE, "test") == {}
    with pytest.raises(StorageError, match="another process has taken over"):
        consumer.step(0.0)


def test_the_pauses_grow_while_failures_last_and_begin_anew_after_a_success(log: SqliteEventLog, consumer_of: Make):
    drawn: list[float] = []

    def pauses_s() -> Iterator[float]:
        for pause_s in (0.001, 0.002, 0.003, 0.004):
            drawn.append(pause_s)
            yield pause_s

    failing = iter([True, True, False, True, False])

    def handler(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        if next(failing):
            raise TransientError("the database is away")
        return []

    publish(log, coverage(1), coverage(2))
    consumer_of(handler, max_records=1, pauses_s=pauses_s).drain(threading.Event())
    assert drawn == [0.001, 0.002, 0.001]


def test_a_stop_interrupts_a_long_pause(log: SqliteEventLog, consumer_of: Make):
    stop = threading.Event()

    def handler(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        stop.set()
        raise TransientError("the database is away")

    publish(log, coverage(1))
    consumer_of(handler, pauses_s=lambda: itertools.repeat(3600.0)).run(stop)
    assert log.committed(COVERAGE, "test") == {}


def test_a_bug_leaves_the_batch_to_the_next_start(log: SqliteEventLog, consumer_of: Make):
    def handler(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        raise ZeroDivisionError

    publish(log, coverage(1))
    with pytest.raises(ZeroDivisionError):
        consumer_of(handler).run(threading.Event())
    consumer_of(mint).drain(threading.Event())
    assert minted(log) == [1]


def test_a_stop_lets_the_batch_in_hand_be_finished(log: SqliteEventLog, consumer_of: Make):
    stop = threading.Event()

    def handler(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        stop.set()
        return mint(batch)

    publish(log, coverage(1), coverage(2))
    consumer_of(handler, max_records=1).run(stop)
    assert minted(log) == [1]
    assert list(log.committed(COVERAGE, "test").values()) == [1]


def test_draining_ends_when_nothing_is_left(log: SqliteEventLog, consumer_of: Make):
    publish(log, *map(coverage, range(5)))
    consumer = consumer_of(mint, max_records=2)
    consumer.drain(threading.Event())
    assert consumer.lag() == 0
    assert list(log.committed(COVERAGE, "test").values()) == [5]


class Killed(BaseException):
    """The end of the process between two steps of the loop."""


class Deadly(Watched):
    """A log in which the process dies at the n-th flush or commit, before or after it takes effect."""

    def __init__(self, log: SqliteEventLog, at: int, *, after: bool) -> None:
        super().__init__(log)
        self.left, self.after = at, after

    def _dying(self, act: Callable[[], None]) -> None:
        self.left -= 1
        if self.left < 0 and not self.after:
            raise Killed
        act()
        if self.left < 0:
            raise Killed

    def subscribe(self, topics: Sequence[Topic], group: str, **callbacks) -> WatchedSubscription:
        subscription = self.log.subscribe(topics, group, **callbacks)
        watched = WatchedSubscription(self, subscription)
        watched.flush = lambda: self._dying(subscription.flush)  # type: ignore[method-assign]
        watched.commit = lambda: self._dying(subscription.commit)  # type: ignore[method-assign]
        return watched


@settings(max_examples=40)
@given(deaths=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=5), max_records=st.integers(1, 4))
def test_whenever_the_process_dies_every_record_is_handled_and_the_outputs_are_those_of_once(
    deaths: list[tuple[int, bool]], max_records: int, tmp_path_factory: pytest.TempPathFactory
):
    path = tmp_path_factory.mktemp("log") / "events.db"
    with closing(SqliteEventLog(path)) as log:
        publish(log, *map(coverage, range(8)))
    for at, after in deaths:
        # Never closed, because that flushes: what lay in memory dies with the process.
        deadly = Deadly(SqliteEventLog(path), at, after=after)
        consumer = Consumer(log=deadly, topics=[COVERAGE], group="test", handler=mint, max_records=max_records)
        with suppress(Killed):
            consumer.drain(threading.Event())
        consumer.close()
    with closing(SqliteEventLog(path)) as log:
        consumer = Consumer(log=log, topics=[COVERAGE], group="test", handler=mint, max_records=max_records)
        consumer.drain(threading.Event())
        consumer.close()
        assert sorted(set(minted(log))) == list(range(8))
        assert list(log.committed(COVERAGE, "test").values()) == [8]


def test_a_published_message_lies_in_its_topic_under_its_key(log: SqliteEventLog):
    publish(log, coverage(1), entry(2))
    assert [(record.key, record.value) for record in log.replay(COVERAGE)] == [("shop", encode(coverage(1)))]
    assert [record.key for record in log.replay(IDENTITY)] == [str(UUID(int=2))]
    assert list(log.replay(CROPS)) == []
