"""When a standby takes over: where records wait and nobody commits."""

from hypothesis import given
from hypothesis import strategies as st

from footfall.roles.standby import Stillness

BEGINS = {0: 0, 1: 0}


def test_nothing_waits_and_nobody_takes_over():
    stillness = Stillness(5)
    assert [stillness.look(BEGINS, {0: 7, 1: 0}, {0: 7}, at_s) for at_s in range(0, 100, 10)] == [None] * 10


def test_records_that_wait_too_long_are_taken_over():
    stillness = Stillness(5)
    looks = [stillness.look(BEGINS, {0: 7, 1: 3}, {0: 7}, at_s) for at_s in range(8)]
    assert looks == [None] * 5 + [1] * 3


def test_a_slow_matcher_that_commits_is_left_alone():
    stillness = Stillness(5)
    assert not any(stillness.look(BEGINS, {0: 100}, {0: at_s // 4}, at_s) for at_s in range(60))


def test_a_partition_that_was_read_and_then_stands_still_is_taken_over_later():
    stillness = Stillness(5)
    stillness.look(BEGINS, {0: 3}, {0: 1}, 0)
    stillness.look(BEGINS, {0: 3}, {0: 3}, 4)
    assert stillness.look(BEGINS, {0: 4}, {0: 3}, 6) is None
    assert stillness.look(BEGINS, {0: 4}, {0: 3}, 10) is None
    assert stillness.look(BEGINS, {0: 4}, {0: 3}, 11) == 0


def test_records_that_are_past_their_retention_do_not_wait():
    stillness = Stillness(5)
    assert [stillness.look({0: 9}, {0: 9}, {0: 2}, at_s) for at_s in (0, 100)] == [None, None]


def test_an_outage_is_not_held_against_anybody():
    stillness = Stillness(5)
    stillness.look(BEGINS, {0: 3}, {}, 0)
    stillness.forget()
    assert stillness.look(BEGINS, {0: 3}, {}, 60) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)), max_size=30))
def test_it_takes_over_only_what_stood_still_for_all_that_time(steps):
    stillness, end, done, now = Stillness(5), 0, 0, 0
    moved_at = 0
    for appended, committed, seconds in steps:
        now += seconds
        idle = done == end
        end += appended
        moved = min(committed, end - done)
        done += moved
        if moved or done == end or idle:
            moved_at = now
        found = stillness.look({0: 0}, {0: end}, {0: done}, now)
        assert (found is None) == (done == end or now - moved_at < 5)
