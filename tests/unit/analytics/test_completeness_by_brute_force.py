"""However stretches lie, what was seen and expected is what counting minute by minute gives."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from told_by_cameras import told_by_each
from visitors_on_paper import gap, utc, watched

from analytics.business_time import Interval, opening_intervals
from analytics.camera_watch import FaceTracks
from analytics.completeness import watch_of
from analytics.intervals import Intervals
from analytics.settings import StoreSettings
from schemas.messages import Coverage, CoverageState

DAY = date(2026, 5, 4)  # a Monday
BEGAN = utc("2026-05-04 00:00")
MINUTE = timedelta(minutes=1)
MINUTES = st.integers(-40, 160)
WIDE = {0: (time(0, 20), time(1, 30)), 6: (time(22), time(0, 5))}


def moment(minutes: int) -> datetime:
    return BEGAN + minutes * MINUTE


@st.composite
def stretches(draw: st.DrawFn) -> Coverage:
    first, last = sorted((draw(MINUTES), draw(MINUTES)))
    if draw(st.booleans()):
        last = min(last, first + draw(st.integers(0, 4)))
    told = draw(st.sampled_from([watched, gap]))
    edges = [moment(minutes).replace(tzinfo=None).isoformat() for minutes in (first, last)]
    one = told(*edges, camera=draw(st.sampled_from(["door", "till", "yard"])))
    return replace(one, tracks=draw(st.integers(0, 9)), usable_tracks=draw(st.integers(0, 9)))


def minutes_in(intervals: Iterable[Interval]) -> set[int]:
    edges = [((began - BEGAN) // MINUTE, (ended - BEGAN) // MINUTE) for began, ended in intervals]
    return {minute for first, last in edges for minute in range(first, last)}


@settings(max_examples=300, deadline=None)
@given(
    told=st.lists(stretches(), max_size=25),
    window=st.tuples(MINUTES, MINUTES).map(sorted),
    hours=st.sampled_from([None, WIDE]),
    until=MINUTES,
)
def test_seen_and_expected_are_those_of_counting_minutes(told, window, hours, until):
    shop = StoreSettings(store_id="shop", opening_hours=hours)
    found = watch_of(told_by_each(told, BEGAN), shop, DAY, DAY, until=moment(until))
    within = found.within(*map(moment, window))
    seen = expected = 0
    for camera in {one.camera_id for one in told}:
        of_camera = [one for one in told if one.camera_id == camera]
        every = minutes_in((one.began_at, one.ended_at) for one in of_camera)
        saw = minutes_in((one.began_at, one.ended_at) for one in of_camera if one.state is CoverageState.SEEN)
        if hours is not None:
            every = {minute for minute in minutes_in(opening_intervals(DAY, DAY, shop)) if minute < until}
        asked = set(range(*window))
        seen += 60 * len(saw & every & asked)
        expected += 60 * len(every & asked)
    assert (within.seen_s, within.expected_s) == (seen, expected)


@given(told=st.lists(stretches(), max_size=25))
def test_united_intervals_cover_the_same_time_and_neither_touch_nor_overlap(told):
    intervals = [(one.began_at, one.ended_at) for one in told]
    united = Intervals.of(intervals).united().moments()
    assert minutes_in(united) == minutes_in(intervals)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(united))
    assert all(began < ended for began, ended in united)


def test_tracks_are_those_of_the_stretches_that_began_in_the_window():
    before = replace(watched("2026-05-03 23:50", "2026-05-04 00:10"), tracks=5, usable_tracks=4)
    first = replace(watched("2026-05-04 00:00", "2026-05-04 00:01"), tracks=3, usable_tracks=2)
    later = replace(watched("2026-05-04 00:30", "2026-05-04 00:31"), tracks=1, usable_tracks=1)
    elsewhere = replace(before, camera_id="till")
    door, till = told_by_each([later, before, elsewhere, first], BEGAN)
    assert door.tracks == FaceTracks(camera_id="door", tracks=4, usable_tracks=3)
    assert till.tracks is None


@pytest.mark.parametrize(("tracks", "usable", "rate"), [(0, 0, None), (4, 1, 0.25)])
def test_the_capture_rate_is_usable_over_all_tracks(tracks, usable, rate):
    assert FaceTracks(camera_id="door", tracks=tracks, usable_tracks=usable).capture_rate == rate
