"""What every event log promises, held against each implementation."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from footfall.event_logs import local_log_url, open_event_log
from schemas.event_log import EventLog, Record, Subscription
from schemas.topics import Topic

TOPIC = Topic(name="events", message=None, key_field="", partitions=4, retention=timedelta(hours=1))
COPY = Topic(name="copy", message=None, key_field="", partitions=4, retention=None)
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def clock() -> datetime:
    return NOW


@pytest.fixture(params=["local"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty log of each kind."""
    return {"local": local_log_url(tmp_path / "events.db")}[request.param]


@pytest.fixture
def open_log(url: str) -> Iterator[Callable[[], EventLog]]:
    """Open the log once more, as another part of the program would."""
    with ExitStack() as opened:

        def open_once_more() -> EventLog:
            log = open_event_log(url, now=clock)
            opened.callback(log.close)
            return log

        yield open_once_more


@pytest.fixture
def log(open_log: Callable[[], EventLog]) -> EventLog:
    return open_log()


def append(log: EventLog, *values: str, key: str = "shop", topic: Topic = TOPIC) -> None:
    for value in values:
        log.append(topic, key, value.encode())
    log.flush()


def values(records: Sequence[Record]) -> list[str]:
    return [record.value.decode() for record in records if record.value is not None]


def polled(subscription: Subscription, *, max_records: int = 100, timeout_s: float = 0.0) -> list[str]:
    return values(subscription.poll(max_records=max_records, timeout_s=timeout_s))


def test_what_was_flushed_is_read_back_as_it_was_appended(log: EventLog):
    log.append(TOPIC, "shop", b"\x00\xff", {"reason": "a test, 測試"})
    log.flush()
    (record,) = log.replay(TOPIC)
    assert (record.topic, record.key, record.value, record.offset) == ("events", "shop", b"\x00\xff", 0)
    assert record.headers == {"reason": "a test, 測試"}
    assert record.appended_at == NOW
    assert record.fault == ""


def test_a_tombstone_is_not_an_empty_value(log: EventLog):
    log.append(TOPIC, "shop", None)
    log.append(TOPIC, "shop", b"")
    log.flush()
    assert [record.value for record in log.replay(TOPIC)] == [None, b""]


def test_offsets_count_the_records_of_a_partition_from_zero(log: EventLog):
    for number in range(40):
        append(log, str(number), key=f"shop-{number % 8}")
    offsets: dict[int, list[int]] = {}
    for record in log.replay(TOPIC):
        offsets.setdefault(record.partition, []).append(record.offset)
    assert len(offsets) > 1
    assert all(found == list(range(len(found))) for found in offsets.values())


def test_records_of_one_key_share_a_partition_and_keep_their_order(log: EventLog):
    for number in range(30):
        append(log, str(number), key=f"shop-{number % 3}")
    subscription = log.subscribe([TOPIC], "readers")
    records = subscription.poll(max_records=100, timeout_s=1)
    for key in {record.key for record in records}:
        of_key = [record for record in records if record.key == key]
        assert len({record.partition for record in of_key}) == 1
        assert [int(value) for value in values(of_key)] == sorted(int(value) for value in values(of_key))
    subscription.close()


def test_another_opening_of_the_log_sees_what_was_flushed(log: EventLog, open_log: Callable[[], EventLog]):
    other = open_log()
    append(log, "a")
    assert values(list(other.replay(TOPIC))) == ["a"]


def test_closing_flushes(url: str, open_log: Callable[[], EventLog]):
    log = open_event_log(url)
    log.append(TOPIC, "shop", b"a")
    log.close()
    assert values(list(open_log().replay(TOPIC))) == ["a"]


def test_a_new_group_begins_at_the_oldest_record(log: EventLog):
    append(log, "a", "b")
    subscription = log.subscribe([TOPIC], "late")
    assert polled(subscription) == ["a", "b"]
    subscription.close()


def test_a_poll_returns_no_more_than_was_asked_for_and_goes_on_behind_it(log: EventLog):
    append(log, *"abcde")
    subscription = log.subscribe([TOPIC], "readers")
    assert polled(subscription, max_records=2) == ["a", "b"]
    assert polled(subscription, max_records=2) == ["c", "d"]
    assert polled(subscription, max_records=2) == ["e"]
    assert polled(subscription, max_records=2) == []
    subscription.close()


def test_what_was_not_committed_is_given_again_and_what_was_is_not(log: EventLog):
    append(log, *"abcd")
    first = log.subscribe([TOPIC], "readers")
    assert polled(first, max_records=1) == ["a"]
    first.commit()
    assert polled(first, max_records=2) == ["b", "c"]
    first.close()
    second = log.subscribe([TOPIC], "readers")
    assert polled(second) == ["b", "c", "d"]
    second.close()


