"""Reading on in a log as a member of no group, held against each implementation."""

import time
from contextlib import closing

from two_topics import COPY, PATIENCE_S, TOPIC, append, polled, values

from schemas.event_log import EventLog, Partition, Record, Tail


def read_on(tail: Tail, count: int) -> list[str]:
    """Read until so many records are there, or patience ends."""
    found: list[str] = []
    deadline_s = time.monotonic() + PATIENCE_S
    while len(found) < count and time.monotonic() < deadline_s:
        found += values(tail.read(max_records=100, timeout_s=1.0))
    return found


def test_a_tail_begins_where_it_is_told_and_reads_on_what_comes_after(log: EventLog):
    append(log, "a", "b", "c")
    (number,) = {record.partition for record in log.replay(TOPIC)}
    with closing(log.tail([TOPIC, COPY], from_offsets={Partition(topic="events", number=number): 1})) as tail:
        assert read_on(tail, 2) == ["b", "c"]
        assert tail.read(max_records=100, timeout_s=0.2) == []
        append(log, "d")
        append(log, "e", topic=COPY)
        assert sorted(read_on(tail, 2)) == ["d", "e"]


def test_a_tail_takes_nothing_from_a_group(log: EventLog):
    subscription = log.subscribe([TOPIC], "group")
    with closing(subscription), closing(log.tail([TOPIC], from_offsets={})) as tail:
        append(log, "a", "b")
        assert read_on(tail, 2) == ["a", "b"]
        assert polled(subscription, 2) == ["a", "b"]


def test_a_tail_shows_tombstones_and_the_order_of_a_key(log: EventLog):
    append(log, "a", key="one")
    log.append(TOPIC, "one", None)
    append(log, "b", key="one")
    with closing(log.tail([TOPIC], from_offsets={})) as tail:
        found: list[Record] = []
        deadline_s = time.monotonic() + PATIENCE_S
        while len(found) < 3 and time.monotonic() < deadline_s:
            found += tail.read(max_records=2, timeout_s=1.0)
    assert [record.value for record in found] == [b"a", None, b"b"]
