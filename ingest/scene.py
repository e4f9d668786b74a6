"""Notices when the whole picture changes at once: a cut in a recording, a camera that was turned."""

import numpy as np

from ingest.thumbnail import Thumbnail

_CHANGED_LEVELS = 20.0
_CHANGED_SHARE = 0.5
_LIKENESS = 0.6


class SceneWatch:
    """Compares each frame with the one before.

    A cut is a change of brightness by more than 20 of 255 levels, over the picture's median change, in half of all
    cells, after which the pattern is another one (correlation below 0.6; a lamp switched on keeps the pattern).
    """

    def __init__(self) -> None:
        self._last: Thumbnail | None = None

    def cut(self, seen: Thumbnail) -> bool:
        """Whether the scene of this frame is another than that of the frame before."""
        last, self._last = self._last, seen
        if last is None:
            return False
        if last.shape != seen.shape:
            return True
        change = seen - last
        changed = np.abs(change - np.median(change)) > _CHANGED_LEVELS
        return float(changed.mean()) >= _CHANGED_SHARE and _likeness(last, seen) < _LIKENESS


def _likeness(one: Thumbnail, other: Thumbnail) -> float:
    """Pearson's correlation of two pictures; 0 where one of them is flat."""
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / scale if scale > 0.0 else 0.0
