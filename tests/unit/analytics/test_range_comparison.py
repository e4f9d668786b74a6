"""One range beside an earlier one, and where that is refused or in doubt."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pytest
from visitors_on_paper import NewRepository, gap, seen, utc, watched

from analytics.business_time import days_of
from analytics.completeness import Watched
from analytics.presentation.wording import change_text
from analytics.reports.comparison import Comparison, compared, range_before
from analytics.reports.counting import DaysOfVisits, counted_alone
from analytics.reports.metrics import Figures, figures_of
from analytics.reports.render_html import render_html
from analytics.reports.report import build_report
from analytics.reports.report_json import report_json
from analytics.reports.report_range import By
from analytics.settings import StoreSettings
from analytics.visit_columns import VisitColumns
from analytics.visits import visits_of


@dataclass(frozen=True, kw_only=True)
class Week:
    """A report of seven days, as far as it is compared."""

    figures: Figures
    from_day: date = date(2026, 5, 11)
    to_day: date = date(2026, 5, 17)
    known_since: date = date(2026, 1, 1)
    is_over: bool = True
    reporting: frozenset[str] = frozenset({"shop"})
    hours_known: bool = False


def week(pv: int, completeness: float = 1.0, watched_s: float = 1000, **said) -> Week:
    sightings = [seen(person, f"2026-05-11 09:00:{person:02}") for person in range(pv)]
    visits = VisitColumns.of_all("shop", visits_of(sightings, session_gap=timedelta(minutes=30)))
    days = days_of(date(2026, 5, 11), date(2026, 5, 11), StoreSettings(store_id="shop"))
    figures = figures_of(
        counted_alone(visits, np.unique(visits.faces, return_inverse=True)[1], DaysOfVisits.of(visits, days)),
        Watched(seen_s=watched_s * completeness, expected_s=watched_s),
    )
    return Week(figures=figures, **said)


EARLIER = {"from_day": date(2026, 5, 4), "to_day": date(2026, 5, 10)}


def of_two(now: Week, then: Week) -> Comparison:
    return compared(now, replace(then, **EARLIER))


def test_the_change_is_in_percent_of_the_earlier_range():
    comparison = of_two(week(6), week(5))
    assert (comparison.change_percent["pv"], comparison.change_percent["uv"]) == (20.0, 20.0)
    assert (comparison.doubt, comparison.refused) == ("", False)


def test_a_change_from_nothing_cannot_be_given():
    assert of_two(week(6), week(0)).change_percent["pv"] is None


def test_cameras_that_watched_for_another_time_are_told_where_nobody_knows_the_opening_hours():
    now, then = week(6), week(5, watched_s=400)
    assert "the cameras watched 17 min in this range and 6 min 40 s in the earlier one" in of_two(now, then).doubt
    assert of_two(replace(now, hours_known=True), replace(then, hours_known=True)).doubt == ""


@pytest.mark.parametrize(
    ("now", "then", "says"),
    [
        (week(6, 1.0), week(5, 0.94), r"saw 100.% of this range and 94.% of the earlier one"),
        (week(6), week(5, known_since=date(2026, 5, 5)), "records begin on Tue 5 May 2026"),
        (week(6), week(5, reporting=frozenset()), "only one of the two ranges in shop"),
    ],
)
def test_what_would_compare_cameras_is_refused_in_a_sentence(now, then, says):
    comparison = of_two(now, then)
    assert comparison.refused
    assert set(comparison.change_percent.values()) == {None}
    assert re.match(f"Not compared: .*{says}", comparison.doubt)


@pytest.mark.parametrize(
    ("now", "then", "says"),
    [
        (week(6, 0.94), week(5, 0.93), "94"),
        (week(6, is_over=False), week(5), "not over yet"),
        (week(6, to_day=date(2026, 5, 15)), week(5), "5 days and the earlier one 7"),
    ],
)
def test_what_can_be_compared_with_care_says_why(now, then, says):
    comparison = of_two(now, then)
    assert comparison.change_percent["pv"] == 20.0
    assert comparison.doubt.startswith("Compare with care")
    assert says in comparison.doubt


def test_five_points_apart_is_compared_and_more_is_not():
    assert not of_two(week(6, 1.0), week(5, 0.95)).refused
    assert of_two(week(6, 1.0), week(5, 0.949)).refused


def test_the_range_before_has_as_many_days():
    assert range_before(date(2026, 5, 11), date(2026, 5, 17)) == (date(2026, 5, 4), date(2026, 5, 10))
    assert range_before(date(2026, 3, 1), date(2026, 3, 1)) == (date(2026, 2, 28), date(2026, 2, 28))


def test_a_report_tells_the_other_range_to_programs_and_people(new_repository: NewRepository):
    repository, settings = new_repository()
    days = ("2026-05-04", "2026-05-05")
    repository.record(
        [seen(1, f"{days[0]} 09:00:00"), seen(1, f"{days[1]} 09:00:00"), seen(2, f"{days[1]} 09:30:00")],
        [watched(f"{day} 09:00", f"{day} 10:00") for day in days],
    )
    now = utc("2026-11-22 12:00")
    first, second = (
        build_report(repository, settings, date.fromisoformat(day), date.fromisoformat(day), by=By.DAY, now=now)
        for day in days
    )
    report = replace(second, comparison=compared(second, first))
    told = report_json(report)["compared_with"]
    assert (told["from"], told["to"], told["pv"], told["uv"]) == ("2026-05-04", "2026-05-04", 1, 1)
    assert (told["change_percent"]["pv"], told["refused"], told["doubt"]) == (100.0, False, "")
    assert "Against Mon 4 May 2026" in render_html(report)
    assert "compared_with" not in report_json(second)
    repository.record([], [gap("2026-05-05 10:00", "2026-05-05 11:00")])
    halved = build_report(repository, settings, second.from_day, second.to_day, by=By.DAY, now=now)
    refused = replace(halved, comparison=compared(halved, first))
    assert "Not compared: the cameras saw 50\u202f% of this range" in render_html(refused)


@pytest.mark.parametrize(
    ("percent", "text"),
    [(None, "–"), (6.04, "+6\u202f%"), (-3.26, "−3.3\u202f%"), (120.4, "+120\u202f%"), (0.01, "0\u202f%")],
)
def test_a_change_carries_its_sign(percent, text):
    assert change_text(percent) == text
