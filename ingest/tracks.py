"""What goes into the tracker and what comes out of it: plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Box: TypeAlias = tuple[float, float, float, float]
Look: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observation:
    """One detection, to the tracker: its ``box`` (x, y, width, height) in pixels, and how it looks, where known."""

    box: Box
    look: Look | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The chain of detections of one face: ``number`` is its id within its tracker, ``box`` where it was last seen."""

    number: int
    began_at: datetime
    ended_at: datetime
    detections: int
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackUpdate:
    """What one frame did: the tracks alive after it, those that ended, and the number of the track of each detection,
    in the order in which they were given."""

    live: Sequence[Track]
    ended: Sequence[Track]
    numbers: Sequence[int]


def iou(one: Box, other: Box) -> float:
    """Return the share of the union of two boxes that both cover."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0.0 or height <= 0.0:
        return 0.0
    both = width * height
    return both / (one[2] * one[3] + other[2] * other[3] - both)


def centre(box: Box) -> tuple[float, float]:
    """Return the middle of a box."""
    return box[0] + box[2] / 2.0, box[1] + box[3] / 2.0
