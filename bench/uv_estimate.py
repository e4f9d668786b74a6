"""Does the estimate of UV cover the truth? Weeks of invented stores, decided by the matcher, estimated as reports do.

    python -m bench.uv_estimate [--weeks 200] [--seed 0] [--json]

The pack's calibration and its error rates are measured first, as ``footfall models calibrate`` does, on invented people
who are all photographed in the same light. Then each week is that of another store (``bench.store_weeks``), with a
history of none to three weeks: more or fewer people, nearer to each other or farther apart, in better or worse light,
more or less alike within a visit, than those measured. From what the matcher decided there, UV is counted and
estimated; how many people it really was is known. Ends with 1 where fewer than 90 % of the weeks with an estimate that
is called sure are covered.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from analytics.business_time import days_of
from analytics.completeness import Watched
from analytics.error_rates import ErrorRates, MeasuredRates, matched_visits, rates_of
from analytics.reports.counting import DaysOfVisits, counted_alone
from analytics.reports.metrics import Figures, figures_of
from analytics.reports.uv_estimate import Bias, UvEstimate, estimate_uv
from analytics.settings import StoreSettings
from analytics.visit_columns import VisitColumns
from analytics.visits import visits_of
from bench.store_weeks import OPENING, STORE, Store, Track, drawn_store, measured_people, tracks_of
from evaluation.calibration import calibration_of, measure_group
from evaluation.invented_templates import Spread, shipped_spread
from evaluation.repeats import measure_repeats
from faces.calibration import Calibration
from matcher.policy import Policy

_MEASURED = ((300, 1.0), (60, 0.8))
_DAYS = (OPENING.date(), (OPENING + timedelta(days=6)).date())
_BAR = 0.9
_UNWATCHED = Watched()


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week of a store: how it was counted and estimated, and how many people it was."""

    store: Store
    truth: int
    figures: Figures
    rates: ErrorRates | None
    estimate: UvEstimate

    @property
    def covered(self) -> bool:
        """Whether the truth lies in the interval."""
        low, high = self.estimate.low, self.estimate.high
        return low is not None and high is not None and low <= self.truth <= high


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, print what came of it, and return 0 where enough weeks are covered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    weeks = simulated(asked.weeks, seed=asked.seed)
    found = summary_of(weeks)
    if asked.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        for line in _told(found):
            sys.stdout.write(line + "\n")
    return 0 if found["coverage"] is not None and found["coverage"] >= _BAR else 1


def simulated(number: int, *, seed: int) -> list[Week]:
    """Return so many weeks, each of another store."""
    spread, policy = shipped_spread(), Policy()
    calibration, measured = _measured(spread, np.random.default_rng([seed, 0]))
    weeks = []
    for one in range(number):
        random = np.random.default_rng([seed, 1, one])
        store = drawn_store(random)
        weeks.append(_week(store, tracks_of(store, spread, calibration, policy, random), measured))
    return weeks


def _measured(spread: Spread, random: np.random.Generator) -> tuple[Calibration, MeasuredRates]:
    """Return calibration and error rates of a pack, measured as by ``footfall models calibrate``."""
    sets = measured_people(spread, _MEASURED, random)
    fused = {f"group {number}": measure_group(faces, f"group {number}") for number, faces in enumerate(sets)}
    calibration = calibration_of(fused, single_shots={}, measured_on="invented people")
    repeats = measure_repeats(sets, calibration)
    assert repeats is not None
    return calibration, MeasuredRates(
        people=repeats.people,
        ratios=repeats.ratios,
        newcomers=repeats.newcomers,
        fpir=repeats.fpir,
        measured_on=calibration.measured_on,
    )


def _week(store: Store, tracks: Sequence[Track], measured: MeasuredRates) -> Week:
    settings = StoreSettings(store_id=STORE)
    sightings = [track.sighting for track in tracks]
    matched = matched_visits(sightings, session_gap=settings.session_gap)
    rates = rates_of(STORE, matched, measured, at=OPENING + timedelta(days=7))
    every = VisitColumns.of_all(STORE, visits_of(sightings, session_gap=settings.session_gap))
    visits = every.within(OPENING, OPENING + timedelta(days=7))
    _, people = np.unique(visits.faces, return_inverse=True)
    figures = figures_of(counted_alone(visits, people, DaysOfVisits.of(visits, days_of(*_DAYS, settings))), _UNWATCHED)
    here = {
        track.person for track in tracks if track.sighting.face_id is not None and track.sighting.began_at >= OPENING
    }
    return Week(store=store, truth=len(here), figures=figures, rates=rates, estimate=estimate_uv(figures, rates))


def summary_of(weeks: Sequence[Week]) -> dict[str, object]:
    """Return what is to be said of the weeks: those with an estimate that can be trusted, and those without."""
    told = [week for week in weeks if week.estimate.value is not None]
    trusted = [week for week in told if week.estimate.trusted]
    doubted = [week for week in told if not week.estimate.trusted]

    def share(values: Sequence[bool]) -> float | None:
        return round(float(np.mean(values)), 4) if values else None

    def error(values: Sequence[float]) -> float | None:
        return round(float(100 * np.mean(values)), 2) if values else None

    return {
        "weeks": len(weeks),
        "too_few_visits": len(weeks) - len(told),
        "trusted": len(trusted),
        "coverage": share([week.covered for week in trusted]),
        "counted_is_the_truth": share([week.figures.uv == week.truth for week in trusted]),
        "width_percent": error([(_high(week) - _low(week)) / week.truth for week in trusted]),
        "error_percent": error([_value(week) / week.truth - 1 for week in trusted]),
        "counted_error_percent": error([week.figures.uv / week.truth - 1 for week in trusted]),
        "absolute_error_percent": error([abs(_value(week) / week.truth - 1) for week in trusted]),
        "counted_absolute_error_percent": error([abs(week.figures.uv / week.truth - 1) for week in trusted]),
        "bias_told_rightly": share([_rightly(week) for week in trusted if week.figures.uv != week.truth]),
        "doubted": len(doubted),
        "doubted_coverage": share([week.covered for week in doubted]),
        "doubted_error_percent": error([_value(week) / week.truth - 1 for week in doubted]),
        "doubted_counted_error_percent": error([week.figures.uv / week.truth - 1 for week in doubted]),
        "bar": _BAR,
    }


def _rightly(week: Week) -> bool:
    return week.estimate.bias is (Bias.TOO_HIGH if week.figures.uv > week.truth else Bias.TOO_LOW)


def _value(week: Week) -> int:
    assert week.estimate.value is not None
    return week.estimate.value


def _low(week: Week) -> int:
    assert week.estimate.low is not None
    return week.estimate.low


def _high(week: Week) -> int:
    assert week.estimate.high is not None
    return week.estimate.high


def _told(found: dict[str, object]) -> list[str]:
    return [f"{name}: {value}" for name, value in found.items()]


if __name__ == "__main__":
    sys.exit(main())
