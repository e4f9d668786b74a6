"""How much of what the cameras of a store should have watched they did watch. Pure.

Completeness is camera-seconds seen ÷ camera-seconds expected. Where the opening hours of a store are known, every
camera that reported in the window is expected to watch through all of them, up to now. Where they are not known,
a camera is expected to watch while it says that it sees or that it should see (a gap): time about which no camera
says anything, such as the night or the hours between two recordings, is then not expected.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from analytics.business_time import Interval, opening_intervals
from analytics.settings import StoreSettings
from schemas.messages import Coverage, CoverageState

MARKED_BELOW = 0.95


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """When each camera watched and when it was expected to: disjoint intervals, oldest first, one list a camera."""

    seen: tuple[list[Interval], ...]
    expected: tuple[list[Interval], ...]

    def within(self, began_at: datetime, ended_at: datetime) -> Watched:
        """Return what was seen and expected within an interval."""
        return Watched(
            seen_s=sum(seconds_within(of_camera, began_at, ended_at) for of_camera in self.seen),
            expected_s=sum(seconds_within(of_camera, began_at, ended_at) for of_camera in self.expected),
        )


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
            common(union(seen[camera_id]), of_camera) for camera_id, of_camera in zip(cameras, expected, strict=True)
        ),
        expected=expected,
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


def seconds_within(intervals: Sequence[Interval], began_at: datetime, ended_at: datetime) -> float:
    """Return the seconds of disjoint intervals, oldest first, that lie in [``began_at``, ``ended_at``)."""
    total_s = 0.0
    # The interval in front of the first that begins later may still reach in.
    first = max(0, bisect_right(intervals, began_at, key=lambda item: item[0]) - 1)
    for place in range(first, len(intervals)):  # a slice would copy all that lie ahead
        opened, closed = intervals[place]
        if opened >= ended_at:
            break
        total_s += max(0.0, (min(closed, ended_at) - max(opened, began_at)).total_seconds())
    return total_s