def test_groups_do_not_disturb_each_other(log: EventLog):
    append(log, "a")
    one, other = log.subscribe([TOPIC], "one"), log.subscribe([TOPIC], "other")
    assert polled(one) == ["a"]
    one.commit()
    assert polled(other) == ["a"]
    one.close()
    other.close()


def test_a_subscription_may_cover_several_topics(log: EventLog):
    append(log, "a", topic=TOPIC)
    append(log, "b", topic=COPY)
    subscription = log.subscribe([TOPIC, COPY], "readers")
    assert sorted(polled(subscription)) == ["a", "b"]
    subscription.close()


def test_lag_counts_what_lies_behind_the_position(log: EventLog):
    append(log, *"abc")
    subscription = log.subscribe([TOPIC], "readers")
    assert subscription.lag() == 3
    polled(subscription, max_records=2)
    assert subscription.lag() == 1
    append(log, "d")
    assert subscription.lag() == 2
    subscription.close()


def test_committed_offsets_name_the_next_record_and_leave_out_partitions_never_committed(log: EventLog):
    append(log, "a", "b")
    assert log.committed(TOPIC, "readers") == {}
    subscription = log.subscribe([TOPIC], "readers")
    (record, _) = subscription.poll(max_records=2, timeout_s=1)
    assert log.committed(TOPIC, "readers") == {}
    subscription.commit()
    assert log.committed(TOPIC, "readers") == {record.partition: 2}
    assert log.committed(COPY, "readers") == {}
    subscription.close()


def test_a_replay_begins_where_it_is_told_and_commits_nothing(log: EventLog):
    append(log, *"abc")
    partition = next(iter(log.replay(TOPIC))).partition
    assert values(list(log.replay(TOPIC, from_offsets={partition: 1}))) == ["b", "c"]
    assert values(list(log.replay(TOPIC, from_offsets={partition: 7}))) == []
    subscription = log.subscribe([TOPIC], "readers")
    assert polled(subscription) == ["a", "b", "c"]
    subscription.close()


def test_a_replay_ends_although_records_are_appended_meanwhile(log: EventLog):
    append(log, *"abc")
    seen = []
    for record in log.replay(TOPIC):
        append(log, "more")
        seen.append(record)
    assert values(seen) == ["a", "b", "c"]


def test_a_poll_without_records_ends(log: EventLog):
    subscription = log.subscribe([TOPIC], "readers")
    assert subscription.poll(max_records=1, timeout_s=0.05) == []
    subscription.close()


def test_a_waiting_poll_is_woken_by_an_append_of_another_thread(log: EventLog):
    subscription = log.subscribe([TOPIC], "readers")
    later = threading.Timer(0.1, append, (log, "a"))
    later.start()
    assert polled(subscription, timeout_s=60) == ["a"]
    later.join()
    subscription.close()


def test_a_waiting_poll_is_woken_by_an_append_of_another_process(log: EventLog, url: str):
    subscription = log.subscribe([TOPIC], "readers")
    with python(WRITER, url, "writer", "1", "1") as process:
        assert polled(subscription, timeout_s=60) == ["writer 0"]
        assert process.wait(timeout=60) == 0
    subscription.close()


def test_maintaining_a_log_removes_nothing_that_is_kept(log: EventLog):
    append(log, "a")
    log.maintain(NOW)
    assert values(list(log.replay(TOPIC))) == ["a"]


# Processes that die


PRELUDE = f"""
import sys
from datetime import timedelta
from footfall.event_logs import open_event_log
from schemas.topics import Topic
TOPIC = {TOPIC!r}
COPY = {COPY!r}
url, arguments = sys.argv[1], sys.argv[2:]
log = open_event_log(url)
""".replace("datetime.timedelta", "timedelta")
WRITER = """
name, records, at_once = arguments[0], int(arguments[1]), int(arguments[2])
for number in range(records):
    log.append(TOPIC, name, f"{name} {number}".encode())
    if (number + 1) % at_once == 0:
        log.flush()
        print(number, flush=True)
"""
COPIER = """
subscription = log.subscribe([TOPIC], "copier")
print("ready", flush=True)
while records := subscription.poll(max_records=7, timeout_s=0.5):
    for record in records:
        log.append(COPY, record.key, record.value)
    log.flush()
    subscription.commit()
"""


