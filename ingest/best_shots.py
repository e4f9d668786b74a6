"""The best shots of a track: good, and different from each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.messages import Shot

MAX_BEST_SHOTS = 5
# Two crops this far apart in time and in pose are as different as can be.
_APART_S = 2.0
_APART_YAW = 0.3
_APART_ROLL_DEG = 25.0
# How much a crop may gain from being different: at equal quality a new view counts up to half as much again.
_DIVERSITY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What decides about a crop: its quality (0..1), when it was taken, and the pose (``faces.quality.Quality``)."""

    quality: float
    captured_at: datetime
    yaw: float = 0.0
    roll_deg: float = 0.0


def rank(views: Sequence[View], count: int = MAX_BEST_SHOTS) -> list[int]:
    """Return the indices of up to ``count`` views, the best first, then each time the one that adds most.

    What a view adds is its quality times ``1 + 0.5 x`` its difference (0..1) from the nearest view already chosen. Of
    equals the earlier one is taken, so that the same views give the same choice.
    """
    left = sorted(range(len(views)), key=lambda i: (-views[i].quality, views[i].captured_at, i))
    chosen = left[:1]
    del left[:1]
    while left and len(chosen) < count:
        best = max(left, key=lambda i: _worth(views[i], [views[j] for j in chosen]))
        chosen.append(best)
        left.remove(best)
    return chosen


def difference(one: View, other: View) -> float:
    """Return how different two views are, 0 to 1, by time and by pose."""
    apart_s = abs((one.captured_at - other.captured_at).total_seconds()) / _APART_S
    turned = max(abs(one.yaw - other.yaw) / _APART_YAW, abs(one.roll_deg - other.roll_deg) / _APART_ROLL_DEG)
    return (min(1.0, apart_s) + min(1.0, turned)) / 2.0


def _worth(view: View, chosen: Sequence[View]) -> float:
    return view.quality * (1.0 + _DIVERSITY * min(difference(view, other) for other in chosen))


class BestShots:
    """Collects the crops of one track and keeps only the best few: memory is bounded however long the track lives."""

    def __init__(self, count: int = MAX_BEST_SHOTS) -> None:
        self._count = count
        self._kept: list[tuple[View, Shot]] = []

    def offer(self, view: View, cut: Callable[[], Shot]) -> Shot | None:
        """Take a view into account; ``cut`` is called, and its crop returned, only if the view is among the best."""
        views = [kept for kept, _ in self._kept] + [view]
        chosen = rank(views, self._count)
        if len(views) - 1 not in chosen:
            return None
        shot = cut()
        candidates = [*self._kept, (view, shot)]
        self._kept = [candidates[i] for i in chosen]
        return shot

    def shots(self) -> tuple[Shot, ...]:
        """Return the crops kept, the one of highest quality first."""
        return tuple(shot for _, shot in self._kept)
