"""Over which business days a report counts, and by which stretches."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from analytics.business_time import Bucket, Interval, business_day, days_of, hours_of, months_of, weeks_of
from analytics.presentation.language import _
from analytics.settings import StoreSettings
from analytics.visit_source import VisitSource
from schemas.errors import InputError

_YEARS = (1970, 2200)
_MOST_DAYS_BY_HOUR = 800


class By(StrEnum):
    """The stretches by which a report counts."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


BUCKETS_OF: Mapping[By, Callable[[date, date, StoreSettings], list[Bucket]]] = {
    By.HOUR: hours_of,
    By.DAY: days_of,
    By.WEEK: weeks_of,
    By.MONTH: months_of,
}


def require_known(store_ids: Sequence[str], source: VisitSource) -> None:
    """Raise InputError for a store of which nothing is known, naming those that are."""
    known_stores = source.stores()
    for store_id in store_ids:
        if store_id not in known_stores:
            known = ", ".join(known_stores) or _("none yet")
            raise InputError(
                _(
                    "store {store}: nothing was recorded there; stores with records: {stores}.",
                    store=store_id,
                    stores=known,
                )
            )


def range_of(
    stores: Sequence[tuple[Interval | None, StoreSettings]],
    from_day: date | None,
    to_day: date | None,
    by: By,
    *,
    now: datetime,
) -> tuple[date, date, date]:
    """Return since which business day anything is known of stores, and the first and last day that is meant.

    With each store goes the span of what is known of it, as its source tells. Raises InputError for a range that cannot
    be meant.
    """
    spans = [(span or (now, now), settings) for span, settings in stores]
    known_since = min(business_day(first, settings) for (first, _), settings in spans)
    known_until = max(business_day(last, settings) for (_, last), settings in spans)
    from_day = min(known_since, to_day or known_since) if from_day is None else from_day
    to_day = max(known_until, from_day) if to_day is None else to_day
    _check_range(from_day, to_day, by)
    return known_since, from_day, to_day


def _check_range(from_day: date, to_day: date, by: By) -> None:
    if to_day < from_day:
        raise InputError(
            _(
                "the range ends on {to_day}, before it begins on {from_day}; swap the two.",
                from_day=from_day,
                to_day=to_day,
            )
        )
    require_years(from_day, to_day)
    if by is By.HOUR and too_long_by_hour(from_day, to_day):
        raise InputError(
            _(
                "{from_day} to {to_day} is too long to be counted by hour; count by day or ask for less.",
                from_day=from_day,
                to_day=to_day,
            )
        )


def require_years(*days: date) -> None:
    """Raise InputError for a day so far away that the days beside it cannot be reckoned."""
    for day in days:
        if not _YEARS[0] <= day.year <= _YEARS[1]:
            raise InputError(
                _("{day} lies outside the years {first} to {last}.", day=day, first=_YEARS[0], last=_YEARS[1])
            )


def too_long_by_hour(from_day: date, to_day: date) -> bool:
    """Return whether a range has too many days to be counted by hour."""
    return to_day - from_day > timedelta(days=_MOST_DAYS_BY_HOUR)
