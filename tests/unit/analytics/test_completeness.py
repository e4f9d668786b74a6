from datetime import date, time

import pytest
from told_by_cameras import told_by_each
from visitors_on_paper import gap, utc, watched

from analytics.completeness import Watch, is_marked, watch_of
from analytics.settings import StoreSettings

DAY = date(2026, 5, 4)  # a Monday
EVENING = utc("2026-05-04 23:00")
ALL_DAY = (utc("2026-05-04 00:00"), utc("2026-05-05 00:00"))


def watch(coverage, *, until=EVENING, opening_hours=None) -> Watch:
    settings = StoreSettings(store_id="shop", opening_hours=opening_hours)
    return watch_of(told_by_each(coverage, ALL_DAY[0]), settings, DAY, DAY, until=until)


def test_without_opening_hours_what_is_expected_is_what_was_seen_and_the_gaps():
    told = [watched("2026-05-04 09:00", "2026-05-04 12:00"), gap("2026-05-04 12:00", "2026-05-04 13:00")]
    assert watch(told).within(*ALL_DAY).completeness == 0.75


def test_a_stretch_told_twice_or_overlapping_counts_once():
    told = [
        watched("2026-05-04 09:00", "2026-05-04 10:00"),
        watched("2026-05-04 09:30", "2026-05-04 10:00"),
        gap("2026-05-04 10:00", "2026-05-04 11:00"),
    ]
    assert watch([*told, *told]).within(*ALL_DAY).completeness == 0.5


def test_a_gap_over_time_that_was_seen_after_all_takes_nothing_away():
    told = [watched("2026-05-04 09:00", "2026-05-04 11:00"), gap("2026-05-04 10:00", "2026-05-04 11:00")]
    assert watch(told).within(*ALL_DAY).completeness == 1.0


def test_time_in_which_no_camera_said_anything_is_not_expected():
    two_films = [watched("2026-05-04 09:00", "2026-05-04 09:01"), watched("2026-05-04 11:00", "2026-05-04 11:01")]
    assert watch(two_films).within(*ALL_DAY).completeness == 1.0
    assert watch(two_films).within(utc("2026-05-04 10:00"), utc("2026-05-04 11:00")).completeness is None


def test_with_opening_hours_every_camera_is_expected_through_all_of_them():
    told = [
        watched("2026-05-04 08:00", "2026-05-04 19:00"),
        watched("2026-05-04 09:00", "2026-05-04 14:00", camera="till"),
    ]
    # 10 opening hours for two cameras; the door saw 10 of them (time outside does not count), the till 5.
    assert watch(told, opening_hours={0: (time(9), time(19))}).within(*ALL_DAY).completeness == 0.75


def test_opening_hours_that_lie_ahead_are_not_yet_expected():
    told = [watched("2026-05-04 09:00", "2026-05-04 12:00")]
    noon = utc("2026-05-04 12:00")
    assert watch(told, until=noon, opening_hours={0: (time(9), time(19))}).within(*ALL_DAY).completeness == 1.0


def test_on_a_day_that_is_closed_nothing_is_expected():
    told = [watched("2026-05-04 09:00", "2026-05-04 12:00")]
    assert watch(told, opening_hours={1: (time(9), time(19))}).within(*ALL_DAY).completeness is None


@pytest.mark.parametrize(("share", "marked"), [(None, False), (0.0, True), (0.9499, True), (0.95, False), (1.0, False)])
def test_a_number_is_marked_below_95_percent(share, marked):
    assert is_marked(share) is marked
