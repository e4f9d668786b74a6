"""The report of one store over a range of business days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from analytics.business_time import Bucket, days_of, week_of, weeks_of, window_of
from analytics.camera_watch import FaceTracks
from analytics.completeness import Watch, Watched, watch_of
from analytics.error_rates import ErrorRates
from analytics.reports.cohorts import Cohort, cohorts_of
from analytics.reports.comparison import Comparison
from analytics.reports.conversion import Conversion, conversion_of
from analytics.reports.counting import DaysOfVisits, counted_alone, counts_in, edges_of, place_in
from analytics.reports.heat_map import CountedHours, HeatCell, clock_hours, heat_map_of
from analytics.reports.metrics import Figures, figures_by, figures_of
from analytics.reports.report_range import BUCKETS_OF, By, range_of, require_known, too_long_by_hour
from analytics.reports.uv_estimate import UvEstimate, estimate_uv
from analytics.settings import StoreSettings
from analytics.visit_columns import VisitColumns, is_among, us_of
from analytics.visit_source import VisitSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The figures of one stretch. ``begun`` is False while it lies in the future."""

    bucket: Bucket
    figures: Figures
    begun: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known of a store from business day ``from_day`` to ``to_day``, both included.

    ``known_since`` is the first business day of which anything is kept: who came before it counts as new. ``rates``
    are those at which the matcher errs in the store, None where they are not known. ``visits``
    are those that are counted, without staff and static. ``heat_map`` is of the hours that are over, empty where the
    range has too many; ``cameras`` say what each had of faces in the stretches of coverage that began in the range.
    ``weeks`` are those that lie wholly in the range and are over, by their Mondays; ``cohorts`` are of them.
    ``is_over`` is False while the last day goes on. ``as_of`` is the moment whose knowledge this is, None for now.
    ``comparison`` is with another range, where one was asked for.
    """

    settings: StoreSettings
    from_day: date
    to_day: date
    by: By
    known_since: date
    figures: Figures
    rates: ErrorRates | None
    rows: tuple[Row, ...]
    visits: VisitColumns
    heat_map: tuple[HeatCell, ...]
    cameras: tuple[FaceTracks, ...]
    weeks: Mapping[date, Watched]
    cohorts: tuple[Cohort, ...]
    conversion: Conversion
    is_over: bool
    as_of: datetime | None = None
    comparison: Comparison | None = None

    @property
    def uv_estimate(self) -> UvEstimate:
        """How many people the UV of the range probably stands for."""
        return estimate_uv(self.figures, self.rates)

    @property
    def clock(self) -> str:
        """By whose clock the hours and days are."""
        return self.settings.zone

    @property
    def hours_known(self) -> bool:
        """Whether it is known when the store is open."""
        return self.settings.opening_hours is not None

    @property
    def reporting(self) -> frozenset[str]:
        """The store, if it is known how complete the range is."""
        return frozenset() if self.figures.completeness is None else frozenset({self.settings.store_id})


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
    require_known([settings.store_id], source)
    span = source.span(settings.store_id)
    known_since, from_day, to_day = range_of([(span, settings)], from_day, to_day, by, now=now)
    began_at, ended_at = window_of(from_day, to_day, settings)
    every = source.columns(settings.store_id, began_at, ended_at)
    faces, people = np.unique(every.faces, return_inverse=True)
    static = is_among(faces, source.static())[people]
    staff = is_among(faces, source.staff())[people] & ~static
    visits = every.where(~(static | staff))
    latest = max(now, span[1]) if span else now
    watched_by = source.watched(settings.store_id, began_at, ended_at)
    watch = watch_of(watched_by, settings, from_day, to_day, until=latest)
    days = DaysOfVisits.of(visits, days_of(from_day, to_day, settings))
    counted = counted_alone(visits, people[~(static | staff)], days)

    def left_out(buckets: Sequence[Bucket], figures: Sequence[Figures]) -> list[Figures]:
        """Return figures with how many visits to each stretch were left out."""
        of_staff, of_static = (counts_in(buckets, every.where(chosen)) for chosen in (staff, static))
        return [
            replace(one, staff_left_out=people, static_left_out=things)
            for one, people, things in zip(figures, of_staff, of_static, strict=True)
        ]

    whole = Bucket(label="", day=from_day, began_at=began_at, ended_at=ended_at)
    figures = figures_of(counted, watch.within(began_at, ended_at))
    buckets = BUCKETS_OF[by](from_day, to_day, settings)
    watched = watch.within_each(*edges_of(buckets))
    of_buckets = figures_by(counted, place_in(buckets, visits), watched)
    weeks = {
        week.day: watch.within(week.began_at, week.ended_at)
        for week in weeks_of(from_day, to_day, settings)
        if week.label == week_of(week.day) and week.ended_at <= latest
    }
    return Report(
        settings=settings,
        from_day=from_day,
        to_day=to_day,
        by=by,
        known_since=known_since,
        figures=left_out([whole], [figures])[0],
        rates=source.error_rates(settings.store_id),
        rows=tuple(
            Row(bucket=bucket, figures=of_bucket, begun=bucket.began_at <= latest)
            for bucket, of_bucket in zip(buckets, left_out(buckets, of_buckets), strict=True)
        ),
        visits=visits,
        heat_map=_heat_map(from_day, to_day, settings, visits, watch, until=latest),
        cameras=tuple(camera.tracks for camera in watched_by if camera.tracks is not None),
        weeks=weeks,
        cohorts=cohorts_of(counted, days.mondays, weeks),
        conversion=conversion_of(source.transactions(settings.store_id, began_at, ended_at), len(visits)),
        is_over=ended_at <= latest,
        as_of=as_of,
    )


def _heat_map(
    from_day: date, to_day: date, settings: StoreSettings, visits: VisitColumns, watch: Watch, *, until: datetime
) -> tuple[HeatCell, ...]:
    """Return how busy the hours of a range that are over were; nothing where there are too many of them."""
    if too_long_by_hour(from_day, to_day):
        return ()
    hours = clock_hours(from_day, to_day, settings)
    place = np.searchsorted(hours.began_us, visits.began_us, side="right") - 1
    seen_us, expected_us = watch.us_within(hours.began_us, hours.ended_us)
    with np.errstate(invalid="ignore"):
        completeness = (seen_us / 1_000_000) / (expected_us / 1_000_000)
    over = hours.ended_us <= us_of(until)
    return heat_map_of(
        CountedHours(
            weekday=hours.weekday[over],
            hour=hours.hour[over],
            length_h=hours.length_h[over],
            pv=np.bincount(place, minlength=len(over))[over],
            completeness=completeness[over],
        )
    )