def python(code: str, url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + code, url, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_what_a_killed_writer_had_acknowledged_is_there(url: str, open_log: Callable[[], EventLog]):
    log = open_log()
    acknowledged = {}
    for kill, name in enumerate(("a", "b", "c")):
        with python(WRITER, url, name, "1000000", "3") as process:
            assert process.stdout is not None
            for _ in range(5 + 20 * kill):
                acknowledged[name] = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
    found: dict[str, list[str]] = {}
    for record in log.replay(TOPIC):
        found.setdefault(record.key, []).extend(values([record]))
    for name, last in acknowledged.items():
        assert found[name] == [f"{name} {number}" for number in range(len(found[name]))]
        assert len(found[name]) > last
    append(log, "the log goes on")


def test_a_killed_reader_leaves_nothing_out_for_its_successor(url: str, log: EventLog):
    written = [str(number) for number in range(400)]
    append(log, *written)
    for _ in range(4):
        with python(COPIER, url) as process:
            assert process.stdout is not None
            process.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.03)
            process.send_signal(signal.SIGKILL)
    with python(COPIER, url) as process:
        assert process.wait(timeout=60) == 0
    copied = values(list(log.replay(COPY)))
    assert list(dict.fromkeys(copied)) == written


def test_two_processes_append_at_the_same_time_and_lose_nothing(url: str, open_log: Callable[[], EventLog]):
    # The log does not exist yet: they make it at the same time as well.
    with python(WRITER, url, "one", "300", "10") as one, python(WRITER, url, "other", "300", "10") as other:
        assert one.wait(timeout=60) == other.wait(timeout=60) == 0
    records = list(open_log().replay(TOPIC))
    for name in ("one", "other"):
        assert values([record for record in records if record.key == name]) == [f"{name} {n}" for n in range(300)]


# Any order of calls


KEYS = ("north", "south", "east", "west", "harbour")


@dataclass
class Delivered:
    """What a group was given of one key since it last joined."""

    committed: int = 0
    values: list[int] = field(default_factory=list)


class AnyOrderOfCalls(RuleBasedStateMachine):
    """Every flushed record reaches the group, in the order of its key, from the last commit on."""

    make_url: Callable[[], str]

    def __init__(self) -> None:
        super().__init__()
        self.url = self.make_url()
        self.log = open_event_log(self.url, now=clock)
        self.subscription = self.log.subscribe([TOPIC], "readers")
        self.flushed = dict.fromkeys(KEYS, 0)
        self.appended = dict.fromkeys(KEYS, 0)
        self.delivered = {key: Delivered() for key in KEYS}

    @rule(key=st.sampled_from(KEYS))
    def append(self, key: str) -> None:
        self.log.append(TOPIC, key, json.dumps(self.appended[key]).encode())
        self.appended[key] += 1

    @rule()
    def flush(self) -> None:
        self.log.flush()
        self.flushed = dict(self.appended)

    @rule(max_records=st.integers(1, 5))
    def poll(self, max_records: int) -> None:
        for record in self.subscription.poll(max_records=max_records, timeout_s=0):
            assert record.value is not None
            self.delivered[record.key].values.append(json.loads(record.value))

    @precondition(lambda self: any(delivered.values for delivered in self.delivered.values()))
    @rule()
    def commit(self) -> None:
        self.subscription.commit()
        for delivered in self.delivered.values():
            delivered.committed += len(delivered.values)
            delivered.values = []

    @rule()
    def join_again(self) -> None:
        self.subscription.close()
        self._join()

    @rule()
    def open_again(self) -> None:
        self.subscription.close()
        self.log.close()
        self.flushed = dict(self.appended)
        self.log = open_event_log(self.url, now=clock)
        self._join()

    @rule()
    def maintain(self) -> None:
        self.log.maintain(NOW)

    def _join(self) -> None:
        self.subscription = self.log.subscribe([TOPIC], "readers")
        for delivered in self.delivered.values():
            delivered.values = []

    @invariant()
    def each_key_is_delivered_in_order_from_the_last_commit_on(self) -> None:
        for delivered in self.delivered.values():
            begin = delivered.committed
            assert delivered.values == list(range(begin, begin + len(delivered.values)))

    def teardown(self) -> None:
        self.flush()
        while any(
            delivered.committed + len(delivered.values) < self.flushed[key] for key, delivered in self.delivered.items()
        ):
            before = [len(delivered.values) for delivered in self.delivered.values()]
            self.poll(max_records=3)
            assert before != [len(delivered.values) for delivered in self.delivered.values()], "a record is missing"
        self.each_key_is_delivered_in_order_from_the_last_commit_on()
        self.subscription.close()
        self.log.close()


def test_any_order_of_calls_delivers_every_record_in_the_order_of_its_key(url: str, tmp_path: Path):
    numbers = iter(range(10**9))
    machine = type("Machine", (AnyOrderOfCalls,), {"make_url": lambda self: f"{url}.{next(numbers)}"})
    machine.TestCase.settings = settings(max_examples=25, stateful_step_count=30)
    machine.TestCase("runTest").runTest()
