"""The motion gate: faces are sought only where something moves, because detection is the dearest step."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ingest.thumbnail import Thumbnail


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSettings:
    """How much must move.

    A cell moves when its brightness differs from the background by ``changed_levels`` of 255 after the picture's own
    median change is taken off. The gate opens when ``open_share`` of the cells move, and closes when for ``hold_s``
    no more than ``close_share`` did. The background takes in what stays for about ``adapt_s``. While the gate is shut,
    a picture is looked at again after ``look_every_s`` if any cell of it differs by ``stirred_levels`` from when it was
    last looked at: what has not stirred since holds no face that was not found then.
    """

    changed_levels: float = 8.0
    open_share: float = 0.002
    close_share: float = 0.001
    hold_s: float = 2.0
    adapt_s: float = 20.0
    look_every_s: float = 2.0
    stirred_levels: float = 4.0


class MotionGate:
    """Says for each frame whether to look for faces.

    It says yes while something moves or a track lives, at the first frame, and otherwise now and then if anything at
    all has stirred, so that someone who hardly moves is found too. ``moving`` tells the cells that move in the last
    frame, all of them in the first.
    """

    def __init__(self, settings: MotionSettings | None = None) -> None:
        self._settings = settings or MotionSettings()
        self._background: Thumbnail | None = None
        self._open = False
        self._last_at: datetime | None = None
        self._moved_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._looked_on: Thumbnail | None = None
        self.moving: NDArray[np.bool_] = np.ones((1, 1), dtype=np.bool_)

    def look(self, seen: Thumbnail, at: datetime, *, tracking: bool) -> bool:
        """Whether to look for faces in this frame; ``tracking`` tells that a track is alive. ``at`` never falls."""
        self.moving = self._moving_cells(seen, at)
        share = float(self.moving.mean())
        settings = self._settings
        if share >= (settings.close_share if self._open else settings.open_share):
            self._open, self._moved_at = True, at
        elif self._moved_at is None or _seconds(self._moved_at, at) > settings.hold_s:
            self._open = False
        look = self._open or tracking or self._is_overdue(seen, at)
        if look:
            self._looked_at, self._looked_on = at, seen
        return look

    def _is_overdue(self, seen: Thumbnail, at: datetime) -> bool:
        if self._looked_at is None or self._looked_on is None or self._looked_on.shape != seen.shape:
            return True
        waited = _seconds(self._looked_at, at) >= self._settings.look_every_s
        return waited and bool((_change(self._looked_on, seen) >= self._settings.stirred_levels).any())

    def _moving_cells(self, seen: Thumbnail, at: datetime) -> NDArray[np.bool_]:
        background, last_at = self._background, self._last_at
        self._last_at = at
        if background is None or last_at is None or background.shape != seen.shape:
            self._background = seen.copy()
            return np.ones(seen.shape, dtype=np.bool_)
        moving = _change(background, seen) >= self._settings.changed_levels
        adapted = 1.0 - math.exp(-_seconds(last_at, at) / self._settings.adapt_s)
        background += np.float32(adapted) * (seen - background)
        return moving


def _change(before: Thumbnail, after: Thumbnail) -> Thumbnail:
    """Return how much each cell changed, the change of the whole picture taken off."""
    change = after - before
    return cast("Thumbnail", np.abs(change - np.median(change)))


def _seconds(earlier: datetime, later: datetime) -> float:
    return (later - earlier).total_seconds()
