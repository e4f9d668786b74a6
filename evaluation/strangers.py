"""How near strangers come to a face.

That differs from face to face: a model tells those apart best of whom it has seen most. So it is read from the face's
own distances to some of the others at hand, and kept between what the pack's calibration measured for the people told
apart worst and best. The idea is the cohort normalisation of speaker recognition (Auckenthaler et al., Digital Signal
Processing 10, 2000).
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from faces.calibration import Calibration
from faces.ports import Embeddings

Distances = NDArray[np.float64]

_COHORT = 512
_LEAST_COHORT = 20  # of fewer faces the distances say little; people told apart worst are assumed
_UPPER = 0.8413  # a standard deviation above the mean; above, because there the face's own person plays no part
_ROWS_AT_ONCE = 4096
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strangers:
    """The distances of strangers to each of n faces, taken for normal: ``middle`` and ``deviation``, both (n,)."""

    calibration: Calibration
    middle: Distances
    deviation: Distances

    def bars(self, fmr: float) -> Distances:
        """Return for each face the distance below which strangers come at a false match rate (FMR), (n,)."""
        strictest, loosest = self.calibration.threshold_for(fmr), self.calibration.loosest_threshold_for(fmr)
        return np.clip(self.middle + _NORMAL.inv_cdf(fmr) * self.deviation, strictest, loosest)

    def fmr_at(self, row: int, distance: float) -> float:
        """Return the share of strangers that come as near to one of the faces; the reverse of ``bars``."""
        lowest, highest = self.calibration.lowest_fmr_at(distance), self.calibration.fmr_at(distance)
        off = (distance - float(self.middle[row])) / max(float(self.deviation[row]), 1e-12)
        return min(max(_NORMAL.cdf(off), lowest), highest)


def tell_of_strangers(faces: int) -> bool:
    """Return whether so many faces are enough to judge by them how near strangers come."""
    return faces >= _LEAST_COHORT


def strangers_of(embeddings: Embeddings, among: Embeddings, calibration: Calibration) -> Strangers:
    """Return how near strangers come to each of (n, dim) ``embeddings``, judged by some of (m, dim) faces ``among``.

    Where these are too few, strangers are taken to be nearer than any calibration says.
    """
    if not tell_of_strangers(len(among)):
        nowhere = np.full(len(embeddings), -np.inf)
        return Strangers(calibration=calibration, middle=nowhere, deviation=np.zeros(len(embeddings)))
    # Evenly spread, so that the same faces give the same answer.
    cohort = among[np.linspace(0, len(among) - 1, num=min(len(among), _COHORT)).round().astype(int)]
    middle, upper = np.empty(len(embeddings)), np.empty(len(embeddings))
    for start in range(0, len(embeddings), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        middle[rows], upper[rows] = np.quantile(_distances(embeddings[rows], cohort), (0.5, _UPPER), axis=1)
    return Strangers(calibration=calibration, middle=middle, deviation=upper - middle)


def _distances(rows: Embeddings, columns: Embeddings) -> Distances:
    row_squares, column_squares = (np.square(side, dtype=np.float64).sum(axis=1) for side in (rows, columns))
    squares = row_squares[:, None] + column_squares[None] - 2.0 * (rows @ columns.T)
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))
