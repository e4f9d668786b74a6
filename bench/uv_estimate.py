"""Does the estimate of UV cover the truth? Weeks of invented stores, decided by the matcher, estimated as reports do.

    python -m bench.uv_estimate [--weeks 200] [--seed 0] [--json]

The pack's calibration and its error rates are measured first, as ``footfall models calibrate`` does, on invented people
who are all photographed in the same light; anew, on other people, for every forty weeks. Each week is that of another
store (``bench.store_weeks``), with a history of none to three weeks: more or fewer people, nearer to each other or
farther apart, in better or worse light, more or less alike within a visit, than those measured. From what the matcher
decided there, UV is counted and estimated, once as it was decided and once after reconciliation; how many people it
really was is known. Ends with 1 where fewer than 90 % of the weeks with an estimate are covered, whether or not it is
called sure.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from analytics.business_time import days_of
from analytics.completeness import Watched
from analytics.error_rates import MeasuredRates, matched_visits, rates_of
from analytics.reports.counting import DaysOfVisits, counted_alone
from analytics.reports.metrics import Figures, figures_of
from analytics.reports.uv_estimate import UvEstimate, estimate_uv
from analytics.settings import StoreSettings
from analytics.visit_columns import VisitColumns
from analytics.visits import visits_of
from bench.store_weeks import OPENING, STORE, Store, Track, drawn_store, measured_people, tracks_of
from evaluation.calibration import calibration_of, measure_group
from evaluation.invented_templates import Spread, shipped_spread
from evaluation.repeats import measure_repeats
from faces.calibration import Calibration
from matcher.policy import Policy
from matcher.reconciliation.reconcile import Rules, reconcile
from schemas.ledger import Ledger
from schemas.messages import Sighting

MEASURED_ON = ((300, 1.0), (60, 0.8))
_DAYS = (OPENING.date(), (OPENING + timedelta(days=6)).date())
_ENDED_AT = OPENING + timedelta(days=7)
_BAR = 0.9
_WEEKS_A_PACK = 40
_UNWATCHED = Watched()


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How a week was counted and estimated."""

    figures: Figures
    estimate: UvEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week of a store: how many people it was, and how it was counted as decided, and once that was reconciled."""

    store: Store
    truth: int
    decided: Count
    reconciled: Count


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, print what came of it, and return 0 where enough weeks are covered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=200, help="how many weeks with an estimate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    found = summary_of(simulated(asked.weeks, seed=asked.seed))
    sys.stdout.write(json.dumps(found, indent=1) + "\n" if asked.json else _told(found))
    return 0 if _reached(found) else 1


def simulated(number: int, *, seed: int, measured_on: Sequence[tuple[int, float]] = MEASURED_ON) -> list[Week]:
    """Return weeks, each of another store, until so many have an estimate.

    ``measured_on`` are groups of so many people, so far apart, on whom the pack is measured.
    """
    spread, policy = shipped_spread(), Policy()
    weeks: list[Week] = []
    while sum(week.decided.estimate.value is not None for week in weeks) < number:
        if len(weeks) % _WEEKS_A_PACK == 0:
            calibration, measured = _measured(spread, measured_on, np.random.default_rng([seed, 0, len(weeks)]))
        random = np.random.default_rng([seed, 1, len(weeks)])
        store = drawn_store(random)
        tracks = tracks_of(store, spread, calibration, policy, random)
        weeks.append(_week(store, tracks, measured, _reconciled(tracks, calibration, policy)))
    return weeks


def _measured(
    spread: Spread, groups: Sequence[tuple[int, float]], random: np.random.Generator
) -> tuple[Calibration, MeasuredRates]:
    """Return calibration and error rates of a pack, measured as by ``footfall models calibrate``."""
    sets = measured_people(spread, groups, random)
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


def _reconciled(tracks: Sequence[Track], calibration: Calibration, policy: Policy) -> Ledger:
    """Return what reconciliation says of a store, as it does by night."""
    rules = Rules(calibration=calibration, policy=policy, travel_time=timedelta(0))
    found = reconcile(
        [track.template for track in tracks if track.template is not None],
        [track.sighting for track in tracks],
        Ledger(),
        rules,
        at=_ENDED_AT,
        store=STORE,
    )
    return Ledger(found.entries)


def _week(store: Store, tracks: Sequence[Track], measured: MeasuredRates, ledger: Ledger) -> Week:
    here = {
        track.person for track in tracks if track.sighting.face_id is not None and track.sighting.began_at >= OPENING
    }
    sightings = [track.sighting for track in tracks]
    decided, reconciled = (_count(sightings, measured, said) for said in (Ledger(), ledger))
    return Week(store=store, truth=len(here), decided=decided, reconciled=reconciled)


def _count(sightings: Sequence[Sighting], measured: MeasuredRates, ledger: Ledger) -> Count:
    settings = StoreSettings(store_id=STORE)
    gap = settings.session_gap
    rates = rates_of(STORE, matched_visits(sightings, session_gap=gap, ledger=ledger), measured, at=_ENDED_AT)
    every = VisitColumns.of_all(STORE, visits_of(sightings, session_gap=gap, ledger=ledger))
    visits = every.within(OPENING, _ENDED_AT)
    _, people = np.unique(visits.faces, return_inverse=True)
    figures = figures_of(counted_alone(visits, people, DaysOfVisits.of(visits, days_of(*_DAYS, settings))), _UNWATCHED)
    return Count(figures=figures, estimate=estimate_uv(figures, rates))


def summary_of(weeks: Sequence[Week]) -> dict[str, Any]:
    """Return what is to be said of all weeks with an estimate, of those that are called sure, and of the others.

    Once as the matcher decided, and once reconciled. Shares are 0..1, errors in percent of the people there were.
    """
    told = [week for week in weeks if week.decided.estimate.value is not None]
    decided = [(week.truth, week.decided) for week in told]
    reconciled = [(week.truth, week.reconciled) for week in told if week.reconciled.estimate.value is not None]
    return {
        "weeks": len(told),
        "without_estimate": len(weeks) - len(told),
        "bar": _BAR,
        "decided": _kinds_of(decided),
        "reconciled": _kinds_of(reconciled),
    }


def _kinds_of(counts: Sequence[tuple[int, Count]]) -> dict[str, Any]:
    return {
        "all": _said_of(counts),
        "sure": _said_of([one for one in counts if one[1].estimate.trusted]),
        "not_sure": _said_of([one for one in counts if not one[1].estimate.trusted]),
    }


def _said_of(counts: Sequence[tuple[int, Count]]) -> dict[str, float | int]:
    if not counts:
        return {"weeks": 0}
    truth, counted, value, low, high = np.array(
        [(truth, one.figures.uv, one.estimate.value, one.estimate.low, one.estimate.high) for truth, one in counts],
        dtype=np.float64,
    ).T
    wrong = counted != truth
    rightly = np.where(counted > truth, value < counted, value > counted)
    figures = {
        "covered": np.mean((low <= truth) & (truth <= high)),
        "counted_is_the_truth": np.mean(~wrong),
        "side_told_rightly": np.mean(rightly[wrong]) if wrong.any() else 1.0,
        "width_percent": 100 * np.mean((high - low) / truth),
        "error_percent": 100 * np.mean(value / truth - 1),
        "error_size_percent": 100 * np.mean(abs(value / truth - 1)),
        "counted_error_percent": 100 * np.mean(counted / truth - 1),
        "counted_error_size_percent": 100 * np.mean(abs(counted / truth - 1)),
    }
    return {"weeks": len(counts)} | {name: round(float(figure), 4) for name, figure in figures.items()}


def _reached(found: dict[str, Any]) -> bool:
    return all(found[way]["all"]["covered"] >= found["bar"] for way in ("decided", "reconciled"))


def _told(found: dict[str, Any]) -> str:
    """Return the summary as text, a column for each kind of week."""
    lines = [f"{found['weeks']} weeks with an estimate, {found['without_estimate']} more had too few visits for one"]
    for way in ("decided", "reconciled"):
        kinds = [kind for kind, said in found[way].items() if said["weeks"]]
        lines.append(f"{way:28}" + "".join(f"{kind:>10}" for kind in kinds))
        names = found[way]["all"]
        lines += [f"{name:28}" + "".join(f"{found[way][kind][name]:10.4g}" for kind in kinds) for name in names]
    lines.append(f"the bar of {found['bar']:.0%} covered is {'reached' if _reached(found) else 'MISSED'}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
