"""Ten stores: one with five weeks behind it, others with two, one blind, one with a name of forty characters."""

from datetime import timedelta

from shop_days import NOW, coverage, sightings

from analytics.error_rates import ErrorRates, Share
from analytics.records.repository import VisitRepository

LONG_NAME = "flagship-store-at-the-old-harbour-market"
BLIND = "airport-north"
OTHERS = (
    "central-station",
    LONG_NAME,
    BLIND,
    "南京东路旗舰店",
    "old-town",
    "outlet",
    "park-lane",
    "riverside",
    "university",
)
WEEKS = 5


def record(repository: VisitRepository) -> None:
    """Record what was seen in all of them."""
    repository.record(sightings(7 * WEEKS, share=0.6), coverage(7 * WEEKS))
    for place, store in enumerate(OTHERS, start=1):
        blind = 2 if store == BLIND else 0
        until = NOW - timedelta(days=blind, hours=8 if blind else 0)
        seen = [one for one in sightings(15, store=store, share=0.15 + 0.02 * place) if one.ended_at <= until]
        repository.record(seen, coverage(15, store=store, blind=blind))
    every = ("harbour", *OTHERS)
    repository.rates.keep([_rates(store) for store in every if store != "outlet"], of_stores=every)


def _rates(store: str) -> ErrorRates:
    """The matcher's errors in a store: in the park it loses visitors so often that no estimate can be trusted."""
    often = store == "park-lane"
    return ErrorRates(
        store_id=store,
        fnir=Share(mean=0.14, sd=0.04) if often else Share(mean=0.03, sd=0.012),
        fpir=Share(mean=0.002, sd=0.001),
        decided=230,
        measured_on="visits fused from up to 3 shots: LFW (955 people)",
        at=NOW - timedelta(hours=14),
    )
