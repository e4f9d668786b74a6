"""What a camera told, put together by the hour, against counting it tick by tick."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from visitors_on_paper import utc

from analytics.hourly_coverage import ToldTime, by_hour, hour_after, hour_of, hours_touched
from schemas.messages import CoverageState

NINE = utc("2026-05-04 09:00")
HOUR = timedelta(hours=1)
STEP = timedelta(minutes=15)
TICK = timedelta(microseconds=1)
LATEST = datetime.max.replace(tzinfo=UTC)
STEPS = st.integers(-6, 14)


def moment(step: int) -> datetime:
    return NINE + step * STEP


def told(
    began_at: datetime, ended_at: datetime, state: CoverageState = CoverageState.SEEN, tracks: int = 1
) -> ToldTime:
    return ToldTime(
        state=state, began_at=began_at, ended_at=ended_at, stretches=1, tracks=2 * tracks, usable_tracks=tracks
    )


@st.composite
def stretches(draw: st.DrawFn) -> ToldTime:
    first, last = sorted((draw(STEPS), draw(STEPS)))
    ended_at = moment(first if draw(st.booleans()) and draw(st.booleans()) else last)
    return told(moment(first), ended_at, draw(st.sampled_from(CoverageState)), draw(st.integers(0, 9)))


def steps_in(parts: list[ToldTime], state: CoverageState) -> set[int]:
    """Which quarters of an hour lie in those of a state."""
    edges = [((one.began_at - NINE) // STEP, (one.ended_at - NINE) // STEP) for one in parts if one.state is state]
    return {step for first, last in edges for step in range(first, last)}


@given(every=st.lists(stretches(), max_size=12), first=st.integers(-1, 3), length=st.integers(1, 3))
def test_put_together_is_the_time_of_the_hours_and_each_stretch_counts_where_it_began(every, first, length):
    since, until = NINE + first * HOUR, NINE + (first + length) * HOUR
    found = by_hour(every, (since, until))
    for state in CoverageState:
        asked = set(range(4 * first, 4 * (first + length)))
        assert steps_in(found, state) == steps_in(every, state) & asked
        of_state = [one for one in found if one.state is state]
        for one in of_state:
            assert since <= one.began_at < until
            assert hour_of(one.began_at) <= one.began_at <= one.ended_at <= hour_after(one.began_at)
            begun = [
                other
                for other in every
                if other.state is state
                and one.began_at <= other.began_at <= one.ended_at
                and hour_of(other.began_at) == hour_of(one.began_at)
            ]
            assert (one.stretches, one.tracks, one.usable_tracks) == (
                len(begun),
                sum(other.tracks for other in begun),
                sum(other.usable_tracks for other in begun),
            )
        for one, following in pairwise(of_state):
            assert one.ended_at < following.began_at or one.ended_at == hour_of(following.began_at)
    within = [one for one in every if since <= one.began_at < until]
    assert sum(one.tracks for one in found) == sum(one.tracks for one in within)
    assert by_hour(found, (since, until)) == found


@given(every=st.lists(stretches(), max_size=12), data=st.data())
def test_neither_their_order_nor_how_the_hours_are_cut_changes_anything(every, data):
    since, until = NINE - 2 * HOUR, NINE + 4 * HOUR
    whole = by_hour(every, (since, until))
    assert by_hour(data.draw(st.permutations(every)), (since, until)) == whole
    cut = [one for hour in range(6) for one in by_hour(every, (since + hour * HOUR, since + (hour + 1) * HOUR))]
    assert sorted(cut, key=lambda one: (one.state, one.began_at)) == whole


@given(every=st.lists(stretches(), max_size=8))
def test_the_hours_touched_are_those_in_which_anything_is(every):
    found = hours_touched((one.began_at, one.ended_at) for one in every)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    hours = {since + number * HOUR for since, until in found for number in range((until - since) // HOUR)}
    everywhere = (NINE - 10 * HOUR, NINE + 10 * HOUR)
    assert hours == {hour_of(one.began_at) for one in by_hour(every, everywhere)}


def test_a_minute_after_the_other_is_one_row_an_hour():
    minutes = [told(NINE + number * STEP / 15, NINE + (number + 1) * STEP / 15) for number in range(120)]
    assert by_hour(minutes, (NINE, NINE + 2 * HOUR)) == [
        replace(told(NINE + number * HOUR, NINE + (number + 1) * HOUR, tracks=60), stretches=60) for number in range(2)
    ]


def test_a_moment_counts_alone_and_with_what_it_touches():
    moments = [told(NINE, NINE), told(NINE + STEP, NINE + STEP), told(NINE + STEP, NINE + 2 * STEP)]
    alone, joined = by_hour(moments, (NINE, NINE + HOUR))
    assert alone == told(NINE, NINE)
    assert joined == replace(told(NINE + STEP, NINE + 2 * STEP, tracks=2), stretches=2)
    assert hours_touched([(NINE, NINE), (NINE + HOUR + STEP, NINE + 2 * HOUR)]) == [(NINE, NINE + 2 * HOUR)]


def test_at_the_ends_of_time_there_are_hours_too():
    last = told(LATEST - HOUR - TICK, LATEST)
    hours = hours_touched([(last.began_at, last.ended_at)])
    assert hours == [(hour_of(LATEST - HOUR - TICK), LATEST)]
    assert [one.ended_at for one in by_hour([last], hours[0])] == [hour_of(LATEST), LATEST]
    first = datetime.min.replace(tzinfo=UTC)
    assert by_hour([told(first, first + TICK)], (first, first + HOUR)) == [told(first, first + TICK)]


def test_of_a_stretch_from_1970_until_now_the_last_year_is_put_together():
    now = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    (hours,) = hours_touched([(datetime(1970, 1, 1, tzinfo=UTC), now)])
    assert hours == (datetime(2025, 5, 3, 9, tzinfo=UTC), datetime(2026, 5, 4, 10, tzinfo=UTC))


def test_the_first_moment_that_can_be_told_lies_in_its_hour():
    first = datetime.min.replace(tzinfo=UTC)
    assert hours_touched([(first, first)]) == [(first, first + timedelta(hours=1))]
