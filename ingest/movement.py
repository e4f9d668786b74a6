"""How far a face has moved since its track began: whoever comes in moves, a picture on a wall does not."""

from collections import deque
from statistics import median

import numpy as np
from numpy.typing import NDArray

from faces.ports import Detection
from schemas.messages import COMES_IN

# How many of the last frames tell by how much the places of a track scatter, and from how many on they do.
_SCATTER_OF = 15
_SCATTER_KNOWN = 6
# What only scatters comes as far as this many times its median in one track in thousands.
_SCATTERS_BY = 4.0


class Movement:
    """Measures, in widths of the face, how far a track has come from where it began.

    A face moves across the picture, or towards the camera and so grows, to either side: its way is that of the middle
    of its landmarks and, at a right angle to it, half of the natural logarithm of how much farther apart these are.
    The size of a picture that hangs there is found less exactly than its place, about twice so in this measure.

    What one frame alone shows counts for nothing, at the beginning as later: a detection may slip, as where somebody
    walks past a poster. And where the places of a track scatter around a steady way so widely that scattering alone
    might look like ``COMES_IN``, a way counts for so much less. That is known after eight frames: whoever comes in has
    mostly come by then.
    """

    def __init__(self) -> None:
        self.widths = 0.0
        self._unit_px = 1.0
        self._first: list[NDArray[np.float64]] = []
        self._last: deque[NDArray[np.float64]] = deque(maxlen=3)
        self._off: deque[float] = deque(maxlen=_SCATTER_OF)  # how far each place was from midway between its neighbours

    def saw(self, detection: Detection) -> None:
        """Take in the next detection of the track."""
        if not self._first:
            self._unit_px = max(detection.box[2], 1.0)
        place = self._place_of(detection)
        self._last.append(place)
        if len(self._first) < 2:
            self._first.append(place)
            return
        before, middle, _ = self._last
        self._off.append(_apart(middle, (before + place) / 2.0))
        came = min(_apart(a, b) for a in self._first for b in (middle, place) if a is not b)
        self.widths = max(self.widths, came * self._trust())

    def _trust(self) -> float:
        if len(self._off) < _SCATTER_KNOWN:
            return 1.0
        return min(1.0, COMES_IN / max(_SCATTERS_BY * median(self._off), 1e-9))

    def _place_of(self, detection: Detection) -> NDArray[np.float64]:
        points = detection.landmarks.astype(np.float64)
        middle = points.mean(axis=0)
        reach_px = max(float(np.sqrt(np.square(points - middle).sum())), 1e-6)
        return np.array([*(middle / self._unit_px), np.log(reach_px) / 2.0])


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(one - other))
