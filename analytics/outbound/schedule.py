"""Which report is sent by itself when, and of which period. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from analytics.business_time import business_day, day_began_at, monday_of
from analytics.reports.file_format import FileFormat
from analytics.settings import StoreSettings

_DAY = timedelta(days=1)


class Every(StrEnum):
    """How often a report is sent."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A report that is sent to a ``target``: a webhook's id, or mailto: and a mailbox.

    It is of ``stores``, or of all that there are where it names none, and sent at a time of day by the first one's
    clock. ``name`` tells it from others: one that is given another name is sent again.
    """

    name: str
    every: Every
    stores: tuple[str, ...]
    form: FileFormat
    at: time
    target: str


def last_period(one: Scheduled, stores: Sequence[StoreSettings], now: datetime) -> tuple[date, date] | None:
    """Return the first and last business day of the last period that is due; None while it is not yet.

    A period is due at the time of day on which it is sent, of the day after it, once that day is over in every store.
    """
    last = _last_day(one, stores, now)
    first = last if one.every is Every.DAY else monday_of(last)
    return (first, last) if now >= _due_at(one, stores, last) else None


def next_due(one: Scheduled, stores: Sequence[StoreSettings], now: datetime) -> datetime:
    """Return when the next period is due that is not yet."""
    last = _last_day(one, stores, now)
    while (due_at := _due_at(one, stores, last)) <= now:
        last += _DAY if one.every is Every.DAY else 7 * _DAY
    return due_at


def _last_day(one: Scheduled, stores: Sequence[StoreSettings], now: datetime) -> date:
    """Return the last day of the last period that is over by the first store's clock."""
    today = business_day(now, stores[0])
    return today - _DAY if one.every is Every.DAY else monday_of(today) - _DAY


def _due_at(one: Scheduled, stores: Sequence[StoreSettings], last: date) -> datetime:
    due_at = datetime.combine(last + _DAY, one.at, stores[0].tz).astimezone(UTC)
    return max(due_at, *(day_began_at(last + _DAY, store) for store in stores))
