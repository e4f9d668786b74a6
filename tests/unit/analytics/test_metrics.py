from datetime import date, timedelta

import numpy as np
from visitors_on_paper import seen

from analytics.business_time import days_of
from analytics.completeness import Watched
from analytics.reports.counting import DaysOfVisits, counted_alone, counted_together
from analytics.reports.metrics import DWELL_FROM_S, Figures, cross_store_visitors, figures_of
from analytics.settings import StoreSettings
from analytics.visit_columns import VisitColumns
from analytics.visits import visits_of

DAYS = days_of(date(2026, 5, 4), date(2026, 5, 5), StoreSettings(store_id="any"))


def columns(*sightings, store: str = "shop") -> VisitColumns:
    """The visits of these two days that sightings make in a store; those before tell who had come before."""
    visits = visits_of([one for one in sightings if one.store_id == store], session_gap=timedelta(minutes=30))
    return VisitColumns.of_all(store, visits).within(DAYS[0].began_at, DAYS[-1].ended_at)


def figures(*sightings) -> Figures:
    visits = columns(*sightings)
    return figures_of(
        counted_alone(visits, np.unique(visits.faces, return_inverse=True)[1], DaysOfVisits.of(visits, DAYS)), Watched()
    )


def test_one_person_twice_is_two_visits_and_one_visitor():
    counted = figures(seen(1, "2026-05-04 09:00:00"), seen(1, "2026-05-04 11:00:00"), seen(2, "2026-05-04 11:00:01"))
    assert (counted.pv, counted.uv, counted.sightings) == (3, 2, 3)


def test_a_visitor_of_an_earlier_day_returns_and_one_of_the_same_day_is_new():
    counted = figures(
        seen(1, "2026-05-04 09:00:00"),
        seen(1, "2026-05-04 12:00:00"),
        seen(2, "2026-05-04 09:00:01"),
        seen(2, "2026-05-03 23:59:59"),
    )
    assert (counted.new_visitors, counted.returning_visitors) == (1, 1)


def test_over_several_days_a_visitor_is_new_if_the_first_visit_lies_within():
    counted = figures(seen(1, "2026-05-04 09:00:00"), seen(1, "2026-05-05 09:00:00"))
    assert (counted.uv, counted.new_visitors, counted.returning_visitors) == (1, 1, 0)


def test_a_visit_seen_once_has_no_dwell_and_is_no_bounce():
    counted = figures(seen(1, "2026-05-04 09:00:00", "2026-05-04 09:00:40"))
    assert (counted.seen_once, counted.bounces, counted.median_dwell_s) == (1, 0, None)


def test_dwell_runs_from_the_first_to_the_last_moment_and_a_bounce_is_under_a_minute():
    counted = figures(
        seen(1, "2026-05-04 09:00:00"),
        seen(1, "2026-05-04 09:00:50", "2026-05-04 09:00:59"),
        seen(2, "2026-05-04 09:00:01"),
        seen(2, "2026-05-04 09:00:51", "2026-05-04 09:01:01"),
        seen(3, "2026-05-04 09:00:02"),
        seen(3, "2026-05-04 09:10:02"),
    )
    assert (counted.bounces, counted.seen_once, counted.median_dwell_s) == (1, 0, 60.0)


def test_without_visits_all_is_nought_and_the_dwell_unknown():
    counted = figures()
    assert (counted.pv, counted.uv, counted.new_visitors, counted.median_dwell_s) == (0, 0, 0, None)
    assert (counted.visits_per_visitor, counted.bounce_share) == (None, None)


def test_dwell_is_told_by_stretches_and_seen_once_apart():
    ends = {1: "09:00:59", 2: "09:01:00", 3: "09:05:00", 4: "09:14:59", 5: "09:29:59"}
    walks = [(seen(n, "2026-05-04 09:00:00", camera=f"c{n}"), seen(n, f"2026-05-04 {at}")) for n, at in ends.items()]
    counted = figures(*(one for walk in walks for one in walk), seen(6, "2026-05-04 09:00:00", "2026-05-04 11:00:00"))
    # Under a minute 1; one to five minutes 2; five to fifteen 3 and 4; fifteen to thirty 5; the sixth was seen once.
    assert DWELL_FROM_S == (0, 60, 300, 900, 1800, 3600)
    assert (counted.dwell, counted.seen_once) == ((1, 1, 2, 1, 0, 0), 1)
    assert counted.bounce_share == 1 / 5


def test_visits_per_visitor_is_pv_over_uv():
    counted = figures(seen(1, "2026-05-04 09:00:00"), seen(1, "2026-05-04 11:00:00"), seen(2, "2026-05-04 11:00:01"))
    assert counted.visits_per_visitor == 1.5


def test_a_cross_store_visitor_was_in_two_stores():
    sightings = [seen(1, "2026-05-04 09:00:00", store=store) for store in ("north", "south")]
    sightings += [seen(2, f"2026-05-04 {hour}:00:00", store="north", camera="till") for hour in ("09", "12")]
    visits = [columns(*sightings, store=store) for store in ("north", "south")]
    days = [DaysOfVisits.of(one, DAYS) for one in visits]
    counted = counted_together(visits, days, first_visits=lambda faces: np.zeros(len(faces), dtype=np.int64)).counted
    assert cross_store_visitors(counted.people, counted.stores) == 1
