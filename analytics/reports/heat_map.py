"""How busy each hour of the week is, over the hours that the cameras really watched. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from analytics.completeness import is_marked


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedHour:
    """One hour that is over: of which business day's weekday (Monday is 0), at which local hour, and its visits.

    ``length_h`` is 1 but for what a day start at half past cuts off. ``completeness`` is None where nothing was
    expected to be watched.
    """

    weekday: int
    hour: int
    length_h: float
    pv: int
    completeness: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """One hour of the week: the visits in its watched hours, how many those were, and how many are left out.

    An hour below 95 % completeness is left out, visits and all: a gap is not a zero.
    """

    weekday: int
    hour: int
    pv: int
    watched_h: float
    left_out_h: float

    @property
    def mean_pv(self) -> float | None:
        """Visits in a watched hour, on average; None where every hour is left out."""
        return self.pv / self.watched_h if self.watched_h else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakHour:
    """The local hour of the day with the most visits on average, and of how many watched hours that is."""

    hour: int
    mean_pv: float
    watched_h: float


def heat_map_of(hours: Iterable[CountedHour]) -> tuple[HeatCell, ...]:
    """Return a cell for each hour of the week in which anything was expected to be watched, Monday first."""
    return heat_maps_together(
        HeatCell(
            weekday=one.weekday,
            hour=one.hour,
            pv=0 if is_marked(one.completeness) else one.pv,
            watched_h=0.0 if is_marked(one.completeness) else one.length_h,
            left_out_h=one.length_h if is_marked(one.completeness) else 0.0,
        )
        for one in hours
        if one.completeness is not None
    )


def heat_maps_together(cells: Iterable[HeatCell]) -> tuple[HeatCell, ...]:
    """Return cells of several hours, days or stores as one map; its means are those of one hour of one store."""
    parts: dict[tuple[int, int], list[HeatCell]] = defaultdict(list)
    for cell in cells:
        parts[cell.weekday, cell.hour].append(cell)
    return tuple(
        HeatCell(
            weekday=weekday,
            hour=hour,
            pv=sum(part.pv for part in of_hour),
            watched_h=sum(part.watched_h for part in of_hour),
            left_out_h=sum(part.left_out_h for part in of_hour),
        )
        for (weekday, hour), of_hour in sorted(parts.items())
    )


def peak_hour_of(cells: Iterable[HeatCell]) -> PeakHour | None:
    """Return the busiest hour of the day, the earlier of two that are alike; None where no visit was counted."""
    pv: dict[int, int] = defaultdict(int)
    watched_h: dict[int, float] = defaultdict(float)
    for cell in cells:
        pv[cell.hour] += cell.pv
        watched_h[cell.hour] += cell.watched_h
    busy = [
        PeakHour(hour=hour, mean_pv=pv[hour] / watched_h[hour], watched_h=watched_h[hour]) for hour in pv if pv[hour]
    ]
    return min(busy, key=lambda one: (-one.mean_pv, one.hour), default=None)
