"""Reading on in a log as a member of no group, held against each implementation."""

from contextlib import closing

from two_topics import COPY, TOPIC, append, polled, values

from schemas.event_log import EventLog, Partition


def test_a_tail_begins_where_it_is_told_and_reads_on_what_comes_after(log: EventLog):
    append(log, "a", "b", "c")
    (number,) = {record.partition for record in log.replay(TOPIC)}
    with closing(log.tail([TOPIC, COPY], from_offsets={Partition(topic="events", number=number): 1})) as tail:
        assert values(list(tail.read())) == ["b", "c"]
        assert values(list(tail.read())) == []
        append(log, "d")
        append(log, "e", topic=COPY)
        assert sorted(values(list(tail.read()))) == ["d", "e"]


def test_a_tail_takes_nothing_from_a_group(log: EventLog):
    subscription = log.subscribe([TOPIC], "group")
    with closing(subscription), closing(log.tail([TOPIC], from_offsets={})) as tail:
        append(log, "a", "b")
        assert values(list(tail.read())) == ["a", "b"]
        assert polled(subscription, 2) == ["a", "b"]


def test_a_tail_shows_tombstones_and_the_order_of_a_key(log: EventLog):
    append(log, "a", key="one")
    log.append(TOPIC, "one", None)
    append(log, "b", key="one")
    with closing(log.tail([TOPIC], from_offsets={})) as tail:
        found = list(tail.read())
    assert [record.value for record in found] == [b"a", None, b"b"]
