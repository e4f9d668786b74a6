"""The report of one store over a range of business days, and its JSON form."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from analytics.business_time import Bucket, business_day, days_of, hours_of, window_of
from analytics.completeness import watch_of
from analytics.metrics import Figures, figures_of
from analytics.settings import StoreSettings
from analytics.visit_source import VisitSource
from analytics.visits import Visit
from schemas.errors import InputError

_YEARS = (1970, 2200)
_MOST_DAYS_BY_HOUR = 800


class By(StrEnum):
    """The stretches by which a report counts."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The figures of one hour or one day. ``begun`` is False while it lies in the future."""

    bucket: Bucket
    figures: Figures
    begun: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known of a store from business day ``from_day`` to ``to_day``, both included.

    ``known_since`` is the first business day of which anything is kept: who came before it counts as new. ``visits``
    are those that are counted, without staff and static. ``as_of`` is the moment whose knowledge this is, None for now.
    """

    settings: StoreSettings
    from_day: date
    to_day: date
    by: By
    known_since: date
    figures: Figures
    rows: tuple[Row, ...]
    visits: tuple[Visit, ...]
    as_of: datetime | None = None


def build_report(
    source: VisitSource,
    settings: StoreSettings,
    from_day: date | None = None,
    to_day: date | None = None,
    *,
    by: By = By.HOUR,
    now: datetime,
    as_of: datetime | None = None,
) -> Report:
    """Count a store's visits over a range; a side left open reaches as far as anything is known.

    ``now`` only says which hours lie in the future, ``as_of`` at which moment ``source`` knew what it tells. Raises
    InputError for a store of which nothing is known, naming those that are, and for a range that cannot be meant.
    """
    known_stores = source.stores()
    if settings.store_id not in known_stores:
        known = ", ".join(known_stores) or "none yet"
        raise InputError(f"store {settings.store_id}: nothing was recorded there; stores with records: {known}.")
    first, last = source.span(settings.store_id) or (now, now)
    known_since, known_until = business_day(first, settings), business_day(last, settings)
    from_day = min(known_since, to_day or known_since) if from_day is None else from_day
    to_day = max(known_until, from_day) if to_day is None else to_day
    _check_range(from_day, to_day, by)
    began_at, ended_at = window_of(from_day, to_day, settings)
    visits = source.visits(settings.store_id, began_at, ended_at)
    first_visits = source.first_visits(settings.store_id, {visit.face_id for visit in visits})
    staff, static = source.staff(), source.static()
    latest = max(now, last)
    coverage = source.coverage(settings.store_id, began_at, ended_at)
    watch = watch_of(coverage, settings, from_day, to_day, until=latest)

    day_starts = [day.began_at for day in days_of(from_day, to_day, settings)]

    def day_began_at(moment: datetime) -> datetime:
        return day_starts[bisect_right(day_starts, moment) - 1]

    def figures(counted: list[Visit], began_at: datetime, ended_at: datetime) -> Figures:
        completeness = watch.completeness(began_at, ended_at)
        return figures_of(
            counted,
            first_visits=first_visits,
            day_began_at=day_began_at,
            completeness=completeness,
            staff=staff,
            static=static,
        )

    buckets = (hours_of if by is By.HOUR else days_of)(from_day, to_day, settings)
    within = _sorted_into(buckets, visits)
    return Report(
        settings=settings,
        from_day=from_day,
        to_day=to_day,
        by=by,
        known_since=known_since,
        figures=figures(visits, began_at, ended_at),
        rows=tuple(
            Row(
                bucket=bucket,
                figures=figures(within[index], bucket.began_at, bucket.ended_at),
                begun=bucket.began_at <= latest,
            )
            for index, bucket in enumerate(buckets)
        ),
        visits=tuple(visit for visit in visits if visit.face_id not in staff | static),
        as_of=as_of,
    )


def report_json(report: Report) -> dict[str, Any]:
    """Return the report as programs read it: days as ISO dates, moments as ISO times in the store's zone."""
    tz = report.settings.tz
    return {
        "store": report.settings.store_id,
        "from": report.from_day.isoformat(),
        "to": report.to_day.isoformat(),
        "zone": report.settings.zone,
        "day_start": report.settings.day_start.isoformat("minutes"),
        "known_since": report.known_since.isoformat(),
        "as_of": None if report.as_of is None else report.as_of.astimezone(tz).isoformat(),
        **figures_json(report.figures),
        "by": [
            {
                "began_at": row.bucket.began_at.astimezone(tz).isoformat(),
                "ended_at": row.bucket.ended_at.astimezone(tz).isoformat(),
                **figures_json(row.figures),
            }
            for row in report.rows
        ],
        "visits": [
            {
                "visit_id": str(visit.visit_id),
                "face_id": str(visit.face_id),
                "began_at": visit.began_at.astimezone(tz).isoformat(),
                "ended_at": visit.ended_at.astimezone(tz).isoformat(),
                "sightings": visit.sightings,
            }
            for visit in report.visits
        ],
    }


def figures_json(figures: Figures) -> dict[str, Any]:
    """Return the figures of one stretch under the names that programs know."""
    return {
        "pv": figures.pv,
        "uv": figures.uv,
        "sightings": figures.sightings,
        "new": figures.new_visitors,
        "returning": figures.returning_visitors,
        "seen_once": figures.seen_once,
        "bounces": figures.bounces,
        "median_dwell_s": figures.median_dwell_s,
        "staff_left_out": figures.staff_left_out,
        "static_left_out": figures.static_left_out,
        "completeness": None if figures.completeness is None else round(figures.completeness, 4),
    }


def _check_range(from_day: date, to_day: date, by: By) -> None:
    if to_day < from_day:
        raise InputError(f"the range ends on {to_day}, before it begins on {from_day}; swap --from and --to.")
    for day in (from_day, to_day):
        if not _YEARS[0] <= day.year <= _YEARS[1]:
            raise InputError(f"{day} lies outside the years {_YEARS[0]} to {_YEARS[1]}.")
    if by is By.HOUR and to_day - from_day > timedelta(days=_MOST_DAYS_BY_HOUR):
        raise InputError(f"{from_day} to {to_day} is too long to be counted by hour; count by day or ask for less.")


def _sorted_into(buckets: list[Bucket], visits: list[Visit]) -> dict[int, list[Visit]]:
    """Return the visits that began in each bucket, by its index; both are given oldest first."""
    within: dict[int, list[Visit]] = defaultdict(list)
    index = 0
    for visit in visits:
        while visit.began_at >= buckets[index].ended_at:
            index += 1
        within[index].append(visit)
    return within
