from datetime import datetime, timedelta

from visitors_on_paper import face, seen, utc

from analytics.metrics import Figures, figures_of
from analytics.visits import visits_of


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0)


def figures(*sightings, first_visits=None) -> Figures:
    visits = visits_of(sightings, session_gap=timedelta(minutes=30))
    first = {visit.face_id: visit.began_at for visit in reversed(visits)} | (first_visits or {})
    return figures_of(visits, first_visits=first, day_began_at=midnight, completeness=1.0)


def test_one_person_twice_is_two_visits_and_one_visitor():
    counted = figures(seen(1, "2026-05-04 09:00:00"), seen(1, "2026-05-04 11:00:00"), seen(2, "2026-05-04 11:00:01"))
    assert (counted.pv, counted.uv, counted.sightings) == (3, 2, 3)


def test_a_visitor_of_an_earlier_day_returns_and_one_of_the_same_day_is_new():
    counted = figures(
        seen(1, "2026-05-04 09:00:00"),
        seen(1, "2026-05-04 12:00:00"),
        seen(2, "2026-05-04 09:00:01"),
        first_visits={face(2): utc("2026-05-03 23:59:59")},
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
