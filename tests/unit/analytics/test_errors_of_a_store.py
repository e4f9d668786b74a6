"""How often the matcher errs in a store, from visits whose distances were drawn from a known law."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from ledger_entries import entry, merged
from visitors_on_paper import face, seen

from analytics.error_rates import FEWEST_DECISIONS, MatchedVisits, MeasuredRates, matched_visits, rates_of
from schemas.ledger import Ledger
from schemas.messages import Decision, IdentityKind, Sighting

AT = datetime(2026, 5, 4, tzinfo=UTC)
GAP = timedelta(minutes=30)
SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995)
DRAWN = np.exp(np.random.default_rng(1).normal(np.log(0.6), 0.2, 200_000))  # of which 0.5 % lie beyond the bar
MEASURED = MeasuredRates(
    people=5000,
    ratios=tuple(zip(SHARES, np.quantile(DRAWN, SHARES).tolist(), strict=True)),
    newcomers=5000,
    fpir=0.0,
    measured_on="paper",
)


def store(scale: float = 1.0, visits: int = 4000, wider: float = 1.0, merges: int = 0) -> tuple[MatchedVisits, float]:
    """The visits of people each of whom came twice, and which share of the second ones was lost."""
    ratios = scale * np.exp(np.random.default_rng(2).normal(np.log(0.6), wider * 0.2, visits))
    found = ratios[ratios <= 1]
    lost = visits - len(found)
    return MatchedVisits(
        ratios=found, people=len(found), visits=2 * visits, faces=visits + lost, visitors=visits + lost - merges
    ), lost / visits


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.2, 1.4])
def test_the_share_that_is_lost_is_told_from_those_that_are_not(scale: float):
    matched, lost = store(scale)
    rates = rates_of("shop", matched, MEASURED, at=AT)
    assert rates is not None
    assert abs(rates.fnir.mean - lost) < 2 * rates.fnir.sd + 0.001
    assert rates.fnir.sd < 0.2 * lost + 0.002


def test_people_who_differ_more_than_those_measured_are_allowed_for():
    matched, lost = store(1.2, wider=1.15)
    rates = rates_of("shop", matched, MEASURED, at=AT)
    assert rates is not None
    assert abs(rates.fnir.mean - lost) < 2 * rates.fnir.sd


def test_of_few_visits_no_rate_is_told():
    matched, _ = store(visits=FEWEST_DECISIONS - 1)
    assert rates_of("shop", matched, MEASURED, at=AT) is None


def test_fewer_visits_or_fewer_measured_people_make_a_rate_less_sure():
    matched, _ = store(1.2)
    many = rates_of("shop", matched, MEASURED, at=AT)
    few = rates_of("shop", replace(matched, ratios=matched.ratios[:200], people=200), MEASURED, at=AT)
    friends = rates_of("shop", matched, replace(MEASURED, people=50), at=AT)
    assert many is not None
    assert few is not None
    assert friends is not None
    assert many.fnir.sd < few.fnir.sd
    assert many.fnir.sd < friends.fnir.sd


def test_people_who_come_often_tell_no_more_than_once_each():
    matched, _ = store(1.2)
    regulars = rates_of("shop", replace(matched, people=100), MEASURED, at=AT)
    strangers = rates_of("shop", matched, MEASURED, at=AT)
    assert regulars is not None
    assert strangers is not None
    assert regulars.fnir.sd > strangers.fnir.sd


def test_what_was_merged_counts_twice_no_more():
    before, lost = store(1.2)
    minted = round(lost * 4000)
    after, _ = store(1.2, merges=minted // 2)
    whole = rates_of("shop", before, MEASURED, at=AT)
    half = rates_of("shop", after, MEASURED, at=AT)
    assert whole is not None
    assert half is not None
    assert half.fnir.mean == pytest.approx(whole.fnir.mean / 2, rel=0.15)


def test_no_newcomer_of_a_thousand_taken_for_another_proves_no_nought():
    matched, _ = store()
    rates = rates_of("shop", matched, replace(MEASURED, newcomers=999), at=AT)
    assert rates is not None
    assert rates.fpir.mean == pytest.approx(0.5 / 1000)


def found(person: int, began: str, ratio: float = 0.5) -> Sighting:
    return replace(seen(person, began), decision=Decision.MATCHED, distance=ratio * 0.8, threshold=0.8)


def test_a_visit_tells_by_the_sighting_that_began_it_where_that_was_recognised():
    matched = matched_visits(
        [
            replace(seen(1, "2026-05-04 09:00:00"), decision=Decision.MINTED),
            found(1, "2026-05-04 09:10:00", 0.2),  # the same visit
            found(1, "2026-05-04 11:00:00", 0.7),
            found(1, "2026-05-05 11:00:00", 0.9),
            found(2, "2026-05-04 09:00:05", 0.4),  # known from before
            seen(None, "2026-05-04 09:00:07"),
        ],
        session_gap=GAP,
    )
    assert sorted(matched.ratios.tolist()) == pytest.approx([0.4, 0.7, 0.9])
    assert (matched.people, matched.visits, matched.faces, matched.visitors) == (2, 4, 2, 2)


def test_merged_faces_are_one_visitor_and_staff_none():
    sightings = [found(1, "2026-05-04 09:00:00"), found(2, "2026-05-05 09:00:00"), found(3, "2026-05-05 09:00:02")]
    ledger = Ledger([merged(1, face(1), face(2)), entry(2, IdentityKind.STAFF, face(3))])
    matched = matched_visits(sightings, session_gap=GAP, ledger=ledger)
    assert (matched.visits, matched.faces, matched.visitors, matched.people) == (2, 2, 1, 1)
