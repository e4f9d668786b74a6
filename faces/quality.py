"""How much a crop is worth for recognition: one number, and what it is made of.

Each property leaves a share of the worth: ``exp(-(need / value)²)`` where more is better, ``exp(-(value / bound)²)``
where less is, so that 37 % is left where a value is just its constant. The score is the product of the shares: smooth,
lower whenever anything is worse, and taken to nothing by one fault alone. There is one constant for each property.
They were fitted to the distances of mated pictures, whole and spoilt in many ways, for half of the people of LFW with
two models, and rounded; the one for yaw to faces followed in films. ``bench.quality`` shows for the other half, and for
other people, that errors of recognition follow the score.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from faces.average_face import FACE, Grey, in_frame, likeness
from faces.landmarks import LandmarkScheme
from faces.ports import Detection, Image

_UNCERTAINTY_BOUND = 0.3
_SIZE_NEED_PX = 11.0
_SHARPNESS_NEED = 0.15
_YAW_BOUND = 0.7
_ROLL_BOUND_DEG = 90.0
_UNEXPOSED_BOUND = 0.7
_CONTRAST_NEED = 2.0
_EDGE_CLIP_BOUND = 0.6
_UNLIKENESS_BOUND = 1.3
_BLACK, _WHITE = 8, 247


class Fault(StrEnum):
    """What can be wrong with a crop."""

    LOW_SCORE = "low_score"
    EDGE_CLIP = "edge_clip"
    TOO_SMALL = "too_small"
    TURNED_AWAY = "turned_away"
    POOR_LIGHT = "poor_light"
    BLURRED = "blurred"
    UNLIKE_A_FACE = "unlike_a_face"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Utility of a crop for recognition.

    ``score`` is 0..1; good crops reach 0.6 to 0.8, and below 0.2 a face is missed about as often as recognised.
    ``certainty`` is the detector's score, 0..1. ``size_px`` is the geometric mean of the box's sides. ``sharpness`` is
    the energy of details of a sixty-fourth of the face over that of details twice as large, along whichever side has
    less of it (motion blurs one alone): about 0.4 in a sharp picture. ``yaw`` is in distances between the eyes (see
    Pose), ``roll`` in degrees. ``exposure`` is the share of the face that is neither black nor burnt out, 0..1, and
    ``contrast`` the deviation of its grey values, 0..255. ``edge_clip`` is the share of the face outside the image,
    0..1. ``likeness`` is that to the average face, -1..1 (see ``faces.average_face``); landmarks out of place and dark
    glasses lower it.
    """

    certainty: float
    size_px: float
    sharpness: float
    yaw: float
    roll: float
    exposure: float
    contrast: float
    edge_clip: float
    likeness: float

    @property
    def score(self) -> float:
        """The utility, 0..1."""
        return math.exp(-sum(self.costs().values()))

    @property
    def worst(self) -> Fault:
        """What takes most from it."""
        costs = self.costs()
        return max(costs, key=costs.__getitem__)

    def costs(self) -> dict[Fault, float]:
        """What each fault takes from the score: 0 for nothing, 1 for a factor of e."""
        return {
            Fault.LOW_SCORE: _exceeding(1.0 - self.certainty, _UNCERTAINTY_BOUND),
            Fault.EDGE_CLIP: _exceeding(self.edge_clip, _EDGE_CLIP_BOUND),
            Fault.TOO_SMALL: _lacking(self.size_px, _SIZE_NEED_PX),
            Fault.TURNED_AWAY: _exceeding(self.yaw, _YAW_BOUND) + _exceeding(self.roll, _ROLL_BOUND_DEG),
            Fault.POOR_LIGHT: _exceeding(1.0 - self.exposure, _UNEXPOSED_BOUND)
            + _lacking(self.contrast, _CONTRAST_NEED),
            Fault.BLURRED: _lacking(self.sharpness, _SHARPNESS_NEED),
            Fault.UNLIKE_A_FACE: _exceeding(1.0 - self.likeness, _UNLIKENESS_BOUND),
        }


def assess(image: Image, detection: Detection, scheme: LandmarkScheme) -> Quality:
    """Return the quality of a detection in its image, or in a crop of that with box and landmarks shifted."""
    framed, outside = in_frame(image, detection.landmarks, scheme)
    face = framed[FACE]
    pose = scheme.pose(detection.landmarks)
    return Quality(
        certainty=detection.score,
        size_px=math.sqrt(detection.box[2] * detection.box[3]),
        sharpness=min(_sharpness(framed, across=True), _sharpness(framed, across=False)),
        yaw=pose.yaw,
        roll=pose.roll_deg,
        exposure=float(np.mean((face >= _BLACK) & (face <= _WHITE))),
        contrast=float(face.std()),
        edge_clip=outside,
        likeness=likeness(framed),
    )


def _sharpness(framed: Grey, *, across: bool) -> float:
    """Return the sharpness of a face in its frame along its rows, or down its columns."""
    blurred = []
    for scale in (1.0, 2.0, 4.0):
        width = int(6 * scale) | 1
        blurred.append(cv2.GaussianBlur(framed, (width, 1) if across else (1, width), scale)[FACE])
    sharp, soft, softer = blurred
    return float(np.var(sharp - soft) / (np.var(soft - softer) + 0.01))


def _lacking(value: float, need: float) -> float:
    return _exceeding(need, max(value, 1e-6))


def _exceeding(value: float, bound: float) -> float:
    share = value / bound
    return share * share
