"""Business days and local hours of a store, in its zone and from its day start. Pure.

All times in and out are aware and in UTC; days are business days. A day of 23 or 25 hours has 23 or 25 hours.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from analytics.settings import StoreSettings

Interval = tuple[datetime, datetime]

_DAY = timedelta(days=1)
_HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A stretch of time that a report counts by: from ``began_at`` up to, not including, ``ended_at``.

    ``day`` is the business day on which it begins.
    """

    label: str
    day: date
    began_at: datetime
    ended_at: datetime


def day_began_at(day: date, settings: StoreSettings) -> datetime:
    """Return when a business day begins.

    Where the clock is put forward over the day start, the day begins as it is put forward; where it is put back
    over it, the day begins the first time that the clock shows it.
    """
    return _day_began_at(day, settings.zone, settings.day_start)


@lru_cache(maxsize=4096)
def _day_began_at(day: date, zone: str, day_start: time) -> datetime:
    """Return the same for all stores by one clock: it is asked for with every batch that is recorded."""
    return datetime.combine(day, day_start, ZoneInfo(zone)).astimezone(UTC)


def business_day(moment: datetime, settings: StoreSettings) -> date:
    """Return the business day to which a moment belongs."""
    day = moment.astimezone(settings.tz).date()
    while moment < day_began_at(day, settings):
        day -= _DAY
    while moment >= day_began_at(day + _DAY, settings):
        day += _DAY
    return day


def window_of(from_day: date, to_day: date, settings: StoreSettings) -> Interval:
    """Return the interval of the business days ``from_day`` to ``to_day``, both included."""
    return day_began_at(from_day, settings), day_began_at(to_day + _DAY, settings)


def days_of(from_day: date, to_day: date, settings: StoreSettings) -> list[Bucket]:
    """Return the business days of a range, oldest first."""
    found = []
    for ordinal in range(from_day.toordinal(), to_day.toordinal() + 1):
        day = date.fromordinal(ordinal)
        began_at, ended_at = window_of(day, day, settings)
        found.append(Bucket(label=day.isoformat(), day=day, began_at=began_at, ended_at=ended_at))
    return found


def weeks_of(from_day: date, to_day: date, settings: StoreSettings) -> list[Bucket]:
    """Return the weeks of a range, Monday to Sunday, oldest first, as ISO 8601 numbers them.

    What the range cuts off a week is left out, and the label says how many of its days are left.
    """
    return _joined(days_of(from_day, to_day, settings), name=week_of, days_in=lambda _day: 7)


def months_of(from_day: date, to_day: date, settings: StoreSettings) -> list[Bucket]:
    """Return the calendar months of a range, oldest first; of one that the range cuts as ``weeks_of`` does."""
    return _joined(
        days_of(from_day, to_day, settings),
        name=lambda day: f"{day:%Y-%m}",
        days_in=lambda day: monthrange(day.year, day.month)[1],
    )


def week_of(day: date) -> str:
    """Return the name of the week of a day, such as 2026-W19."""
    return f"{day:%G-W%V}"


def monday_of(day: date) -> date:
    """Return the first day of the week of a day."""
    return day - timedelta(days=day.weekday())


def hours_of(from_day: date, to_day: date, settings: StoreSettings) -> list[Bucket]:
    """Return the real hours of a range, oldest first, cut where the store's clock strikes.

    The label is the local time; the date stands before it where the range has several days. An hour that the clock
    shows twice is labelled "again" the second time.
    """
    return list(_hours_by_clock(from_day, to_day, settings.zone, settings.day_start))


@lru_cache(maxsize=32)
def _hours_by_clock(from_day: date, to_day: date, zone: str, day_start: time) -> tuple[Bucket, ...]:
    """Return the hours of a range by a clock, which the stores of a chain have in common."""
    settings = StoreSettings(store_id="", zone=zone, day_start=day_start)
    several_days = from_day != to_day
    found: list[Bucket] = []
    for day in days_of(from_day, to_day, settings):
        for began_at, ended_at in _hours(day.began_at, day.ended_at, settings):
            local = began_at.astimezone(settings.tz)
            label = f"{local:%Y-%m-%d %H:%M}" if several_days else f"{local:%H:%M}"
            label = f"{label} again" if local.fold else label
            found.append(Bucket(label=label, day=day.day, began_at=began_at, ended_at=ended_at))
    return tuple(found)


def opening_intervals(from_day: date, to_day: date, settings: StoreSettings) -> list[Interval]:
    """Return the opening hours that begin on the calendar days around a range; empty where they are not known."""
    found = []
    for ordinal in range(from_day.toordinal() - 1, to_day.toordinal() + 2):
        day = date.fromordinal(ordinal)
        hours = (settings.opening_hours or {}).get(day.weekday())
        if hours is None:
            continue
        opens, closes = hours
        last_day = day if closes > opens else day + _DAY
        began_at = datetime.combine(day, opens, settings.tz).astimezone(UTC)
        ended_at = datetime.combine(last_day, closes, settings.tz).astimezone(UTC)
        if began_at < ended_at:
            found.append((began_at, ended_at))
    return found


def _joined(days: list[Bucket], *, name: Callable[[date], str], days_in: Callable[[date], int]) -> list[Bucket]:
    found = []
    for label, of_label in groupby(days, key=lambda day: name(day.day)):
        part = list(of_label)
        first, last = part[0], part[-1]
        if len(part) < days_in(first.day):
            label = f"{label}, {len(part)} day{'' if len(part) == 1 else 's'}"
        found.append(Bucket(label=label, day=first.day, began_at=first.began_at, ended_at=last.ended_at))
    return found


def _hours(began_at: datetime, ended_at: datetime, settings: StoreSettings) -> Iterator[Interval]:
    while began_at < ended_at:
        local = began_at.astimezone(settings.tz)
        past_s = local.minute * 60 + local.second
        until = min(began_at + timedelta(seconds=_HOUR_S - past_s), ended_at)
        yield began_at, until
        began_at = until
