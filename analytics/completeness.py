"""How much of what the cameras of a store should have watched they did watch. Pure.

Completeness is camera-seconds seen ÷ camera-seconds expected. Where the opening hours of a store are known, every
camera that reported in the window is expected to watch through all of them, up to now. Where they are not known,
a camera is expected to watch while it says that it sees or that it should see (a gap): time about which no camera
says anything, such as the night or the hours between two recordings, is then not expected.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from analytics.business_time import Interval, opening_intervals
from analytics.settings import StoreSettings
from analytics.visit_columns import Integers, us_of
from schemas.messages import Coverage, CoverageState

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
    def of(cls, intervals: Sequence[Interval]) -> "_Stretches":
        began, ended = np.array([(0, 0), *((us_of(one), us_of(other)) for one, other in intervals)]).T
        began[0] = ended[0] = _EARLIEST_US
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
    coverage: Iterable[Coverage], settings: StoreSettings, from_day: date, to_day: date, *, until: datetime
) -> Watch:
    """Return the watch over a range of business days; nothing is expected after ``until``."""
    seen: dict[str, list[Interval]] = defaultdict(list)
    said: dict[str, list[Interval]] = defaultdict(list)
    for stretch in coverage:
        said[stretch.camera_id].append((stretch.began_at, stretch.ended_at))
        if stretch.state is CoverageState.SEEN:
            seen[stretch.camera_id].append((stretch.began_at, stretch.ended_at))
    cameras = sorted(said)
    if settings.opening_hours is None:
        expected = tuple(union(said[camera_id]) for camera_id in cameras)
    else:
        opening = union(opening_intervals(from_day, to_day, settings))
        open_until_now = [(opened, min(closed, until)) for opened, closed in opening if opened < until]
        expected = tuple(open_until_now for _ in cameras)
    return Watch(
        seen=tuple(
            _Stretches.of(common(union(seen[camera_id]), of_camera))
            for camera_id, of_camera in zip(cameras, expected, strict=True)
        ),
        expected=tuple(map(_Stretches.of, expected)),
    )


def is_marked(completeness: float | None) -> bool:
    """Return whether a number with this completeness has to be marked: watched in part, or not at all."""
    return completeness is not None and completeness < MARKED_BELOW


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return disjoint intervals that cover the same time, oldest first."""
    merged: list[Interval] = []
    for began_at, ended_at in sorted(intervals):
        if merged and began_at <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ended_at))
        elif began_at < ended_at:
            merged.append((began_at, ended_at))
    return merged


def common(some: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """Return the time that lies in both of two lists of disjoint intervals, oldest first."""
    found = []
    left = right = 0
    while left < len(some) and right < len(others):
        began_at = max(some[left][0], others[right][0])
        ended_at = min(some[left][1], others[right][1])
        if began_at < ended_at:
            found.append((began_at, ended_at))
        if some[left][1] < others[right][1]:
            left += 1
        else:
            right += 1
    return found
