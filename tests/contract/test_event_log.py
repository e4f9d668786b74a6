"""What every event log promises, held against each implementation."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from two_topics import COPY, NOW, PATIENCE_S, TOPIC, append, clock, make_topics, polled, values

from footfall.event_logs import open_event_log
from schemas.errors import ConfigError
from schemas.event_log import EventLog, Partition, Subscription
from schemas.topics import Topic

ROOT = Path(__file__).resolve().parents[2]


def nothing_comes(subscription: Subscription) -> bool:
    return subscription.poll(max_records=100, timeout_s=0.5) == []


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
    records = list(log.replay(TOPIC))
    assert polled(subscription, 30)
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
    assert polled(subscription, 2) == ["a", "b"]
    subscription.close()


def test_a_poll_returns_no_more_than_was_asked_for_and_goes_on_behind_it(log: EventLog):
    append(log, *"abcde")
    subscription = log.subscribe([TOPIC], "readers")
    assert polled(subscription, 2) == ["a", "b"]
    assert polled(subscription, 2) == ["c", "d"]
    assert values(subscription.poll(max_records=2, timeout_s=PATIENCE_S)) == ["e"]
    assert nothing_comes(subscription)
    subscription.close()


def test_what_was_not_committed_is_given_again_and_what_was_is_not(log: EventLog):
    append(log, *"abcd")
    first = log.subscribe([TOPIC], "readers")
    assert polled(first, 1) == ["a"]
    first.commit()
    assert polled(first, 2) == ["b", "c"]
    first.close()
    second = log.subscribe([TOPIC], "readers")
    assert polled(second, 3) == ["b", "c", "d"]
    second.close()


def test_groups_do_not_disturb_each_other(log: EventLog):
    append(log, "a")
    one, other = log.subscribe([TOPIC], "one"), log.subscribe([TOPIC], "other")
    assert polled(one, 1) == ["a"]
    one.commit()
    assert polled(other, 1) == ["a"]
    one.close()
    other.close()


def test_a_subscription_may_cover_several_topics(log: EventLog):
    append(log, "a", topic=TOPIC)
    append(log, "b", topic=COPY)
    subscription = log.subscribe([TOPIC, COPY], "readers")
    assert sorted(polled(subscription, 2)) == ["a", "b"]
    subscription.close()


def test_lag_counts_what_lies_behind_the_position(log: EventLog):
    append(log, *"abc")
    subscription = log.subscribe([TOPIC], "readers")
    assert subscription.lag() == 3
    polled(subscription, 2)
    assert subscription.lag() == 1
    append(log, "d")
    assert subscription.lag() == 2
    subscription.close()


def test_committed_offsets_name_the_next_record_and_leave_out_partitions_never_committed(log: EventLog):
    append(log, "a", "b")
    assert log.committed(TOPIC, "readers") == {}
    subscription = log.subscribe([TOPIC], "readers")
    record = next(iter(log.replay(TOPIC)))
    assert polled(subscription, 2) == ["a", "b"]
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
    assert polled(subscription, 3) == ["a", "b", "c"]
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
    assert values(subscription.poll(max_records=1, timeout_s=60)) == ["a"]
    later.join()
    subscription.close()


def test_a_waiting_poll_is_woken_by_an_append_of_another_process(log: EventLog, url: str):
    subscription = log.subscribe([TOPIC], "readers")
    with python(WRITER, url, "writer", "1", "1") as process:
        assert values(subscription.poll(max_records=1, timeout_s=60)) == ["writer 0"]
        assert process.wait(timeout=60) == 0
    subscription.close()


def test_partitions_are_assigned_while_polling_and_before_their_first_record(log: EventLog):
    append(log, "a")
    happened: list[str] = []
    polling = threading.current_thread()

    def on_assigned(partitions: Sequence[Partition]) -> None:
        assert threading.current_thread() is polling
        happened.append(f"assigned {sorted(partition.number for partition in partitions)} of {partitions[0].topic}")

    subscription = log.subscribe([TOPIC], "readers", on_assigned=on_assigned)
    assert happened == []
    happened += polled(subscription, 1)
    assert happened == ["assigned [0, 1, 2, 3] of events", "a"]
    subscription.close()


def test_what_a_member_appends_is_read_like_everything_else(log: EventLog):
    append(log, "a")
    subscription = log.subscribe([TOPIC], "readers")
    assert polled(subscription, 1) == ["a"]
    subscription.append(COPY, "shop", b"of a", {"reason": "a test, 測試"})
    subscription.flush()
    subscription.append(COPY, "shop", None)
    subscription.flush()
    subscription.commit()
    copies = list(log.replay(COPY))
    assert [(record.key, record.value) for record in copies] == [("shop", b"of a"), ("shop", None)]
    assert copies[0].headers == {"reason": "a test, 測試"}
    reader = log.subscribe([COPY], "readers of copies")
    assert polled(reader, 1) == ["of a"]
    reader.close()
    subscription.close()


def test_what_a_member_appended_and_did_not_flush_dies_with_it(log: EventLog):
    append(log, "a")
    subscription = log.subscribe([TOPIC], "readers")
    assert polled(subscription, 1) == ["a"]
    subscription.append(COPY, "shop", b"of a")
    subscription.close()
    successor = log.subscribe([TOPIC], "readers")
    assert polled(successor, 1) == ["a"]
    successor.close()


def test_only_topics_that_are_missing_are_made(log: EventLog):
    more = Topic(name="more", message=None, key_field="", partitions=2, retention=timedelta(days=2), compacted=True)
    assert log.describe(more) is None
    assert log.create([TOPIC, more]) == ["more"]
    assert log.create([TOPIC, more]) == []
    append(log, "a", topic=more)
    state = log.describe(more)
    assert state is not None
    assert (state.name, state.retention, state.compacted) == ("more", timedelta(days=2), True)
    assert sorted(state.begins) == sorted(state.ends) == [0, 1]
    assert sum(state.ends.values()) - sum(state.begins.values()) == 1


def test_a_topic_with_another_number_of_partitions_is_refused_with_both_numbers(log: EventLog):
    fewer = replace(TOPIC, partitions=3)
    for use in (lambda log: log.create([fewer]), lambda log: log.append(fewer, "shop", b"a")):
        with pytest.raises(ConfigError, match=r"topic .*events has 4 partitions, where this program expects 3"):
            use(log)


def test_maintaining_a_log_removes_nothing_that_is_kept(log: EventLog):
    append(log, "a")
    log.maintain(NOW)
    assert values(list(log.replay(TOPIC))) == ["a"]


# Processes that die


PRELUDE = f"""
import sys
from datetime import timedelta
from footfall.event_logs import open_event_log
from schemas.errors import PartitionsLost
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
while subscription.lag() > 0:
    if records := subscription.poll(max_records=7, timeout_s=0.5):
        print(len(records), flush=True)
    for record in records:
        subscription.append(COPY, record.key, record.value)
    subscription.flush()
    subscription.commit()
