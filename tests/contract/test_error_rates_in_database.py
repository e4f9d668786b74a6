"""How often the matcher errs is kept for each store, reckoned from what it has seen, and told by reports."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_database import sqlite_url
from visitors_on_paper import seen, utc

from analytics.error_rates import ErrorRates, Share
from analytics.records.repository import VisitRepository
from analytics.reports.report import build_report
from analytics.reports.report_json import report_json
from analytics.settings import StoreSettings
from faces.calibration import Calibration, Repeats
from footfall.config_loading import load_settings
from footfall.error_rates import keep_error_rates
from schemas.messages import Decision, Sighting

NewUrl = Callable[[], AbstractContextManager[str]]
NOW = datetime(2026, 5, 11, 3, tzinfo=UTC)
CALIBRATION = Calibration(
    measured_on="paper",
    groups={"paper": ((1e-7, 0.4), (1e-2, 0.7))},
    neighbour_gap=((5e-4, 0.5), (5e-2, 0.3)),
    repeats=Repeats(people=200, ratios=((0.1, 0.4), (0.5, 0.6), (0.9, 0.8), (0.99, 1.0)), newcomers=300, fpir=0.001),
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def repository(request: pytest.FixtureRequest) -> Iterator[VisitRepository]:
    new_url: NewUrl = sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")
    with new_url() as url, closing(VisitRepository(url, lambda store: StoreSettings(store_id=store))) as opened:
        yield opened


def rates(store: str, fnir: float = 0.01) -> ErrorRates:
    return ErrorRates(
        store_id=store,
        fnir=Share(mean=fnir, sd=0.002),
        fpir=Share(mean=0.001, sd=0.0005),
        decided=80,
        measured_on="paper",
        at=NOW,
    )


def visits(people: int, ratio: float = 0.6, store: str = "shop") -> list[Sighting]:
    """Everybody comes on Monday and again on Tuesday, when they are recognised so far within the bar."""
    seconds = [f"{9 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}" for number in range(people)]
    new = [seen(number, f"2026-05-04 {at}", store=store) for number, at in enumerate(seconds)]
    again = [seen(number, f"2026-05-05 {at}", store=store) for number, at in enumerate(seconds)]
    # From half to half as much again of the ratio, the middle being commonest; nobody beyond the bar.
    ratios = [min(0.99, ratio * (1 + 0.5 * ((2 * number + 1) / people - 1) ** 3)) for number in range(people)]
    return [replace(one, decision=Decision.MINTED) for one in new] + [
        replace(one, distance=far * 0.8, threshold=0.8) for one, far in zip(again, ratios, strict=True)
    ]


def reckoned(repository: VisitRepository, calibration: Calibration = CALIBRATION) -> None:
    keep_error_rates(repository, calibration, "test", load_settings(None).matcher, now=NOW)


def test_rates_are_given_as_they_were_kept_and_kept_anew_in_their_place(repository: VisitRepository):
    assert repository.error_rates("shop") is None
    repository.rates.keep([rates("shop"), rates("market")], of_stores=["shop", "market"])
    assert repository.error_rates("shop") == rates("shop")
    assert repository.as_of(NOW).error_rates("shop") == rates("shop")
    repository.rates.keep([rates("shop", 0.05)], of_stores=["shop"])
    assert (repository.error_rates("shop"), repository.error_rates("market")) == (rates("shop", 0.05), rates("market"))
    repository.rates.keep([], of_stores=["shop", "market"])
    assert repository.error_rates("market") is None


def test_a_store_that_has_seen_enough_gets_rates_and_its_report_an_interval(repository: VisitRepository):
    repository.record([*visits(60), *visits(20, store="small")])
    reckoned(repository)
    kept = repository.error_rates("shop")
    assert kept is not None
    assert (kept.decided, kept.measured_on, kept.at) == (60, "paper", NOW)
    assert 0 < kept.fnir.mean < 0.05
    assert repository.error_rates("small") is None

    told = report_json(build_report(repository, StoreSettings(store_id="shop"), now=NOW))["uv_estimate"]
    assert told["low"] <= told["value"] <= told["high"] <= 62
    assert (told["trusted"], told["doubt"]) == (True, "")
    small = report_json(build_report(repository, StoreSettings(store_id="small"), now=NOW))["uv_estimate"]
    assert small == {
        "value": None, "low": None, "high": None, "counted": None, "trusted": False, "doubt": "not_measured",
    }  # fmt: skip


def test_the_nearer_to_the_bar_visitors_come_the_oftener_some_are_lost(repository: VisitRepository):
    repository.record([*visits(60, 0.5, store="bright"), *visits(60, 0.8, store="dim")])
    reckoned(repository)
    bright, dim = repository.error_rates("bright"), repository.error_rates("dim")
    assert bright is not None
    assert dim is not None
    assert bright.fnir.mean < dim.fnir.mean


def test_what_was_long_ago_or_seen_by_another_model_says_nothing(repository: VisitRepository):
    repository.record([replace(one, model_id="another") for one in visits(60)])
    reckoned(repository)
    assert repository.error_rates("shop") is None
    repository.record(visits(60, store="old"))
    keep_error_rates(
        repository, CALIBRATION, "test", load_settings(None).matcher, now=utc("2026-05-05 00:00") + timedelta(days=40)
    )
    assert repository.error_rates("old") is None


def test_a_pack_that_says_nothing_of_its_errors_leaves_none(repository: VisitRepository):
    repository.record(visits(60))
    reckoned(repository)
    reckoned(repository, replace(CALIBRATION, repeats=None))
    assert repository.error_rates("shop") is None
