"""One face beside those of a gallery: who is nearest, and what that distance means."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from evaluation.strangers import Distances, strangers_of
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
    """A face of the gallery: its ``row``, its ``distance``, and the share of strangers who come as near."""

    row: int
    distance: float
    fmr: float
    verdict: Verdict


def nearest(probe: Embeddings, gallery: Embeddings, calibration: Calibration, *, top: int) -> Sequence[Match]:
    """Return the ``top`` faces of a gallery (n, dim) that are nearest to ``probe`` (dim,), nearest first.

    The verdict goes by the size of the gallery and, from twenty faces on, by how far from this probe its faces lie on
    the whole; within what the pack's calibration allows.
    """
    distances: Distances = np.linalg.norm(gallery.astype(np.float64) - probe.astype(np.float64), axis=1)
    strangers = strangers_of(probe[None], gallery, calibration)
    matches = []
    for row in np.argsort(distances, kind="stable")[:top].tolist():
        distance = float(distances[row])
        fmr = strangers.fmr_at(0, distance)
        matches.append(Match(row=row, distance=distance, fmr=fmr, verdict=_verdict(fmr, len(gallery))))
    return matches


def _verdict(fmr: float, faces: int) -> Verdict:
    if fmr <= fmr_within(_SAME, faces):
        return Verdict.SAME
    return Verdict.UNSURE if fmr <= fmr_within(_NOT_THE_SAME, faces) else Verdict.NOT_THE_SAME
