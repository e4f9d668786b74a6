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


def test_what_a_tail_passes_over_it_does_not_yield_later_and_what_comes_after_it_does(log: EventLog):
    append(log, "a")
    (number,) = {record.partition for record in log.replay(TOPIC)}
    passed_over = [Partition(topic="events", number=number)]
    with closing(log.tail([TOPIC, COPY], from_offsets={})) as tail:
        assert values(list(tail.read())) == ["a"]
        append(log, "b")
        append(log, "c", topic=COPY)
        assert values(list(tail.read(without=passed_over))) == ["c"]
        append(log, "d")
        assert values(list(tail.read(without=passed_over))) == []
        append(log, "e")
        assert values(list(tail.read())) == ["e"]


def test_what_a_tail_passes_over_at_once_it_does_not_yield_either(log: EventLog):
    append(log, "a")
    (number,) = {record.partition for record in log.replay(TOPIC)}
    with closing(log.tail([TOPIC], from_offsets={})) as tail:
        assert values(list(tail.read(without=[Partition(topic="events", number=number)]))) == []
        append(log, "b")
        assert values(list(tail.read())) == ["b"]
