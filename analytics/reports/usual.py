"""A day beside the same weekday of the weeks before: what is usual, and whether it can be compared. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analytics.completeness import Watched, is_marked
from analytics.presentation.language import _
from analytics.presentation.wording import day_text, share_text
from analytics.reports.comparison import MOST_APART, as_long
from analytics.reports.report import Report, Row

WEEKS = 4
"""How many weeks back the same weekday says what is usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualHour:
    """The fewest, most and mean visits of an hour of the day, over the days on which the cameras watched it."""

    low: int
    high: int
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What is usual on the weekday of a day, by local hour, and by how many percent the day is above it.

    ``days`` are those it is compared with, over the hours up to ``until``, None if the day is over. ``change_percent``
    is None where it is not compared; ``doubt`` then says in a sentence why.
    """

    hours: Mapping[str, UsualHour]
    days: tuple[date, ...]
    until: str | None
    change_percent: float | None
    doubt: str


def days_before(day: date) -> list[date]:
    """Return the same weekday of the weeks before, the latest first."""
    return [day - timedelta(weeks=week) for week in range(1, WEEKS + 1)]


def usual_of(report: Report, history: Report, *, now: datetime) -> Usual:
    """Return what is usual on the day of a report, from one by hour that reaches back over the weeks before.

    Only hours that are over are compared, and only days of which the cameras saw about as much as of this one.
    """
    day, settings = report.from_day, report.settings
    earlier: dict[date, list[Row]] = defaultdict(list)
    for row in history.rows:
        earlier[row.bucket.day].append(row)
    over = {_hour_of(row, report) for row in report.rows if row.bucket.ended_at <= now}
    today = _Part.of(report.rows, over, report)
    before = {
        one: _Part.of(earlier[one], over, history) for one in days_before(day) if history.known_since <= one < day
    }
    known = {one: part for one, part in before.items() if part.completeness is not None}
    alike = {
        one: part
        for one, part in known.items()
        if today.completeness is not None
        and part.completeness is not None
        and round(abs(part.completeness - today.completeness), 9) <= MOST_APART
        and (report.hours_known or as_long(part.watched_s, today.watched_s))
    }
    mean_pv = sum(part.pv for part in alike.values()) / len(alike) if alike else 0
    last = max((row.bucket.ended_at for row in report.rows if row.bucket.ended_at <= now), default=None)
    return Usual(
        hours=_hours(earlier[one] for one in before),
        days=tuple(sorted(alike)),
        until=None if report.is_over or last is None else f"{last.astimezone(settings.tz):%H:%M}",
        change_percent=100 * (today.pv - mean_pv) / mean_pv if mean_pv else None,
        doubt="" if mean_pv else _why_not(today, known, history.known_since, day),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The visits to some hours of a day and how much of them was seen."""

    pv: int
    completeness: float | None
    watched_s: float

    @classmethod
    def of(cls, rows: Sequence[Row], hours: Collection[str], report: Report) -> "_Part":
        within = [row for row in rows if _hour_of(row, report) in hours]
        watched = Watched.together(row.figures.watched for row in within)
        return cls(
            pv=sum(row.figures.pv for row in within), completeness=watched.completeness, watched_s=watched.expected_s
        )


def _hour_of(row: Row, report: Report) -> str:
    return f"{row.bucket.began_at.astimezone(report.settings.tz):%H:%M}"


def _hours(days: Iterable[Sequence[Row]]) -> dict[str, UsualHour]:
    counts: dict[str, list[int]] = defaultdict(list)
    for rows in days:
        for row in rows:
            share = row.figures.completeness
            if share is not None and not is_marked(share):
                counts[row.bucket.label[-5:]].append(row.figures.pv)
    return {
        hour: UsualHour(low=min(of_hour), high=max(of_hour), mean=sum(of_hour) / len(of_hour))
        for hour, of_hour in counts.items()
    }


def _why_not(today: _Part, known: Mapping[date, _Part], known_since: date, day: date) -> str:
    if today.completeness is None:
        return _("Not compared: how complete this day is, is not known.")
    if not known and known_since > day - timedelta(weeks=1):
        return _("Nothing to compare with yet: records begin on {day}.", day=day_text(known_since))
    if not known:
        return _("Not compared: no camera reported on this weekday of the weeks before.")
    shares = [part.completeness for part in known.values() if part.completeness is not None]
    if all(round(abs(share - today.completeness), 9) > MOST_APART for share in shares):
        return _(
            "Not compared: the cameras saw {now} of this day and {then} of the same weekday before, so that a "
            "difference may be theirs.",
            now=share_text(today.completeness),
            then=share_text(max(shares)),
        )
    if not any(as_long(part.watched_s, today.watched_s) for part in known.values()):
        return _(
            "Not compared: on this weekday of the weeks before the cameras watched for another time than on this day."
        )
    return _("Not compared: nobody came on this weekday of the weeks before.")
