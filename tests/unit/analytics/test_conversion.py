"""Transactions beside visits, in the database and in reports."""

from dataclasses import replace
from datetime import timedelta

import pytest
from visitors_on_paper import NewRepository, seen, utc

from analytics.records.till import TakenUp
from analytics.reports.chain_report import build_chain_report
from analytics.reports.render_html import render_html
from analytics.reports.report import build_report
from analytics.reports.report_json import chain_report_json, report_json
from analytics.transactions import Transaction

NOW = utc("2026-11-22 12:00")


def sold(number: int, at: str, amount: str | None = None) -> Transaction:
    return Transaction(transaction_id=str(number), at=utc(at), amount=amount)


@pytest.fixture
def kept(new_repository: NewRepository):
    """Four visits on May 4, to the store "shop"."""
    repository, settings = new_repository()
    repository.record([seen(person, f"2026-05-04 09:00:0{person}") for person in (1, 2, 3, 4)])
    return repository, settings


def test_taking_up_the_same_again_changes_nothing_and_a_correction_takes_the_place(kept):
    repository, _ = kept
    first = [sold(1, "2026-05-04 09:30", "12.50"), sold(2, "2026-05-04 09:40")]
    assert repository.till.take_up("shop", first, now=NOW) == TakenUp(new=2, changed=0, unchanged=0)
    assert repository.till.take_up("shop", first, now=NOW) == TakenUp(new=0, changed=0, unchanged=2)
    moved = [replace(first[0], at=utc("2026-05-05 09:30")), first[1], sold(3, "2026-05-04 09:50")]
    assert repository.till.take_up("shop", moved, now=NOW) == TakenUp(new=1, changed=1, unchanged=1)
    assert repository.transactions("shop", utc("2026-05-04 00:00"), utc("2026-05-05 00:00")) == 2
    assert repository.transactions("other", utc("2026-05-04 00:00"), utc("2026-05-06 00:00")) == 0


def test_conversion_is_transactions_over_visits_of_the_business_days(kept):
    repository, settings = kept
    repository.till.take_up("shop", [sold(1, "2026-05-04 23:59"), sold(2, "2026-05-05 00:00")], now=NOW)
    report = build_report(repository, settings, now=NOW)
    told = report_json(report)
    assert (told["transactions"], told["conversion"], told["conversion_fault"]) == (1, 0.25, "")
    assert "How many visits end at the till?" in render_html(report)


def test_without_transactions_the_conversion_is_not_known(kept):
    repository, settings = kept
    report = build_report(repository, settings, now=NOW)
    told = report_json(report)
    assert (told["transactions"], told["conversion"]) == (None, None)
    assert "at the till" not in render_html(report)


def test_more_transactions_than_visits_are_a_fault_in_the_data(kept):
    repository, settings = kept
    repository.till.take_up("shop", [sold(number, "2026-05-04 09:30") for number in range(5)], now=NOW)
    report = build_report(repository, settings, now=NOW)
    told = report_json(report)
    assert told["conversion"] == 1.25
    assert told["conversion_fault"].startswith("Data fault: the till tells of 5 transactions where 4 visits")
    assert "Data fault" in render_html(report)


def test_as_known_at_a_moment_a_transaction_counts_from_when_it_was_taken_up(kept):
    repository, settings = kept
    repository.till.take_up("shop", [sold(1, "2026-05-04 09:30")], now=NOW)
    before = NOW - timedelta(seconds=1)
    assert build_report(repository.as_of(before), settings, now=before).conversion.transactions is None
    assert build_report(repository.as_of(NOW), settings, now=NOW).conversion.transactions == 1


def test_of_a_chain_it_is_known_where_it_is_known_of_every_store_with_visits(kept):
    repository, settings = kept
    both = [settings, replace(settings, store_id="other")]
    repository.till.take_up("shop", [sold(1, "2026-05-04 09:30")], now=NOW)
    repository.record([seen(5, "2026-05-04 10:00:00", store="other")])
    assert chain_report_json(build_chain_report(repository, both, now=NOW))["conversion"] is None
    repository.till.take_up("other", [sold(1, "2026-05-04 10:30")], now=NOW)
    told = chain_report_json(build_chain_report(repository, both, now=NOW))
    assert (told["transactions"], told["conversion"]) == (2, 0.4)
    assert [one["conversion"] for one in told["stores"]] == [0.25, 1.0]
