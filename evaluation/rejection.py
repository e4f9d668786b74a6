"""Error against rejection: what FNMR becomes when the crops of lowest quality are refused."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.comparisons import Comparisons
from evaluation.error_rates import FEWEST_BEHIND, pairs_behind, threshold_of

SHARES = tuple(round(0.025 * step, 3) for step in range(21))


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectCurve:
    """FNMR at the threshold of one FMR, for each of SHARES of the faces refused, those of lowest quality first."""

    fmr: float
    fnmr: Sequence[float | None]


def reject_curve(comparisons: Comparisons, quality: NDArray[np.float32], fmr: float) -> RejectCurve | None:
    """Return the curve of all faces found (Grother and Tabassi 2007); None where the data cannot tell or nothing errs.

    ``quality`` (n,) is that of the samples of the one deal compared. The threshold is that of all, so that a point
    tells what refusing does and nothing else.
    """
    mated = comparisons.mated
    if pairs_behind(comparisons, fmr) < FEWEST_BEHIND or not len(mated):
        return None
    missed = mated.distance > threshold_of(comparisons, fmr)
    if not missed.any():
        return None
    worse = quality[mated.rows].min(axis=1)
    curve: list[float | None] = []
    for share in SHARES:
        left = worse >= np.quantile(quality, share)
        curve.append(float(missed[left].mean()) if left.any() else None)
    return RejectCurve(fmr=fmr, fnmr=curve)
