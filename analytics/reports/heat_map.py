"""How busy each hour of the week is, over the hours that the cameras really watched. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.business_time import hours_of
from analytics.completeness import MARKED_BELOW
from analytics.settings import StoreSettings
from analytics.visit_columns import Integers, us_of

Floats: TypeAlias = NDArray[np.float64]

_HOURS = 24
_CELLS = 7 * _HOURS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClockHours:
    """Hours as columns: when each began and ended, of which business day's weekday (Monday is 0), which local hour.

    ``length_h`` is 1 but for what a day start at half past cuts off.
    """

    began_us: Integers
    ended_us: Integers
    weekday: Integers
    hour: Integers
    length_h: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountedHours:
    """Hours that are over, and their visits. ``completeness`` is NaN where nothing was expected to be watched."""

    weekday: Integers
    hour: Integers
    length_h: Floats
    pv: Integers
    completeness: Floats


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


def clock_hours(from_day: date, to_day: date, settings: StoreSettings) -> ClockHours:
    """Return the hours of a range by a store's clock."""
    return _clock_hours(from_day, to_day, settings.zone, settings.day_start)


@lru_cache(maxsize=32)
def _clock_hours(from_day: date, to_day: date, zone: str, day_start: time) -> ClockHours:
    """Return the same for all stores by one clock."""
    settings = StoreSettings(store_id="", zone=zone, day_start=day_start)
    hours = hours_of(from_day, to_day, settings)
    return ClockHours(
        began_us=np.array([us_of(hour.began_at) for hour in hours], dtype=np.int64),
        ended_us=np.array([us_of(hour.ended_at) for hour in hours], dtype=np.int64),
        weekday=np.array([hour.day.weekday() for hour in hours], dtype=np.int64),
        hour=np.array([hour.began_at.astimezone(settings.tz).hour for hour in hours], dtype=np.int64),
        length_h=np.array([(hour.ended_at - hour.began_at) / timedelta(hours=1) for hour in hours], dtype=np.float64),
    )


def heat_map_of(hours: CountedHours) -> tuple[HeatCell, ...]:
    """Return a cell for each hour of the week in which anything was expected to be watched, Monday first."""
    expected = ~np.isnan(hours.completeness)
    marked = hours.completeness < MARKED_BELOW
    cell = hours.weekday * _HOURS + hours.hour
    # Counts are summed as floats, which are exact up to nine million billions; of nothing NumPy makes whole numbers.
    pv, watched_h, left_out_h = (
        np.bincount(cell[chosen], weights=weights[chosen], minlength=_CELLS).astype(np.float64).tolist()
        for chosen, weights in (
            (expected & ~marked, hours.pv),
            (expected & ~marked, hours.length_h),
            (expected & marked, hours.length_h),
        )
    )
    return tuple(
        HeatCell(
            weekday=one // _HOURS,
            hour=one % _HOURS,
            pv=int(pv[one]),
            watched_h=watched_h[one],
            left_out_h=left_out_h[one],
        )
        for one in np.unique(cell[expected]).tolist()
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
