"""The motion gate: faces are sought only where something moves, because detection is the dearest step."""

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ingest.thumbnail import Thumbnail


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSettings:
    """How much must move.

    A cell moves when its brightness differs from the background by ``changed_levels`` of 255 after the picture's own
    median change is taken off. The gate opens when ``open_share`` of the cells move, and closes when for ``hold_s``
    no more than ``close_share`` did. The background takes in what stays for about ``adapt_s``.
    """

    changed_levels: float = 8.0
    open_share: float = 0.002
    close_share: float = 0.001
    hold_s: float = 2.0
    adapt_s: float = 20.0
    look_every_s: float = 2.0


class MotionGate:
    """Says for each frame whether to look for faces.

    It says yes while something moves or a track lives, at the first frame, and otherwise once every ``look_every_s``,
    so that someone who stands still is found too.
    """

    def __init__(self, settings: MotionSettings | None = None) -> None:
        self._settings = settings or MotionSettings()
        self._background: Thumbnail | None = None
        self._open = False
        self._last_at: datetime | None = None
        self._moved_at: datetime | None = None
        self._looked_at: datetime | None = None

    def look(self, seen: Thumbnail, at: datetime, *, tracking: bool) -> bool:
        """Whether to look for faces in this frame; ``tracking`` tells that a track is alive. ``at`` never falls."""
        share = self._moving_share(seen, at)
        settings = self._settings
        if share >= (settings.close_share if self._open else settings.open_share):
            self._open, self._moved_at = True, at
        elif self._moved_at is None or _seconds(self._moved_at, at) > settings.hold_s:
            self._open = False
        overdue = self._looked_at is None or _seconds(self._looked_at, at) >= settings.look_every_s
        look = self._open or tracking or overdue
        if look:
            self._looked_at = at
        return look

    def _moving_share(self, seen: Thumbnail, at: datetime) -> float:
        background, last_at = self._background, self._last_at
        self._last_at = at
        if background is None or last_at is None or background.shape != seen.shape:
            self._background = seen.copy()
            return 1.0
        change = seen - background
        adapted = 1.0 - math.exp(-_seconds(last_at, at) / self._settings.adapt_s)
        background += np.float32(adapted) * change
        moving = np.abs(change - np.median(change)) >= self._settings.changed_levels
        return float(moving.mean())


def _seconds(earlier: datetime, later: datetime) -> float:
    return (later - earlier).total_seconds()
