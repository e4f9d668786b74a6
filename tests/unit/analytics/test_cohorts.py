"""Who comes again, worked out on paper: weeks of May 2026 from Monday 4th (W19), 11th (W20) and 18th (W21)."""

from dataclasses import replace
from datetime import date, time

import pytest
from visitors_on_paper import NewRepository, gap, seen, utc, watched

from analytics.reports.chain_report import build_chain_report
from analytics.reports.cohort_sections import cohorts_table
from analytics.reports.render_html import render_html
from analytics.reports.report import build_report
from analytics.reports.report_json import report_json
from analytics.reports.report_range import By

FIRST, LAST = date(2026, 5, 4), date(2026, 5, 24)
NOW = utc("2026-11-22 12:00")


def table(cohorts) -> dict[str, list[int]]:
    return {cohort.weeks[0].week: [week.visitors for week in cohort.weeks] for cohort in cohorts}


@pytest.fixture
def kept(new_repository: NewRepository):
    repository, settings = new_repository(zone="Europe/Berlin", day_start=time(6))
    repository.record(
        [
            seen(9, "2026-05-02 09:00:00"),  # came before the range: of no cohort, though seen in W19 and W20
            seen(9, "2026-05-05 09:00:00"),
            seen(9, "2026-05-12 09:00:00"),
            seen(1, "2026-05-04 09:00:00"),  # W19, W20 twice, W21
            seen(1, "2026-05-11 09:00:00"),
            seen(1, "2026-05-13 09:00:00"),
            seen(1, "2026-05-20 09:00:00"),
            seen(2, "2026-05-06 09:00:00"),  # W19, then only W21
            seen(2, "2026-05-19 09:00:00"),
            seen(3, "2026-05-11 03:30:00"),  # Monday 05:30 in Berlin is Sunday's business day: W19, never again
            seen(4, "2026-05-12 10:00:00"),  # W20, never again
        ],
        [watched("2026-05-05 09:00", "2026-05-05 10:00"), gap("2026-05-12 09:00", "2026-05-12 10:00")],
    )
    return repository, settings


def test_a_cohort_is_of_those_who_had_never_come_before(kept):
    repository, settings = kept
    report = build_report(repository, settings, FIRST, LAST, by=By.WEEK, now=NOW)
    # W19: 1, 2, 3; of them 1 comes in W20, 1 and 2 in W21. W20: 4 alone. W21: nobody new.
    assert table(report.cohorts) == {"2026-W19": [3, 1, 2], "2026-W20": [1, 0], "2026-W21": [0]}
    assert report.cohorts[0].share(2) == 2 / 3
    assert report.cohorts[2].share(0) is None


def test_a_week_that_is_cut_or_not_over_has_no_cohort(kept):
    repository, settings = kept
    cut = build_report(repository, settings, date(2026, 5, 5), LAST, now=NOW)
    # 1 came on Monday 4th, before the range; 2 and 3 came first in a week of which Monday is missing.
    assert table(cut.cohorts) == {"2026-W20": [1, 0], "2026-W21": [0]}
    early = utc("2026-05-22 12:00")
    assert list(table(build_report(repository.as_of(early), settings, FIRST, LAST, now=early).cohorts)) == [
        "2026-W19",
        "2026-W20",
    ]


def test_programs_and_people_are_told_and_a_week_with_gaps_is_marked(kept):
    repository, settings = kept
    report = build_report(repository, settings, FIRST, LAST, by=By.WEEK, now=NOW)
    told = report_json(report)["cohorts"]
    assert (told[0]["week"], told[0]["visitors"], told[0]["completeness"]) == ("2026-W19", 3, 1.0)
    assert told[0]["later"][0] == {
        "week": "2026-W20",
        "after": 1,
        "visitors": 1,
        "share": 0.3333,
        "completeness": 0.0,
    }
    assert cohorts_table(report).rows == (
        ("2026-W19", "3", "33.3\u202f%*", "66.7\u202f%"),
        ("2026-W20", "1*", "0\u202f%", ""),
        ("2026-W21", "0", "", ""),
    )
    later = build_report(repository, settings, FIRST, date(2026, 5, 31), by=By.WEEK, now=NOW)
    # In W22 no camera reported and nobody was seen: that is not nought.
    assert [row[1:] for row in cohorts_table(later).rows][2:] == [("0", "–", "", ""), ("–", "", "", "")]
    assert "Who comes again" in render_html(report)
    week = build_report(repository, settings, FIRST, date(2026, 5, 10), by=By.DAY, now=NOW)
    assert "Who comes again" not in render_html(week)


def test_of_a_chain_who_first_came_to_one_store_comes_again_to_another(new_repository: NewRepository):
    repository, settings = new_repository()
    north, south = (replace(settings, store_id=store) for store in ("north", "south"))
    repository.record(
        [
            seen(1, "2026-05-04 09:00:00", store="north"),
            seen(1, "2026-05-11 09:00:00", store="south"),
            seen(2, "2026-05-11 10:00:00", store="south"),
        ]
    )
    fortnight = (FIRST, date(2026, 5, 17))
    chain = build_chain_report(repository, [north, south], *fortnight, now=NOW)
    assert table(chain.cohorts) == {"2026-W19": [1, 1], "2026-W20": [1]}
    alone = build_chain_report(repository, [south], *fortnight, now=NOW)
    assert table(alone.cohorts) == {"2026-W19": [0, 0], "2026-W20": [2]}