"""
HOLDER = """
subscription = log.subscribe([TOPIC], "owners")
while not (records := subscription.poll(max_records=1, timeout_s=0.5)):
    pass
early, = arguments
if early != "nothing yet":
    subscription.append(COPY, "store", b"of the former owner")
if early == "flushed":
    subscription.flush()
print("holds", flush=True)
sys.stdin.readline()
try:
    subscription.append(COPY, "store", b"of the former owner")
    subscription.flush()
    subscription.commit()
    print("wrote", flush=True)
except PartitionsLost:
    print("refused", flush=True)
"""


def python(code: str, url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + code, url, *arguments],
        stdin=subprocess.PIPE,
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
    for kill in range(4):
        with python(COPIER, url) as process:
            assert process.stdout is not None
            # It has handled a batch or two by then, and is within the next.
            for _ in range(1 + kill):
                assert process.stdout.readline()
            process.send_signal(signal.SIGKILL)
    with python(COPIER, url) as process:
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
    copied = values(list(log.replay(COPY)))
    assert list(dict.fromkeys(copied)) == written


def test_two_processes_append_at_the_same_time_and_lose_nothing(kind: str, new_url: Callable[[], str]):
    url = new_url()
    if kind != "local":  # that one they make, at the same time as well
        make_topics(url)
    with python(WRITER, url, "one", "300", "10") as one, python(WRITER, url, "other", "300", "10") as other:
        assert one.wait(timeout=60) == other.wait(timeout=60) == 0
    with closing(open_event_log(url)) as log:
        records = list(log.replay(TOPIC))
    for name in ("one", "other"):
        assert values([record for record in records if record.key == name]) == [f"{name} {n}" for n in range(300)]


# Former owners


def said(process: subprocess.Popen[str]) -> str:
    """The next line of a process, or nothing when patience ends."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], PATIENCE_S)
    return process.stdout.readline().strip() if readable else ""


@pytest.mark.parametrize("early", ["nothing yet", "appended", "flushed"])
def test_an_owner_paused_for_longer_than_its_session_writes_nothing_once_another_has_its_partitions(
    url: str, log: EventLog, early: str
):
    append(log, "a")
    with python(HOLDER, url, early) as former:
        assert said(former) == "holds"
        former.send_signal(signal.SIGSTOP)
        seen_at_handover: list[str] = []
        successor = log.subscribe(
            [TOPIC], "owners", on_assigned=lambda _: seen_at_handover.extend(values(list(log.replay(COPY))))
        )
        assert polled(successor, 1) == ["a"]
        successor.append(COPY, "store", b"of the successor")
        successor.flush()
        former.send_signal(signal.SIGCONT)
        assert former.stdin is not None
        former.stdin.write("go on\n")
        former.stdin.flush()
        assert said(former) == "refused"
        former.kill()
    written = values(list(log.replay(COPY)))
    assert written == [*seen_at_handover, "of the successor"]
    successor.commit()
    successor.close()


def test_an_owner_who_is_only_paused_goes_on(url: str, log: EventLog):
    append(log, "a")
    with python(HOLDER, url, "nothing yet") as owner:
        assert said(owner) == "holds"
        owner.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
        owner.send_signal(signal.SIGCONT)
        assert owner.stdin is not None
        owner.stdin.write("go on\n")
        owner.stdin.flush()
        assert said(owner) == "wrote"
        owner.kill()
    assert values(list(log.replay(COPY))) == ["of the former owner"]


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
        make_topics(self.url)
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
    def poll(self, max_records: int, timeout_s: float = 0.0) -> None:
        for record in self.subscription.poll(max_records=max_records, timeout_s=timeout_s):
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
            self.poll(max_records=3, timeout_s=PATIENCE_S)
            assert before != [len(delivered.values) for delivered in self.delivered.values()], "a record is missing"
        self.each_key_is_delivered_in_order_from_the_last_commit_on()
        self.subscription.close()
        self.log.close()


def test_any_order_of_calls_delivers_every_record_in_the_order_of_its_key(kind: str, new_url: Callable[[], str]):
    machine = type("Machine", (AnyOrderOfCalls,), {"make_url": lambda self: new_url()})
    # A rebalance takes its time.
    machine.TestCase.settings = settings(max_examples=25 if kind == "local" else 5, stateful_step_count=30)
    machine.TestCase("runTest").runTest()
