"""Reports of several stores together, worked out on paper."""

import csv
import io
from dataclasses import replace
from datetime import date, time

import pytest
from ledger_entries import entry
from rich.console import Console
from visitors_on_paper import NewRepository, face, gap, seen, utc, watched

from analytics.records.repository import VisitRepository
from analytics.reports.chain_report import build_chain_report
from analytics.reports.render_csv import render_csv
from analytics.reports.render_html import render_html
from analytics.reports.render_table import render_table
from analytics.reports.report import build_report
from analytics.reports.report_json import chain_report_json
from analytics.reports.report_range import By
from analytics.reports.report_summary import summary
from analytics.settings import StoreSettings
from schemas.errors import InputError
from schemas.messages import IdentityKind

NOW = utc("2026-11-22 12:00")
MAY_4, MAY_5 = date(2026, 5, 4), date(2026, 5, 5)


@pytest.fixture
def shops(new_repository: NewRepository) -> tuple[VisitRepository, list[StoreSettings]]:
    """Berlin, days from midnight, and Tokyo, days from six."""
    repository, settings = new_repository()
    shops = [
        replace(settings, store_id="berlin", zone="Europe/Berlin"),
        replace(settings, store_id="tokyo", zone="Asia/Tokyo", day_start=time(6)),
    ]
    repository.apply_settings(shops)
    return repository, shops


def test_a_visitor_to_two_stores_is_one_visitor_and_crosses(shops):
    repository, both = shops
    repository.record(
        [
            seen(1, "2026-05-04 09:00:00", store="berlin"),
            seen(2, "2026-05-04 09:30:00", store="berlin"),
            seen(1, "2026-05-05 02:00:00", store="tokyo"),
            seen(3, "2026-05-05 03:00:00", store="tokyo"),
            seen(3, "2026-05-05 05:00:00", store="tokyo"),
        ]
    )
    report = build_chain_report(repository, both, by=By.DAY, now=NOW)
    assert (report.figures.pv, report.figures.uv, report.cross_store) == (5, 3, 1)
    assert [(one.figures.pv, one.figures.uv) for one in report.stores] == [(2, 2), (3, 2)]
    only_day = build_chain_report(repository, both, MAY_4, MAY_4, now=NOW)
    assert (only_day.figures.uv, only_day.cross_store) == (2, 0)


def test_every_store_keeps_its_own_day(shops):
    repository, both = shops
    # At 20:30 UTC it is 22:30 of May 4 in Berlin; in Tokyo 05:30 of May 5, where days begin at six: still May 4.
    # An hour later May 5 has begun in Tokyo, and not in Berlin.
    repository.record(
        [
            seen(1, "2026-05-04 20:30:00", store="berlin"),
            seen(2, "2026-05-04 20:30:00", store="tokyo"),
            seen(3, "2026-05-04 21:30:00", store="berlin"),
            seen(4, "2026-05-04 21:30:00", store="tokyo"),
        ]
    )
    report = build_chain_report(repository, both, by=By.DAY, now=NOW)
    assert [(row.bucket.label, row.figures.pv) for row in report.rows] == [("2026-05-04", 3), ("2026-05-05", 1)]
    hours = build_chain_report(repository, both, MAY_4, MAY_4, now=NOW)
    counted = {row.bucket.label: row.figures.pv for row in hours.rows if row.figures.pv}
    assert counted == {"05:00": 1, "22:00": 1, "23:00": 1}


def test_new_and_returning_are_told_by_the_visits_to_any_of_the_chosen_stores(shops):
    repository, (berlin, tokyo) = shops
    repository.record([seen(1, "2026-05-02 09:00:00", store="tokyo"), seen(1, "2026-05-04 09:00:00", store="berlin")])
    chain = build_chain_report(repository, [berlin, tokyo], MAY_4, MAY_4, now=NOW).figures
    alone = build_chain_report(repository, [berlin], MAY_4, MAY_4, now=NOW).figures
    assert (chain.new_visitors, chain.returning_visitors) == (0, 1)
    assert (alone.new_visitors, alone.returning_visitors) == (1, 0)


