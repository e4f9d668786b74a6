"""What is said beside a UV, from a report whose rates a test chooses."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from visitors_on_paper import NewRepository, seen, utc

from analytics.error_rates import ErrorRates, Share
from analytics.presentation.language import speaking
from analytics.reports.about import about
from analytics.reports.render_html import render_html
from analytics.reports.report import Report, build_report
from analytics.reports.report_json import report_json
from analytics.reports.report_summary import summary
from analytics.reports.uv_words import likely, likely_range, why

NOW = utc("2026-05-06 12:00")


@pytest.fixture
def report(new_repository: NewRepository) -> Report:
    """A hundred visitors, each of whom came on Monday and on Tuesday."""
    repository, settings = new_repository()
    repository.record(
        [
            seen(number, f"2026-05-0{day} 09:{number // 60:02}:{number % 60:02}")
            for number in range(100)
            for day in (4, 5)
        ]
    )
    return build_report(repository, settings, now=NOW)


def erring(report: Report, fnir: float, fpir: float = 0.0, sd: float = 0.0) -> Report:
    rates = ErrorRates(
        store_id="shop",
        fnir=Share(mean=fnir, sd=sd),
        fpir=Share(mean=fpir, sd=0.0),
        decided=1234,
        measured_on="the people of a <shop>",
        at=datetime(2026, 5, 6, 3, tzinfo=UTC),
    )
    return replace(report, rates=rates)


@pytest.mark.parametrize(
    ("fnir", "fpir", "said"),
    [
        (0.02, 0.0, "counted is a little high"),
        (0.09, 0.0, "counted is too high"),
        (0.0, 0.02, "counted is a little low"),
        (0.0, 0.2, "counted is too low"),
    ],
)
def test_on_which_side_of_the_truth_a_count_lies_is_said(report: Report, fnir: float, fpir: float, said: str):
    assert likely(erring(report, fnir, fpir)).endswith(said)


def test_a_count_without_errors_is_what_it_is(report: Report):
    assert likely(erring(report, 0.0)) == "likely 100 to 100"


def test_where_nothing_is_known_it_says_so_and_when_it_will(report: Report):
    assert likely(report) == "error not known yet"
    assert "reckoned by night" in why(report)
    assert likely_range(report.uv_estimate) == ""


def test_what_cannot_be_trusted_says_so_in_the_figure_and_why_behind_it(report: Report):
    unsure = erring(report, 0.2)
    assert likely(unsure).endswith("; not sure")
    assert likely_range(unsure.uv_estimate).startswith("perhaps ")
    assert why(unsure).startswith("Not to be trusted: visitors are lost so often")
    assert report_json(unsure)["uv_estimate"]["doubt"] == "often_lost"


def test_what_an_estimate_rests_on_is_told(report: Report):
    told = why(erring(report, 0.02))
    assert "Rests on 1,234 visits recognised in the four weeks before Wed 6 May 2026" in told
    assert "about 2\u202f% get a FaceId of their own" in told
    assert told.endswith("Measured on the people of a <shop>.")


def test_the_page_says_it_under_the_figure_and_files_say_it_of_themselves(report: Report):
    known = erring(report, 0.02)
    fact = summary(known).facts[1]
    assert (fact.term, fact.likely, fact.why) == ("UV", likely(known), why(known))
    page = render_html(known)
    assert f">{likely(known)}</abbr>" in page
    assert "the people of a &lt;shop&gt;" in page
    assert about(known)["uv_likely"] == likely(known)


def test_it_is_said_in_chinese(report: Report):
    with speaking("zh"):
        assert likely(erring(report, 0.02)).endswith("计数略偏高")
