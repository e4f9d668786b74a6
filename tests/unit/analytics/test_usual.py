"""A day beside what is usual, in figures and in a sentence."""

from datetime import date, datetime, timedelta

import pytest
from visitors_on_paper import NewRepository, gap, seen, utc, watched

from analytics.presentation.language import speaking
from analytics.reports.report import Report, build_report
from analytics.reports.report_range import By
from analytics.reports.store_sections import curve_section, sentence_of_day
from analytics.reports.usual import Usual, usual_of

MONDAY = date(2026, 5, 25)
AFTERWARDS = utc("2026-05-26 08:00")
MORE = {7: 2, 14: 4, 21: 3, 28: 3}


def hours(day: date, *, until: str = "12:00", seen_until: str | None = None):
    whole = [watched(f"{day} 09:00", f"{day} {seen_until or until}")]
    return [*whole, gap(f"{day} {seen_until}", f"{day} {until}")] if seen_until else whole


def visits(day: date, count: int, hour: int = 10):
    return [seen(day.day * 100 + one, f"{day} {hour:02}:{one:02}:00") for one in range(count)]


def asked(repository, settings, day: date, now: datetime) -> tuple[Report, Usual]:
    report = build_report(repository, settings, day, day, by=By.HOUR, now=now)
    history = build_report(repository, settings, day - timedelta(weeks=4), day, by=By.HOUR, now=now)
    return report, usual_of(report, history, now=now)


@pytest.fixture
def shop(new_repository: NewRepository):
    repository, settings = new_repository()
    for back, count in MORE.items():
        day = MONDAY - timedelta(days=back)
        repository.record([*visits(day, count), *visits(day + timedelta(days=1), 9)], hours(day))
    return repository, settings


def test_a_day_is_compared_with_the_same_weekday_and_no_other(shop):
    repository, settings = shop
    repository.record(visits(MONDAY, 6), hours(MONDAY))
    report, usual = asked(repository, settings, MONDAY, AFTERWARDS)
    assert usual.hours["10:00"].low == 2
    assert usual.hours["10:00"].high == 4
    assert (usual.change_percent, usual.doubt, len(usual.days)) == (100.0, "", 4)
    said = "6 visits by 6 people, 100\u202f% more than the Mondays before."
    assert sentence_of_day(report, usual, today=MONDAY + timedelta(days=1)) == f"Yesterday {said}"
    assert sentence_of_day(report, usual, today=MONDAY + timedelta(days=9)) == f"Mon 25 May 2026: {said}"
    with speaking("zh"):
        assert sentence_of_day(report, usual, today=MONDAY + timedelta(days=1)).startswith("昨天：6 人、6 人次，比")


def test_of_a_day_that_goes_on_only_the_hours_that_are_over_are_compared(shop):
    repository, settings = shop
    repository.record([*visits(MONDAY, 3), *visits(MONDAY, 5, hour=11)], hours(MONDAY, until="11:30"))
    report, usual = asked(repository, settings, MONDAY, utc("2026-05-25 11:30"))
    assert (usual.change_percent, usual.until) == (0.0, "11:00")
    said = sentence_of_day(report, usual, today=MONDAY)
    assert said == "Today so far 8 visits by 5 people, about as many as the Mondays before by 11:00."


def test_a_day_of_which_the_cameras_saw_less_is_not_compared(shop):
    repository, settings = shop
    repository.record(visits(MONDAY, 1), hours(MONDAY, seen_until="10:30"))
    report, usual = asked(repository, settings, MONDAY, AFTERWARDS)
    assert usual.change_percent is None
    assert usual.doubt.startswith("Not compared: the cameras saw 50\u202f% of this day and 100\u202f%")
    assert sentence_of_day(report, usual, today=MONDAY) == "Today so far 1 visit by 1 person."
    section = curve_section(report, usual)
    assert section.warning == usual.doubt


def test_a_weekday_that_a_camera_missed_says_nothing_of_what_is_usual(shop, new_repository: NewRepository):
    repository, settings = shop
    missed = MONDAY - timedelta(days=7)
    repository.record([], [gap(f"{missed} 09:00", f"{missed} 12:00", camera="till")])
    repository.record(visits(MONDAY, 6), hours(MONDAY))
    _report, usual = asked(repository, settings, MONDAY, AFTERWARDS)
    assert (usual.hours["10:00"].low, len(usual.days)) == (3, 3)


def test_the_first_days_say_since_when_records_are_kept(new_repository: NewRepository):
    repository, settings = new_repository()
    repository.record(visits(MONDAY, 2), hours(MONDAY))
    report, usual = asked(repository, settings, MONDAY, AFTERWARDS)
    assert usual.doubt == "Nothing to compare with yet: records begin on Mon 25 May 2026."
    assert usual.hours == {}
    assert curve_section(report, usual).chart is not None


def test_a_gap_is_hatched_and_named_and_no_line_is_drawn_through_it(shop):
    repository, settings = shop
    repository.record(visits(MONDAY, 2, hour=9), hours(MONDAY, seen_until="10:00"))
    chart = curve_section(*asked(repository, settings, MONDAY, AFTERWARDS)).chart
    assert chart is not None
    hatched, line = chart["data"][0], chart["data"][-1]
    assert line["y"][9:12] == [2, None, None]
    assert [value is not None for value in hatched["y"][9:12]] == [False, True, True]
    assert [note["text"] for note in chart["layout"]["annotations"]].count("gap") == 1


def test_where_no_camera_saw_anything_nobody_is_not_nought(shop):
    repository, settings = shop
    repository.record([], [gap(f"{MONDAY} 09:00", f"{MONDAY} 12:00")])
    report, usual = asked(repository, settings, MONDAY, AFTERWARDS)
    assert sentence_of_day(report, usual, today=MONDAY) == "Today so far no camera saw anything."
