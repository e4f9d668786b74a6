"""One face beside those of a gallery: who is nearest, and what that distance means."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from evaluation.links import bars, cohort_of
from faces.calibration import Calibration
from faces.ports import Embeddings
from matcher.policy import fmr_within

# How probable it is that a stranger's nearest face in the gallery comes as near: up to here it is the same person …
_SAME = 0.005
# … and from here on, being as near as that says nothing.
_NOT_THE_SAME = 0.5


class Verdict(StrEnum):
    """What a distance means in a gallery of this size."""

    SAME = "same person"
    UNSURE = "unsure"
    NOT_THE_SAME = "not the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A face of the gallery: its ``row``, its ``distance``, and the share of strangers who come as near, at most."""

    row: int
    distance: float
    fmr: float
    verdict: Verdict


def nearest(probe: Embeddings, gallery: Embeddings, calibration: Calibration, *, top: int) -> Sequence[Match]:
    """Return the ``top`` faces of a gallery (n, dim) that are nearest to ``probe`` (dim,), nearest first.

    The verdict goes by the size of the gallery and, from twenty faces on, by how far from this probe its faces lie on
    the whole; within what the pack's calibration allows.
    """
    distances: NDArray[np.float64] = np.linalg.norm(gallery.astype(np.float64) - probe.astype(np.float64), axis=1)
    cohort = cohort_of(gallery)
    same, not_the_same = (
        float(bars(probe[None], cohort, calibration, fmr_within(budget, len(gallery)))[0])
        for budget in (_SAME, _NOT_THE_SAME)
    )
    return [
        Match(
            row=int(row),
            distance=float(distances[row]),
            fmr=calibration.fmr_at(float(distances[row])),
            verdict=_verdict(float(distances[row]), same, not_the_same),
        )
        for row in np.argsort(distances, kind="stable")[:top]
    ]


def _verdict(distance: float, same: float, not_the_same: float) -> Verdict:
    if distance <= same:
        return Verdict.SAME
    return Verdict.UNSURE if distance <= not_the_same else Verdict.NOT_THE_SAME
