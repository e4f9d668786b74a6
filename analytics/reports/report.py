"""The report of one store over a range of business days."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analytics.business_time import Bucket, Days, hours_of, monday_of, week_of, weeks_of, window_of
from analytics.cameras import CameraState, camera_states
from analytics.completeness import Watch, Watched, watch_of
from analytics.reports.cohorts import Cohort, cohorts_of
from analytics.reports.comparison import Comparison
from analytics.reports.conversion import Conversion, conversion_of
from analytics.reports.heat_map import CountedHour, HeatCell, heat_map_of
from analytics.reports.metrics import Figures, figures_of
from analytics.reports.report_range import BUCKETS_OF, By, range_of, require_known, too_long_by_hour
from analytics.settings import StoreSettings
from analytics.visit_source import VisitSource
from analytics.visits import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The figures of one stretch. ``begun`` is False while it lies in the future."""

    bucket: Bucket
    figures: Figures
    begun: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known of a store from business day ``from_day`` to ``to_day``, both included.

    ``known_since`` is the first business day of which anything is kept: who came before it counts as new. ``visits``
    are those that are counted, without staff and static. ``heat_map`` is of the hours that are over, empty where the
    range has too many; ``cameras`` say what was seen in the stretches of coverage that began in the range. ``weeks``
    are those that lie wholly in the range and are over, by their Mondays; ``cohorts`` are of them. ``is_over`` is False
    while the last day goes on. ``as_of`` is the moment whose knowledge this is, None for now. ``comparison`` is with
    another range, where one was asked for.
    """

    settings: StoreSettings
    from_day: date
    to_day: date
    by: By
    known_since: date
    figures: Figures
    rows: tuple[Row, ...]
    visits: tuple[Visit, ...]
    heat_map: tuple[HeatCell, ...]
    cameras: tuple[CameraState, ...]
    weeks: Mapping[date, Watched]
    cohorts: tuple[Cohort, ...]
    conversion: Conversion
    is_over: bool
    as_of: datetime | None = None
    comparison: Comparison | None = None

    @property
    def clock(self) -> str:
        """By whose clock the hours and days are."""
        return self.settings.zone

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
    known_since, from_day, to_day = range_of(source, [settings], from_day, to_day, by, now=now)
    began_at, ended_at = window_of(from_day, to_day, settings)
    visits = source.visits(settings.store_id, began_at, ended_at)
    first_visits = source.first_visits([settings.store_id], {visit.face_id for visit in visits})
    staff, static = source.staff(), source.static()
    span = source.span(settings.store_id)
    latest = max(now, span[1]) if span else now
    coverage = source.coverage(settings.store_id, began_at, ended_at)
    watch = watch_of(coverage, settings, from_day, to_day, until=latest)
    days = Days(from_day, to_day, settings)

    def figures(begun: Sequence[Visit], began_at: datetime, ended_at: datetime) -> Figures:
        return figures_of(
            begun,
            first_visits=first_visits,
            day_began_at=lambda visit: days.began_at(visit.began_at),
            watched=watch.within(began_at, ended_at),
            staff=staff,
            static=static,
        )

    buckets = BUCKETS_OF[by](from_day, to_day, settings)
    weeks = {
        week.day: watch.within(week.began_at, week.ended_at)
        for week in weeks_of(from_day, to_day, settings)
        if week.label == week_of(week.day) and week.ended_at <= latest
    }
    counted = tuple(visit for visit in visits if visit.face_id not in staff | static)
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
                figures=figures(begun_in, bucket.began_at, bucket.ended_at),
                begun=bucket.began_at <= latest,
            )
            for bucket, begun_in in zip(buckets, sorted_into(buckets, visits), strict=True)
        ),
        visits=counted,
        heat_map=heat_map_of(_counted_hours(from_day, to_day, settings, counted, watch, until=latest)),
        cameras=tuple(camera_states(stretch for stretch in coverage if stretch.began_at >= began_at)),
        weeks=weeks,
        cohorts=cohorts_of(
            counted,
            first_visits=first_visits,
            monday=lambda visit: monday_of(days.day_of(visit.began_at)),
            weeks=weeks,
        ),
        conversion=conversion_of(source.transactions(settings.store_id, began_at, ended_at), len(counted)),
        is_over=ended_at <= latest,
        as_of=as_of,
    )


def sorted_into(buckets: Sequence[Bucket], visits: Sequence[Visit]) -> list[list[Visit]]:
    """Return for each bucket the visits that began in it; both are given oldest first, and no visit lies outside."""
    within: dict[int, list[Visit]] = defaultdict(list)
    index = 0
    for visit in visits:
        while visit.began_at >= buckets[index].ended_at:
            index += 1
        within[index].append(visit)
    return [within[index] for index in range(len(buckets))]


def _counted_hours(
    from_day: date, to_day: date, settings: StoreSettings, counted: Sequence[Visit], watch: Watch, *, until: datetime
) -> list[CountedHour]:
    """Return the hours of a range that are over, with their visits; none where there are too many of them."""
    if too_long_by_hour(from_day, to_day):
        return []
    hours = hours_of(from_day, to_day, settings)
    return [
        CountedHour(
            weekday=hour.day.weekday(),
            hour=hour.began_at.astimezone(settings.tz).hour,
            length_h=(hour.ended_at - hour.began_at) / timedelta(hours=1),
            pv=len(begun),
            completeness=watch.within(hour.began_at, hour.ended_at).completeness,
        )
        for hour, begun in zip(hours, sorted_into(hours, counted), strict=True)
        if hour.ended_at <= until
    ]
