"""Reports as people and programs get them."""

import csv
import io
import re
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from rich.console import Console
from visitors_on_paper import NewRepository, gap, seen, utc, watched

from analytics.presentation.charts import Series, bar_chart, heat_map, line_chart
from analytics.presentation.page import Fact, Section, Table, render_page
from analytics.presentation.wording import duration_text, number_text, share_text
from analytics.reports.behaviour_sections import heat_map_section
from analytics.reports.render_csv import render_csv
from analytics.reports.render_html import render_html
from analytics.reports.render_table import render_table
from analytics.reports.report import Report, build_report
from analytics.reports.report_sections import report_sections


@pytest.fixture
def report(new_repository: NewRepository) -> Report:
    repository, settings = new_repository(zone="Europe/Berlin")
    told = [watched("2026-05-04 07:00", "2026-05-04 08:30"), gap("2026-05-04 08:30", "2026-05-04 10:00")]
    repository.record([seen(1, "2026-05-04 07:10:00"), seen(1, "2026-05-04 08:10:00")], told)
    return build_report(repository, settings, now=utc("2026-11-22 12:00"))


def test_csv_has_a_line_for_every_hour_under_a_header(report: Report):
    rows = list(csv.DictReader(io.StringIO(render_csv(report))))
    assert len(rows) == 24
    assert {name: rows[9][name] for name in ("began_at", "pv", "uv", "completeness")} == {
        "began_at": "2026-05-04T09:00:00+02:00",
        "pv": "1",
        "uv": "1",
        "completeness": "1.0",
    }
    assert rows[0]["completeness"] == ""


def test_the_table_marks_what_is_incomplete_and_calls_a_gap_a_gap(report: Report):
    text = io.StringIO()
    Console(file=text, width=120).print(render_table(report))
    lines = {line[:5]: re.split(r" {2,}", line.strip()) for line in text.getvalue().splitlines() if line[:2].isdigit()}
    assert lines["10:00"][1:] == ["1", "1", "1", "0", "1", "50\u202f%*"]
    assert lines["11:00"][1] == "gap"
    assert "00:00" not in lines
    assert "Incomplete: the cameras saw 50\u202f%" in text.getvalue()


def test_a_gap_is_drawn_as_nothing_and_a_part_is_hatched(report: Report):
    chart = report_sections(report)[1].chart
    assert chart is not None
    bars = chart["data"][0]
    assert bars["y"][9:12] == [1, 1, None]
    assert bars["marker"]["pattern"]["shape"][9:11] == ["", "/"]


def test_an_hour_of_the_week_that_was_never_watched_enough_says_gap(new_repository: NewRepository):
    repository, settings = new_repository()
    told = [watched(f"2026-05-0{day} 09:00", f"2026-05-0{day} 10:00") for day in (4, 5)]
    repository.record(
        [seen(1, "2026-05-04 09:10:00"), seen(1, "2026-05-05 10:10:00")],
        [*told, gap("2026-05-05 10:00", "2026-05-05 11:00")],
    )
    section = heat_map_section(build_report(repository, settings, now=utc("2026-11-22 12:00")))
    assert section.title == "Busiest from 09:00: 0.5 visits an hour on average"
    assert section.table is not None
    assert [row[:3] for row in section.table.rows] == [("09:00", "1.0 ×1", "0.0 ×1"), ("10:00", "", "gap")]
    assert section.chart is not None
    assert section.chart["data"][0]["z"][:2] == [[1.0, None], [0.0, None]]
    assert (section.chart["data"][0]["zmin"], section.chart["data"][0]["zmax"]) == (0, 1.0)
    assert [(note["x"], note["y"]) for note in section.chart["layout"]["annotations"]] == [("10:00", "Tue")]


def test_every_chart_is_one_that_plotly_takes(report: Report):
    charts = [section.chart for section in report_sections(report) if section.chart]
    labels, series = (
        ["a", "b"],
        [Series(name="one", values=[1, None]), Series(name="two", values=[0.5, 2], marked=[True, False])],
    )
    for chart in [
        *charts,
        line_chart(labels, series, unit="visits"),
        bar_chart([], [Series(name="none", values=[])], unit="visits"),
        heat_map(labels, ["Mon"], [[None, 1.5]], gaps=[("a", "Mon")], unit="visits", name="hour"),
    ]:
        assert go.Figure(chart).data


def test_a_page_in_one_file_holds_all_it_needs_and_escapes_what_it_is_given(report: Report):
    hostile = replace(report, settings=replace(report.settings, store_id="</script><img src=//elsewhere>"))
    html = render_html(hostile)
    assert "<img src=//elsewhere>" not in html
    assert "https://cdn" not in html.replace(html[html.index("<script>") :], "")
    assert 'src="' not in html.split("<script>")[0]


def test_a_page_without_charts_does_not_carry_their_library():
    section = Section(
        title="Truth", facts=(Fact(label="Visitors", value="30"),), table=Table(columns=("a",), rows=(("1",),))
    )
    assert len(render_page("Demo", [section])) < 40_000


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "–"),
        (0.0, "0\u202f%"),
        (0.5, "50\u202f%"),
        (0.9567, "95.7\u202f%"),
        (0.99999, "99.9\u202f%"),
        (1.0, "100\u202f%"),
    ],
)
def test_a_share_is_never_rounded_up_to_the_whole(share, text):
    assert share_text(share) == text


def test_durations_and_numbers_read_as_they_are_said():
    assert [duration_text(s) for s in (0.4, 59, 60, 311, 659, 3600, 3700)] == [
        "0 s",
        "59 s",
        "1 min",
        "5 min 11 s",
        "11 min",
        "1 h",
        "1 h 2 min",
    ]
    assert number_text(12345) == "12,345"
