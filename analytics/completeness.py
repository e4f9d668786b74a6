"""How much of what the cameras of a store should have watched they did watch. Pure.

Completeness is camera-seconds seen ÷ camera-seconds expected. Where the opening hours of a store are known, every
camera that reported in the window is expected to watch through all of them, up to now. Where they are not known,
a camera is expected to watch while it says that it sees or that it should see (a gap): time about which no camera
says anything, such as the night or the hours between two recordings, is then not expected.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from analytics.business_time import opening_intervals
from analytics.camera_watch import CameraWatch
from analytics.intervals import Intervals
from analytics.settings import StoreSettings
from analytics.visit_columns import Integers, us_of

MARKED_BELOW = 0.95

_EARLIEST_US = np.iinfo(np.int64).min // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Camera-seconds that were seen, of those that were expected to be."""

    seen_s: float = 0.0
    expected_s: float = 0.0

    @property
    def completeness(self) -> float | None:
        """Seen ÷ expected, 0..1; None where nothing was expected."""
        return self.seen_s / self.expected_s if self.expected_s else None

    @classmethod
    def together(cls, parts: Iterable["Watched"]) -> "Watched":
        """Return several, of cameras or stretches that have nothing in common, as one."""
        every = list(parts)
        return cls(seen_s=sum(part.seen_s for part in every), expected_s=sum(part.expected_s for part in every))


@dataclass(frozen=True, slots=True, eq=False)
class _Stretches:
    """Disjoint intervals, oldest first, in microseconds, and how much of them had passed at the end of each.

    Before them stands an empty one, so that there always is one that began before any moment.
    """

    began: Integers
    ended: Integers
    passed: Integers

    @classmethod
    def of(cls, united: Intervals) -> "_Stretches":
        began, ended = (np.concatenate([[_EARLIEST_US], column]) for column in (united.began_us, united.ended_us))
        return cls(began, ended, np.cumsum(ended - began))

    def us_within(self, edges: Integers) -> Integers:
        """Return how much of them lies between each pair of edges, which are two rows."""
        place = np.searchsorted(self.began, edges, side="right") - 1
        before = self.passed[place] - np.maximum(0, self.ended[place] - edges)
        within: Integers = before[1] - before[0]
        return within


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """When each camera watched and when it was expected to."""

    seen: tuple[_Stretches, ...]
    expected: tuple[_Stretches, ...]

    def within(self, began_at: datetime, ended_at: datetime) -> Watched:
        """Return what was seen and expected within an interval."""
        return self.within_each(np.array([us_of(began_at)]), np.array([us_of(ended_at)]))[0]

    def within_each(self, began_us: Integers, ended_us: Integers) -> list[Watched]:
        """Return what was seen and expected within each of some intervals, of which the moments are given."""
        seen_us, expected_us = self.us_within(began_us, ended_us)
        return [
            Watched(seen_s=seen / 1_000_000, expected_s=expected / 1_000_000)
            for seen, expected in zip(seen_us.tolist(), expected_us.tolist(), strict=True)
        ]

    def us_within(self, began_us: Integers, ended_us: Integers) -> tuple[Integers, Integers]:
        """Return the same in microseconds, as columns."""
        edges = np.stack([began_us, ended_us])
        nothing = np.zeros(len(began_us), dtype=np.int64)
        seen_us = sum((of_camera.us_within(edges) for of_camera in self.seen), nothing)
        expected_us = sum((of_camera.us_within(edges) for of_camera in self.expected), nothing)
        return seen_us, expected_us


def watch_of(
    cameras: Iterable[CameraWatch], settings: StoreSettings, from_day: date, to_day: date, *, until: datetime
) -> Watch:
    """Return the watch over a range of business days; nothing is expected after ``until``."""
    told = list(cameras)
    if settings.opening_hours is None:
        expected = [Intervals.together(camera.seen, camera.gaps).united() for camera in told]
    else:
        opening = Intervals.of(opening_intervals(from_day, to_day, settings))
        expected = [opening.until(us_of(until)).united()] * len(told)
    seen = [camera.seen.united().common(each) for camera, each in zip(told, expected, strict=True)]
    return Watch(seen=tuple(map(_Stretches.of, seen)), expected=tuple(map(_Stretches.of, expected)))


def is_marked(completeness: float | None) -> bool:
    """Return whether a number with this completeness has to be marked: watched in part, or not at all."""
    return completeness is not None and completeness < MARKED_BELOW
