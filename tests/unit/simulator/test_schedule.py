from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from simulator.scene import Glance, Passing, Walk
from simulator.schedule import USABLE_S, Day, Entry, plan_day, shown_between_s, usable_s


def day(*, people, visits, minutes=600.0, passers_by=0, cameras=1):
    return Day(
        people=people, visits=visits, passers_by=passers_by, span_s=minutes * 60, cameras=cameras, session_gap_s=1800.0
    )


def visits_by_gap(entries, gap_s):
    """Visits as DEFINITIONS has them: entries of one person with no gap above ``gap_s``."""
    found = 0
    for person in {entry.person for entry in entries}:
        own = sorted((entry for entry in entries if entry.person == person), key=lambda entry: entry.begins_s)
        found += 1 + sum(after.begins_s - before.ends_s > gap_s for before, after in pairwise(own))
    return found


@settings(max_examples=12, deadline=timedelta(seconds=20))
@given(st.integers(1, 12), st.integers(0, 20), st.integers(0, 2**32), st.integers(1, 2))
def test_a_day_has_the_people_and_the_visits_asked_for(people, more, seed, cameras):
    asked = day(people=people, visits=people + min(more, 8 * people), cameras=cameras)
    entries = plan_day(asked, np.random.default_rng(seed))
    assert sorted({entry.person for entry in entries}) == list(range(people))
    assert visits_by_gap(entries, asked.session_gap_s) == asked.visits
    assert all(entry.begins_s >= 0 and entry.ends_s <= asked.span_s for entry in entries)


def test_everyone_shows_a_usable_face_for_long_enough_even_in_company():
    entries = plan_day(day(people=40, visits=60), np.random.default_rng(3))
    alone = 0
    for entry in entries:
        others = [
            other
            for other in entries
            if other is not entry and other.begins_s < entry.ends_s and other.ends_s > entry.begins_s
        ]
        alone += not others
        assert usable_s(entry, others) >= USABLE_S
    assert alone < len(entries)


def test_some_come_back_within_the_session_gap_and_that_is_no_visit():
    entries = plan_day(day(people=60, visits=90), np.random.default_rng(5))
    assert len(entries) > 90
    assert visits_by_gap(entries, 1800.0) == 90


def test_passers_by_are_nobody_who_visits():
    entries = plan_day(day(people=2, visits=2, passers_by=5), np.random.default_rng(1))
    assert sum(isinstance(entry.way, Passing) for entry in entries) == 5
    assert {entry.person for entry in entries if isinstance(entry.way, Passing)} == {2, 3, 4, 5, 6}


@pytest.mark.parametrize(("people", "visits", "minutes"), [(3, 2, 600), (1, 3, 60), (2, 100, 600), (1, 1, 0.5)])
def test_visits_that_do_not_fit_are_refused_in_words(people, visits, minutes):
    with pytest.raises(InputError, match=r"do not fit into .* minutes: everyone comes"):
        plan_day(day(people=people, visits=visits, minutes=minutes), np.random.default_rng(1))


def test_a_crowd_too_thick_to_be_seen_one_by_one_is_refused_in_words():
    with pytest.raises(InputError, match="too many people at the door"):
        plan_day(day(people=40, visits=40, minutes=0.95), np.random.default_rng(1))


def walking(*, begins_s=0.0, glance=None):
    way = Walk(
        pace_m_per_s=0.8, eyes_m=1.64, comes_from=1, door_x_m=0.0, near_x_m=0.0, near_depth_m=1.2, leaves_to=1,
        glance=glance,
    )  # fmt: skip
    return Entry(person=0, visit=0, camera=0, begins_s=begins_s, way=way)


def test_a_glance_breaks_the_usable_time_and_only_the_longer_part_counts():
    whole = usable_s(walking(), [])
    parted = usable_s(walking(glance=Glance(at_s=4.0, for_s=0.8, yaw_deg=60.0)), [])
    assert 2.0 < whole < 3.5
    assert whole / 2 - 0.5 < parted < whole - 0.5


def test_who_walks_close_behind_another_in_the_same_line_shows_no_usable_face():
    assert usable_s(walking(begins_s=0.6), [walking()]) < 0.5
    assert usable_s(walking(), [walking(begins_s=0.6)]) == usable_s(walking(), [])


def test_looks_change_while_the_face_can_be_used_and_not_on_the_way_to_the_door():
    way = walking().way
    first_s, last_s = shown_between_s(way)
    assert way.lasts_s / 4 < first_s < last_s <= way.arrives_s + 0.5
    passing = Passing(pace_m_per_s=1.2, eyes_m=1.6, towards=1, lasts_s=5.0)
    assert shown_between_s(passing) == (0.0, 5.0)
