"""How far a face has moved since its track began: whoever comes in moves, a picture on a wall does not."""

import math
from itertools import product
from typing import TypeAlias

import numpy as np

from faces.ports import Detection

_Place: TypeAlias = tuple[float, float, float, float]


class Movement:
    """Measures, in widths of the face, how far a track has come from where it began.

    A face moves across the picture, or towards the camera and so grows: the larger of the two counts, the distance of
    the middle of its landmarks, or the natural logarithm of how much farther apart these are. What one frame alone
    shows counts for nothing, at the beginning as later: a detection may slip, as where somebody walks past a poster.
    """

    def __init__(self) -> None:
        self.widths = 0.0
        self._first: list[_Place] = []
        self._last: list[_Place] = []

    def saw(self, detection: Detection) -> None:
        """Take in the next detection of the track."""
        place = _place_of(detection)
        self._last = [*self._last[-1:], place]
        if len(self._first) == 2:
            pairs = product(self._first, self._last)
            self.widths = max(self.widths, min(_apart(a, b) for a, b in pairs if a is not b))
        else:
            self._first.append(place)


def _place_of(detection: Detection) -> _Place:
    points = detection.landmarks.astype(np.float64)
    middle = points.mean(axis=0)
    reach = math.sqrt(float(np.square(points - middle).sum()))
    return float(middle[0]), float(middle[1]), max(reach, 1e-6), detection.box[2]


def _apart(one: _Place, other: _Place) -> float:
    return max(math.dist(one[:2], other[:2]) / one[3], abs(math.log(other[2] / one[2])))
