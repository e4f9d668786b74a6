"""The report of several stores together over a range of business days, each store by its own clock and day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from analytics.asked_once import AskedOnce
from analytics.business_time import days_of
from analytics.completeness import Watched
from analytics.reports.cohorts import Cohort, cohorts_of
from analytics.reports.comparison import Comparison
from analytics.reports.conversion import Conversion, conversion_together
from analytics.reports.counting import CountedTogether, DaysOfVisits, counted_together, place_in
from analytics.reports.heat_map import HeatCell, heat_maps_together
from analytics.reports.metrics import Figures, cross_store_visitors, figures_by, figures_of
from analytics.reports.report import Report, Row, build_report
from analytics.reports.report_range import By, range_of, require_known
from analytics.reports.uv_estimate import UvEstimate, estimate_uv_together
from analytics.settings import StoreSettings
from analytics.visit_columns import Integers
from analytics.visit_source import VisitSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What is known of several stores from business day ``from_day`` to ``to_day``, both included.

    ``figures`` counts over all of them: a visitor to two stores is one visitor, new or returning by the visits to any
    of them, and one of ``cross_store``. A row is a stretch of every store's own time of the same name. ``stores`` holds
    the report of each alone, in the order in which they were asked for. The means of ``heat_map`` are those of one
    store. Else as ``Report``.
    """

    from_day: date
    to_day: date
    by: By
    known_since: date
    figures: Figures
    cross_store: int
    rows: tuple[Row, ...]
    stores: tuple[Report, ...]
    heat_map: tuple[HeatCell, ...]
    cohorts: tuple[Cohort, ...]
    conversion: Conversion
    as_of: datetime | None = None
    comparison: Comparison | None = None

    @property
    def uv_estimate(self) -> UvEstimate:
        """How many people the UV of the range probably stands for."""
        return estimate_uv_together(
            self.figures, [one.figures for one in self.stores], [one.rates for one in self.stores]
        )

    @property
    def clock(self) -> str:
        """By whose clock the hours and days are."""
        return "each store's own"

    @property
    def is_over(self) -> bool:
        """Whether the last day has ended in every store."""
        return all(one.is_over for one in self.stores)

    @property
    def hours_known(self) -> bool:
        """Whether it is known of every store when it is open."""
        return all(one.hours_known for one in self.stores)

    @property
    def reporting(self) -> frozenset[str]:
        """The stores of which it is known how complete the range is."""
        return frozenset().union(*(one.reporting for one in self.stores))


def build_chain_report(
    source: VisitSource,
    stores: Sequence[StoreSettings],
    from_day: date | None = None,
    to_day: date | None = None,
    *,
    by: By = By.HOUR,
    now: datetime,
    as_of: datetime | None = None,
) -> ChainReport:
    """Count the visits to some stores, at least one, over a range; everything else is as for ``build_report``.

    What several reports are made of may be an ``AskedOnce``: then they share what it was asked.
    """
    source = AskedOnce(source)
    require_known([settings.store_id for settings in stores], source)
    spans = [(source.span(settings.store_id), settings) for settings in stores]
    known_since, from_day, to_day = range_of(spans, from_day, to_day, by, now=now)
    reports = tuple(
        build_report(source, settings, from_day, to_day, by=by, now=now, as_of=as_of) for settings in stores
    )
    days = [DaysOfVisits.of(report.visits, days_of(from_day, to_day, report.settings)) for report in reports]
    together = counted_together(
        [report.visits for report in reports],
        days,
        first_visits=lambda faces: source.first_visits([settings.store_id for settings in stores], faces),
    )
    counted = together.counted
    figures = figures_of(counted, Watched.together(report.figures.watched for report in reports))
    return ChainReport(
        from_day=from_day,
        to_day=to_day,
        by=by,
        known_since=known_since,
        figures=_left_out(figures, [report.figures for report in reports]),
        cross_store=cross_store_visitors(counted.people, counted.stores),
        rows=_rows(reports, together),
        stores=reports,
        heat_map=heat_maps_together(cell for report in reports for cell in report.heat_map),
        cohorts=cohorts_of(counted, together.of_each([day.mondays for day in days]), _weeks(reports)),
        conversion=conversion_together(report.conversion for report in reports),
        as_of=as_of,
    )


def _left_out(figures: Figures, of_stores: Sequence[Figures]) -> Figures:
    """Return figures with how many visits were left out in stores of which each has these figures alone."""
    return replace(
        figures,
        staff_left_out=sum(one.staff_left_out for one in of_stores),
        static_left_out=sum(one.static_left_out for one in of_stores),
    )


def _weeks(reports: Sequence[Report]) -> dict[date, Watched]:
    """Return the weeks that are over in every store."""
    over = set[date].intersection(*(set(report.weeks) for report in reports))
    return {week: Watched.together(report.weeks[week] for report in reports) for week in over}


def _rows(reports: Sequence[Report], together: CountedTogether) -> tuple[Row, ...]:
    """Return a row for each name of a stretch, in the order in which the clocks of the stores come to it."""
    parts: dict[str, list[Row]] = defaultdict(list)
    reached: dict[str, tuple[datetime, int]] = {}
    for report in reports:
        for row in report.rows:
            label = row.bucket.label
            parts[label].append(row)
            local = row.bucket.began_at.astimezone(report.settings.tz)
            struck = (local.replace(tzinfo=None), local.fold)
            reached[label] = min(struck, reached.get(label, struck))
    labels = sorted(reached, key=lambda label: reached[label])
    place = {label: number for number, label in enumerate(labels)}
    stretch = together.of_each([_places(report, place) for report in reports])
    watched = [Watched.together(row.figures.watched for row in parts[label]) for label in labels]
    return tuple(
        Row(
            bucket=replace(
                parts[label][0].bucket,
                began_at=min(row.bucket.began_at for row in parts[label]),
                ended_at=max(row.bucket.ended_at for row in parts[label]),
            ),
            figures=_left_out(figures, [row.figures for row in parts[label]]),
            begun=any(row.begun for row in parts[label]),
        )
        for label, figures in zip(labels, figures_by(together.counted, stretch, watched), strict=True)
    )


def _places(report: Report, place: Mapping[str, int]) -> Integers:
    """Return for each visit to a store the number of the stretch in which it began."""
    numbers = np.array([place[row.bucket.label] for row in report.rows], dtype=np.int64)
    return numbers[place_in([row.bucket for row in report.rows], report.visits)]
