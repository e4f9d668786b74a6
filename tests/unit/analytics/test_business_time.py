from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visitors_on_paper import utc

from analytics.business_time import (
    business_day,
    day_began_at,
    days_of,
    hours_of,
    months_of,
    opening_intervals,
    weeks_of,
    window_of,
)
from analytics.settings import StoreSettings
from schemas.errors import ConfigError


def shop(zone: str = "Europe/Berlin", day_start: time = time(0), **more: object) -> StoreSettings:
    return StoreSettings(store_id="shop", zone=zone, day_start=day_start, **more)


def test_the_day_on_which_clocks_go_forward_has_23_hours():
    hours = hours_of(date(2026, 3, 29), date(2026, 3, 29), shop())
    assert [hour.label for hour in hours[:4]] == ["00:00", "01:00", "03:00", "04:00"]
    assert len(hours) == 23
    assert (hours[0].began_at, hours[-1].ended_at) == (utc("2026-03-28 23:00"), utc("2026-03-29 22:00"))


def test_the_day_on_which_clocks_go_back_has_25_hours_and_one_of_them_again():
    hours = hours_of(date(2026, 10, 25), date(2026, 10, 25), shop())
    assert [hour.label for hour in hours[1:5]] == ["01:00", "02:00", "02:00 again", "03:00"]
    assert len(hours) == 25
    assert window_of(date(2026, 10, 25), date(2026, 10, 25), shop()) == (
        utc("2026-10-24 22:00"),
        utc("2026-10-25 23:00"),
    )


def test_a_business_day_from_six_reaches_to_six_the_next_morning():
    bar = shop(day_start=time(6))
    assert business_day(utc("2026-05-05 03:59:59"), bar) == date(2026, 5, 4)
    assert business_day(utc("2026-05-05 04:00:00"), bar) == date(2026, 5, 5)
    assert hours_of(date(2026, 5, 4), date(2026, 5, 4), bar)[0].label == "06:00"


def test_a_business_day_from_six_over_the_change_of_clocks_is_the_longer_one_of_the_day_before():
    bar = shop(day_start=time(6))
    assert len(hours_of(date(2026, 10, 24), date(2026, 10, 24), bar)) == 25
    assert len(hours_of(date(2026, 10, 25), date(2026, 10, 25), bar)) == 24


def test_a_day_start_that_the_clock_leaps_over_begins_as_it_leaps():
    # In Berlin 02:00 to 03:00 does not exist on 29 March 2026.
    assert day_began_at(date(2026, 3, 29), shop(day_start=time(2))) == utc("2026-03-29 01:00")


def test_east_of_greenwich_the_early_morning_is_not_yesterday():
    assert business_day(utc("2026-05-04 23:30"), shop("Asia/Shanghai")) == date(2026, 5, 5)


def test_a_zone_off_by_45_minutes_has_hours_that_begin_as_its_clock_strikes():
    hours = hours_of(date(2026, 5, 4), date(2026, 5, 4), shop("Asia/Kathmandu"))
    assert (len(hours), hours[0].began_at) == (24, utc("2026-05-03 18:15"))


def test_a_day_start_at_half_past_cuts_the_first_and_the_last_hour():
    hours = hours_of(date(2026, 5, 4), date(2026, 5, 4), shop("UTC", time(6, 30)))
    assert [hour.label for hour in (hours[0], hours[1], hours[-1])] == ["06:30", "07:00", "06:00"]
    assert len(hours) == 25


@given(
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    start=st.times().map(lambda at: at.replace(microsecond=0)),
    first=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    length=st.integers(0, 3),
)
def test_hours_and_days_cover_a_range_without_gap_or_overlap(zone, start, first, length):
    settings = shop(zone, start)
    last = first + timedelta(days=length)
    began_at, ended_at = window_of(first, last, settings)
    for buckets in (hours_of(first, last, settings), days_of(first, last, settings)):
        assert buckets[0].began_at == began_at
        assert buckets[-1].ended_at == ended_at
        for bucket, following in pairwise(buckets):
            assert bucket.ended_at == following.began_at
    for day in days_of(first, last, settings):
        assert business_day(day.began_at, settings).isoformat() == day.label
        assert business_day(day.ended_at - timedelta(microseconds=1), settings).isoformat() == day.label


def test_opening_hours_past_midnight_end_the_next_day():
    bar = shop("UTC", opening_hours={0: (time(18), time(2))})
    assert opening_intervals(date(2026, 5, 4), date(2026, 5, 4), bar) == [
        (utc("2026-05-04 18:00"), utc("2026-05-05 02:00"))
    ]


def test_an_unknown_zone_is_answered_with_the_nearest_one():
    with pytest.raises(ConfigError, match=r"Europe/Berln.*Europe/Berlin"):
        shop("Europe/Berln")


@pytest.mark.parametrize("gap", [timedelta(0), timedelta(hours=3, seconds=1)])
def test_a_session_gap_out_of_bounds_is_refused(gap):
    with pytest.raises(ConfigError, match="session gap"):
        shop(session_gap=gap)


def test_weeks_begin_on_monday_and_a_cut_one_says_how_many_days_are_left():
    weeks = weeks_of(date(2026, 5, 6), date(2026, 5, 18), shop())
    assert [week.label for week in weeks] == ["2026-W19, 5 days", "2026-W20", "2026-W21, 1 day"]
    assert (weeks[1].began_at, weeks[1].ended_at) == window_of(date(2026, 5, 11), date(2026, 5, 17), shop())


def test_a_week_over_new_year_is_one_and_named_as_iso_names_it():
    assert [week.label for week in weeks_of(date(2026, 12, 28), date(2027, 1, 3), shop())] == ["2026-W53"]


def test_months_are_those_of_the_calendar():
    months = months_of(date(2026, 1, 31), date(2026, 3, 31), shop())
    assert [month.label for month in months] == ["2026-01, 1 day", "2026-02", "2026-03"]
    assert months[0].ended_at == months[1].began_at
