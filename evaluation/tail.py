"""What lies beyond the pairs there are: the distance of a false match rate too rare to be counted.

Nearer than a distance that one pair in a hundred comes to, the share of pairs still nearer falls exponentially:
FMR(d) = rate * exp((d - start) / scale), ``scale`` being the mean by which those pairs are nearer than ``start``. It
is the generalised Pareto distribution of extreme value theory with shape 0, by maximum likelihood. With a fitted shape
it foretold pairs not seen worse, and a Gaussian tail, which falls faster, promised several times fewer false matches
than came (``python -m bench.tails`` prints it; ``evaluation.calibration.foretold`` measures it on any data).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SHARE = 0.01
_FEWEST_PAIRS = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Below ``start``, which a share ``rate`` of the non-mated pairs come to, FMR falls by e for each ``scale``."""

    start: float
    rate: float
    scale: float

    def distance_at(self, fmr: float) -> float:
        """Return the distance that a share ``fmr`` of the pairs come to; for rates up to ``rate``."""
        return float(self.start + self.scale * np.log(fmr / self.rate))

    def fmr_at(self, distance: float) -> float:
        """Return the share of the pairs that come to a distance; for distances up to ``start``."""
        return float(self.rate * np.exp((distance - self.start) / self.scale))


def fit_tail(distance: NDArray[np.float32], matched: NDArray[np.float64], total: float) -> Tail:
    """Fit a tail to pairs, nearest first, of which ``matched`` (running sum of weights) of ``total`` came so near.

    Needs pairs up to a share of 1 %, or 50 pairs where that is more. ``distance`` may be any score of which the
    smallest are the rare ones.
    """
    wanted = max(_SHARE * total, min(_FEWEST_PAIRS, total / 2))
    last = min(int(np.searchsorted(matched, wanted)), len(distance) - 1)
    weight = np.diff(matched[:last], prepend=0.0)
    start = float(distance[last])
    nearer = float(weight.sum())
    scale = float(weight @ (start - distance[:last])) / nearer if nearer else 0.0
    return Tail(start=start, rate=nearer / total, scale=max(scale, float(np.finfo(np.float32).eps)))


def distances_at(
    rates: Sequence[float], distance: NDArray[np.float32], matched: NDArray[np.float64], total: float
) -> list[float]:
    """Return the distance of each rate: as counted down to where the tail starts, and from there along the tail."""
    tail = fit_tail(distance, matched, total)
    counted = np.minimum(np.searchsorted(matched, np.asarray(rates) * total), len(distance) - 1)
    return [
        tail.distance_at(rate) if rate < tail.rate else max(tail.start, float(distance[place]))
        for rate, place in zip(rates, counted, strict=True)
    ]