def test_staff_is_left_out_of_every_store_and_told(shops):
    repository, both = shops
    repository.record(
        [seen(1, f"2026-05-04 09:00:0{number}", store=store) for number, store in enumerate(("berlin", "tokyo"))],
        entries=[entry(1, IdentityKind.STAFF, face(1))],
    )
    report = build_chain_report(repository, both, now=NOW)
    assert (report.figures.pv, report.cross_store, report.figures.staff_left_out) == (0, 0, 2)


def test_completeness_weighs_every_camera_of_every_store_alike(shops):
    repository, both = shops
    # Berlin saw 3 hours of 4, and Tokyo 1 of 1: 4 hours of 5.
    told = [
        watched("2026-05-04 09:00", "2026-05-04 12:00", store="berlin"),
        gap("2026-05-04 12:00", "2026-05-04 13:00", store="berlin"),
        watched("2026-05-04 03:00", "2026-05-04 04:00", store="tokyo"),
    ]
    repository.record([], told)
    report = build_chain_report(repository, both, now=NOW)
    assert report.figures.completeness == 0.8
    assert "saw 80\u202f%" in summary(report).warning


def test_a_store_in_which_no_camera_reported_is_named(shops):
    repository, both = shops
    repository.record(
        [seen(1, "2026-05-04 09:00:00", store="tokyo")],
        [watched("2026-05-04 09:00", "2026-05-04 12:00", store="berlin")],
    )
    assert summary(build_chain_report(repository, both, now=NOW)).warning.startswith("No camera reported in tokyo")


def test_the_json_form_keeps_the_names_that_programs_read(shops):
    repository, both = shops
    repository.record([seen(1, "2026-05-04 09:00:00", store="berlin"), seen(1, "2026-05-05 09:00:00", store="tokyo")])
    told = chain_report_json(build_chain_report(repository, both, by=By.DAY, now=NOW))
    assert {"from": "2026-05-04", "to": "2026-05-05", "pv": 2, "uv": 1, "cross_store": 1}.items() <= told.items()
    stores = [(one["store"], one["zone"], one["day_start"], one["pv"], one["uv"]) for one in told["stores"]]
    assert stores == [("berlin", "Europe/Berlin", "00:00", 1, 1), ("tokyo", "Asia/Tokyo", "06:00", 1, 1)]
    assert [(row["label"], row["uv"]) for row in told["by"]] == [("2026-05-04", 1), ("2026-05-05", 1)]


def test_table_csv_and_page_show_every_store(shops):
    repository, both = shops
    repository.record([seen(1, "2026-05-04 09:00:00", store=store) for store in ("berlin", "tokyo")])
    report = build_chain_report(repository, both, by=By.DAY, now=NOW)
    table = io.StringIO()
    Console(file=table, width=160).print(render_table(report))
    assert "Stores berlin, tokyo: 2 visits by 1 visitor" in table.getvalue()
    assert "Asia/Tokyo" in table.getvalue()
    assert [row["store"] for row in csv.DictReader(io.StringIO(render_csv(report)))] == ["berlin", "tokyo"]
    assert "Which stores do visitors come to?" in render_html(report)


def test_one_store_alone_counts_as_its_own_report(shops):
    repository, (berlin, _) = shops
    repository.record([seen(1, f"2026-05-0{day} 09:00:00", store="berlin") for day in (4, 5, 6)])
    chain = build_chain_report(repository, [berlin], MAY_5, MAY_5, now=NOW)
    alone = build_report(repository, berlin, MAY_5, MAY_5, now=NOW)
    assert (chain.figures, chain.rows) == (alone.figures, alone.rows)


def test_a_store_that_is_not_known_is_refused(shops):
    repository, both = shops
    repository.record([seen(1, "2026-05-04 09:00:00", store="berlin")])
    with pytest.raises(InputError, match="store tokyo: nothing was recorded there; stores with records: berlin"):
        build_chain_report(repository, both, now=NOW)
