"""How much a crop is worth for recognition: one number, and the parts it is made of.

Each part is a ramp from 0 (useless) to 1 (as good as it gets); the score is their product, so that one bad part is
enough. The ends of the ramps are in this module's constants.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from faces.landmarks import LandmarkScheme
from faces.ports import Detection, Image

_SIDE_PX = 64  # sharpness is measured on a face brought to this size, so that small faces do not look sharp
_SIZE_PX = (16.0, 112.0)
_SHARPNESS = (0.0, 0.06)
_YAW = (0.55, 0.08)
_ROLL_DEG = (60.0, 15.0)
_DARK, _BRIGHT = (15.0, 70.0), (250.0, 200.0)
_CONTRAST = (5.0, 30.0)
_EDGE_CLIP = (0.25, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Utility of a crop for recognition.

    ``score`` is 0..1. ``size_px`` is the geometric mean of the box's sides. ``sharpness`` is the energy of the second
    derivative over that of the grey values, both on a face of 64 pixels. ``yaw`` is in distances between the eyes (see
    Pose), ``roll`` in degrees. ``brightness`` and ``contrast`` are mean and deviation of the grey values, 0..255.
    ``edge_clip`` is the share of the face that the edge of the image cuts off, 0..1, as far as its landmarks tell.
    """

    score: float
    size_px: float
    sharpness: float
    yaw: float
    roll: float
    brightness: float
    contrast: float
    edge_clip: float


def assess(image: Image, detection: Detection, scheme: LandmarkScheme) -> Quality:
    """Return the quality of a detection in its image, or in a crop of that with box and landmarks shifted."""
    grey = _grey_face(image, detection)
    brightness, contrast = float(grey.mean()), float(grey.std())
    sharpness = _sharpness(grey)
    pose = scheme.pose(detection.landmarks)
    size_px = float(np.sqrt(detection.box[2] * detection.box[3]))
    edge_clip = _edge_clip(image, detection)
    score = (
        _ramp(size_px, *_SIZE_PX) ** 0.5
        * _ramp(sharpness, *_SHARPNESS) ** 0.5
        * _ramp(abs(pose.yaw), *_YAW)
        * _ramp(abs(pose.roll_deg), *_ROLL_DEG)
        * min(_ramp(brightness, *_DARK), _ramp(brightness, *_BRIGHT))
        * _ramp(contrast, *_CONTRAST)
        * _ramp(edge_clip, *_EDGE_CLIP)
    )
    return Quality(
        score=score,
        size_px=size_px,
        sharpness=sharpness,
        yaw=pose.yaw,
        roll=pose.roll_deg,
        brightness=brightness,
        contrast=contrast,
        edge_clip=edge_clip,
    )


def _grey_face(image: Image, detection: Detection) -> Image:
    left, top, width, height = detection.box
    rows, columns = image.shape[:2]
    x, y = min(max(int(left), 0), columns - 1), min(max(int(top), 0), rows - 1)
    face = image[y : max(y + 1, round(top + height)), x : max(x + 1, round(left + width))]
    small = cv2.resize(face, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _sharpness(grey: Image) -> float:
    second_derivative = cv2.Laplacian(grey, cv2.CV_32F)
    return float(second_derivative.var() / (grey.astype(np.float32).var() + 1.0))


def _edge_clip(image: Image, detection: Detection) -> float:
    """Return how much of a box grown to be square and centred on its face lies outside, as a share of its side."""
    left, top, width, height = detection.box
    rows, columns = image.shape[:2]
    longer, shorter = max(width, height), min(width, height)
    touches = left <= 0 or top <= 0 or left + width >= columns or top + height >= rows
    return (longer - shorter) / longer if touches else 0.0


def _ramp(value: float, worthless: float, perfect: float) -> float:
    return float(np.clip((value - worthless) / (perfect - worthless), 0.0, 1.0))
