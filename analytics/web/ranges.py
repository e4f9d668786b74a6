"""Which days a page shows, and what leads to others. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from analytics.business_time import Interval, business_day
from analytics.presentation.language import _
from analytics.reports.report_range import require_years
from analytics.settings import StoreSettings

_DAY = timedelta(days=1)
_WEEK_DAYS = 7
_MONTH_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Since and until which business day anything is known, and which day is today."""

    since: date
    until: date
    today: date

    @property
    def last_whole(self) -> date:
        """The last day that is over, or today where nothing is known of an earlier one."""
        return min(self.until, max(self.since, self.today - _DAY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A range by its name; ``here`` if it is the one that is shown."""

    name: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """The days that are shown, and the addresses of others; ``after`` is empty where the future begins."""

    from_day: date
    to_day: date
    today: date
    presets: tuple[Preset, ...]
    before: str
    after: str


def known_of(spans: Iterable[tuple[Interval | None, StoreSettings]], now_in: date) -> Known:
    """Return what is known of some stores together, given the span of each; ``now_in`` is the business day of now."""
    days = [
        (business_day(span[0], settings), business_day(span[1], settings))
        for span, settings in spans
        if span is not None
    ]
    since = min((first for first, _last in days), default=now_in)
    until = max((last for _first, last in days), default=now_in)
    return Known(since=since, until=min(until, now_in), today=now_in)


def shown_range(known: Known, from_day: date | None, to_day: date | None, *, days: int) -> tuple[date, date]:
    """Return the range that is asked for; else the last ``days`` days that are over, as far as anything is known."""
    if from_day is None and to_day is None:
        last = known.last_whole
        return max(min(known.since, last), last - (days - 1) * _DAY), last
    if from_day is None or to_day is None:
        only = from_day or to_day
        assert only is not None
        require_years(only)
        return only, only
    require_years(from_day, to_day)
    return from_day, to_day


def picker(known: Known, from_day: date, to_day: date) -> Picker:
    """Return what leads from a range to others: those with a name, and those beside it."""
    yesterday = known.today - _DAY
    named = (
        (_("Today"), known.today, known.today),
        (_("Yesterday"), yesterday, yesterday),
        (_("7 days"), known.today - _WEEK_DAYS * _DAY, yesterday),
        (_("28 days"), known.today - _MONTH_DAYS * _DAY, yesterday),
    )
    length = to_day - from_day + _DAY
    beyond = to_day + length <= known.today
    return Picker(
        from_day=from_day,
        to_day=to_day,
        today=known.today,
        presets=tuple(
            Preset(name=name, href=_href(first, last), here=(first, last) == (from_day, to_day))
            for name, first, last in named
        ),
        before=_href(from_day - length, to_day - length),
        after=_href(from_day + length, to_day + length) if beyond else "",
    )


def _href(from_day: date, to_day: date) -> str:
    return "?" + urlencode({"from": from_day.isoformat(), "to": to_day.isoformat()})
