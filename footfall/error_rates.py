"""How often the matcher errs in each store: reckoned from the pack's calibration and from what the store has seen."""

from datetime import datetime, timedelta

from analytics.error_rates import MeasuredRates, matched_visits, rates_of
from analytics.records.repository import VisitRepository
from faces.calibration import Calibration
from footfall.config_matcher import Matcher
from matcher.policy import Policy

LOOKED_BACK = timedelta(days=28)


def keep_error_rates(
    repository: VisitRepository, calibration: Calibration, model_id: str, matcher: Matcher, *, now: datetime
) -> None:
    """Keep for every store how often the matcher erred in it lately, in place of what was kept.

    Nothing is kept of a store that has too few visits to tell, nor of any where the pack was not measured for it.
    Raises as ``VisitRepository`` does.
    """
    stores = repository.stores()
    measured = _measured(calibration, matcher)
    ledger = repository.identities.ledger()
    kept = []
    for store_id in stores if measured is not None else ():
        sightings = repository.confirmed_sightings(store_id, since=now - LOOKED_BACK)
        matched = matched_visits(
            (one for one in sightings if one.model_id == model_id),
            session_gap=repository.settings_of(store_id).session_gap,
            ledger=ledger,
        )
        rates = None if measured is None else rates_of(store_id, matched, measured, at=now)
        if rates is not None:
            kept.append(rates)
    repository.rates.keep(kept, of_stores=stores)


def _measured(calibration: Calibration, matcher: Matcher) -> MeasuredRates | None:
    """Return what the calibration says, at the budget in force: it was measured at the one that is shipped."""
    repeats = calibration.repeats
    if repeats is None:
        return None
    return MeasuredRates(
        people=repeats.people,
        ratios=repeats.ratios,
        newcomers=repeats.newcomers,
        fpir=min(1.0, repeats.fpir * matcher.false_merge_budget / Policy().false_merge_budget),
        measured_on=calibration.measured_on,
    )
