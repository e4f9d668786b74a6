"""FMR and FNMR: which threshold a false match rate asks for, and what it costs.

A pair matches when its distance is at most the threshold. The threshold of a rate is the largest at which no larger
share of the non-mated pairs matches; FNMR is the share of the mated pairs that then do not. A rate is answered only
where at least ``FEWEST_BEHIND`` non-mated pairs match: below that the next picture could move the threshold anywhere.
With fewer than 30 (the rule of 30: Doddington et al. 2000) it is answered, with its interval, and called thin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.bootstrap import Interval, drawn_people, interval_of, no_surer_than
from evaluation.comparisons import Comparisons, Distances

RATES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
FEWEST_BEHIND = 3
RULE_OF_THIRTY = 30
# When people are drawn anew the pairs of a rate weigh less or more: so many times its share is looked at, or so many.
_SLACK = 4.0
_AT_LEAST_LOOKED_AT = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """FNMR at an FMR, with its interval; ``behind`` non-mated pairs lie within ``threshold``."""

    fmr: float
    threshold: float
    behind: int
    fnmr: Interval

    @property
    def thin(self) -> bool:
        """Whether fewer pairs stand behind the rate than the rule of 30 asks for."""
        return self.behind < RULE_OF_THIRTY


def error_rates(
    comparisons: Comparisons, rates: Sequence[float] = RATES, *, seed: int = 0
) -> dict[float, ErrorRate | None]:
    """Return FNMR at each FMR; None where the data cannot tell. Intervals: 95 %, bootstrap over people."""
    nearest = _nearest(comparisons, max(rates))
    answered = {
        rate: (threshold, behind)
        for rate in rates
        if len(comparisons.mated)
        and (behind := pairs_behind(comparisons, rate)) >= FEWEST_BEHIND
        and np.isfinite(threshold := threshold_of(comparisons, rate))
    }
    drawn: dict[float, list[float]] = {rate: [] for rate in answered}
    mated = comparisons.mated
    for times in drawn_people(comparisons.counts.shape[1], seed=seed):
        total = comparisons.non_mated_pairs(times)
        matched = np.cumsum(times[nearest.people[:, 0]] * times[nearest.people[:, 1]] * nearest.weight)
        weights = times[mated.people[:, 0]]
        if not weights.any():
            continue
        below = np.concatenate([[0.0], np.cumsum(weights)])
        for rate in answered:
            threshold = _threshold(nearest.distance, matched, rate * total)
            accepted = below[np.searchsorted(mated.distance, threshold, side="right")]
            drawn[rate].append(1.0 - accepted / below[-1])
    people_mated = len(np.unique(mated.people[:, 0]))
    return {
        rate: ErrorRate(
            fmr=rate,
            threshold=answered[rate][0],
            behind=answered[rate][1],
            fnmr=no_surer_than(people_mated, interval_of(fnmr(comparisons, answered[rate][0]), drawn[rate])),
        )
        if rate in answered
        else None
        for rate in rates
    }


def threshold_of(comparisons: Comparisons, rate: float) -> float:
    """Return the largest distance at which at most a share ``rate`` of the non-mated pairs matches."""
    matched = np.cumsum(comparisons.non_mated.weight)
    return _threshold(comparisons.non_mated.distance, matched, rate * comparisons.non_mated_pairs())


def pairs_behind(comparisons: Comparisons, rate: float) -> int:
    """Return how many non-mated pairs may match at a rate."""
    # Where a rate is a whole number of pairs, floating point must not lose one of them.
    return int(rate * comparisons.non_mated_pairs() + 1e-6)


def fnmr(comparisons: Comparisons, threshold: float) -> float:
    """Return the share of the mated pairs farther apart than the threshold; NaN where there are none."""
    mated = comparisons.mated.distance
    return 1.0 - np.searchsorted(mated, threshold, side="right") / len(mated) if len(mated) else float("nan")


def fmr(comparisons: Comparisons, threshold: float) -> float:
    """Return the share of the non-mated pairs at most so far apart; NaN where there are none."""
    non_mated = comparisons.non_mated
    total = comparisons.non_mated_pairs()
    matched = non_mated.weight[: np.searchsorted(non_mated.distance, threshold, side="right")].sum()
    return float(matched / total) if total else float("nan")


def curve(comparisons: Comparisons, points: int = 200) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return FMR and FNMR from the rarest false match that is answered to all matching: the DET curve."""
    pairs = comparisons.non_mated_pairs()
    if pairs < FEWEST_BEHIND or not len(comparisons.mated):
        return np.empty(0), np.empty(0)
    rates = np.geomspace(FEWEST_BEHIND / pairs, 1.0, points)
    matched = np.cumsum(comparisons.non_mated.weight)
    distances = [_threshold(comparisons.non_mated.distance, matched, rate * pairs) for rate in rates]
    return rates, np.array([fnmr(comparisons, distance) for distance in distances])


def _threshold(distance: NDArray[np.float32], matched: NDArray[np.float64], allowed: float) -> float:
    """Return the largest threshold at which the pairs, nearest first, ``matched`` so far, stay within ``allowed``."""
    first_too_many = int(np.searchsorted(matched, allowed + 1e-6, side="right"))
    if first_too_many == len(distance):
        return float("inf")
    return float(np.nextafter(distance[first_too_many], np.float32(-1)))


def _nearest(comparisons: Comparisons, rate: float) -> Distances:
    """Return the non-mated pairs that any drawing of people could need at rates up to this one."""
    non_mated = comparisons.non_mated
    allowed = _SLACK * rate * comparisons.non_mated_pairs()
    end = max(int(np.searchsorted(np.cumsum(non_mated.weight), allowed)) + 1, _AT_LEAST_LOOKED_AT)
    return Distances(
        distance=non_mated.distance[:end],
        rows=non_mated.rows[:end],
        people=non_mated.people[:end],
        weight=non_mated.weight[:end],
    )
