"""Intervals by drawing the people anew: two pictures of one person tell less than pictures of two.

The nonparametric bootstrap, with people as what is drawn (Bolle, Ratha and Pankanti 2004 call it the subset bootstrap):
pairs share people and so are not independent, and drawing pairs would give intervals far too narrow.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DRAWINGS = 400
_LOW, _HIGH = 0.025, 0.975


class Interval(NamedTuple):
    """A measured value and the 95 % interval around it."""

    value: float
    low: float
    high: float


def drawn_people(people: int, *, seed: int, drawings: int = DRAWINGS) -> Iterator[NDArray[np.float64]]:
    """Yield how often each person is drawn, (people,), when as many are drawn as there are, with replacement."""
    rng = np.random.default_rng(seed)
    for _ in range(drawings):
        yield np.bincount(rng.integers(people, size=people), minlength=people).astype(np.float64)


def interval_of(value: float, drawn: Sequence[float]) -> Interval:
    """Return the interval that holds the middle 95 % of what was drawn, and the value."""
    if not len(drawn):
        return Interval(value, value, value)
    low, high = np.quantile(np.asarray(drawn, dtype=np.float64), [_LOW, _HIGH])
    return Interval(value, min(float(low), value), max(float(high), value))


def no_surer_than(people: int, interval: Interval) -> Interval:
    """Return the interval of a share, no narrower than so many people can prove.

    Where not one of them erred, a share of 1 - 0.025^(1/people) of all people still could, in one of 40 trials (the
    rule of three, at 97.5 %), and the same at the other end. The bootstrap calls impossible what it has not seen.
    """
    provable = 0.025 ** (1.0 / max(people, 1))
    return interval._replace(low=min(interval.low, provable), high=max(interval.high, 1.0 - provable))


def share_of(hits: NDArray[np.bool_], person_of: NDArray[np.int32], *, seed: int = 0) -> Interval | None:
    """Return the share of trials that are hits, with its interval over the people who made them; None for no trials."""
    if not len(hits):
        return None
    _, number_of = np.unique(person_of, return_inverse=True)
    trials = np.bincount(number_of).astype(np.float64)
    of_person = np.bincount(number_of, weights=hits)
    drawn = [float(times @ of_person / (times @ trials)) for times in drawn_people(len(trials), seed=seed)]
    return no_surer_than(len(trials), interval_of(float(np.mean(hits)), drawn))
