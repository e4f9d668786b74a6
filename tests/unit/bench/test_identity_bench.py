"""What the bench of identity plans and reckons, on numbers small enough to do by hand."""

from collections import Counter
from itertools import pairwise
from uuid import UUID

import numpy as np
import pytest

from bench.identity.cast import pictures_a_visit, shown_before
from bench.identity.scores import Found, scored
from bench.identity.week import DAYS, STORES, plan_week

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)


def test_a_week_has_everybody_every_visit_and_nobody_twice_a_day_in_a_store():
    week = plan_week(40, 150, np.random.default_rng(1))

    comers = [(comer.person, comer.visit) for day in week for comer in day.comers]
    assert len(comers) == len(set(comers)) == 150
    assert {person for person, _ in comers} == set(range(40))
    assert all(len({comer.person for comer in day.comers}) == len(day.comers) for day in week)
    assert all(one.starts_at < other.starts_at for one, other in pairwise(week))
    stores = {person: {day.store for day in week for one in day.comers if one.person == person} for person, _ in comers}
    roamers = Counter(len(some) for some in stores.values())
    assert roamers[1] > 20
    assert roamers[2] + roamers[3] > 4
    assert [visit for person, visit in comers if person == 0] == list(range(sum(p == 0 for p, _ in comers)))


def test_a_week_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="5000 visits of 40 people: at least 40 and at most"):
        plan_week(40, 5000, np.random.default_rng(1))
    assert len(plan_week(2, 2, np.random.default_rng(1))) <= DAYS * len(STORES)


def test_a_split_visitor_is_one_too_many_and_lowers_recall():
    found = scored(
        Found(
            people=frozenset({"ann", "ben"}),
            visitors=frozenset({ONE, TWO, THREE}),
            appearances=[("ann", ONE), ("ann", ONE), ("ann", TWO), ("ben", THREE)],
        )
    )

    assert (found["uv"], found["uv_truth"], found["uv_error"]) == (3, 2, 0.5)
    assert (found["pair_precision"], found["pair_recall"]) == (1.0, pytest.approx(1 / 3))
    assert found["faceids_too_many_of_people_seen"] == 1


def test_two_who_are_taken_for_one_are_one_too_few_and_lower_precision():
    found = scored(
        Found(
            people=frozenset({"ann", "ben", "carl"}),
            visitors=frozenset({ONE, TWO}),
            appearances=[("ann", ONE), ("ann", ONE), ("ben", ONE)],
        )
    )

    assert found["uv_error"] == pytest.approx(-1 / 3)
    assert found["pair_precision"] == pytest.approx(1 / 3)
    assert found["pair_recall"] == 1.0
    assert (found["people_never_seen"], found["faceids_of_nobody"], found["faceids_of_several_people"]) == (1, 1, 1)
    low, high = found["intervals"]["pair_precision"]
    assert low < 1 / 3 < high


def test_it_is_told_how_many_visits_show_nothing_but_pictures_that_were_shown_before():
    pictures = {"ann": 2, "ben": 4, "carl": 3}
    assert shown_before(["ann", "ben", "carl"], pictures) == 0.0
    # Ann shows both of hers each time, Ben two others on his second visit, Carl a new one on his second, none after.
    came = ["ann", "ben", "carl", "ann", "ben", "carl", "carl"]
    assert shown_before(came, pictures) == pytest.approx(2 / 4)
    assert [pictures_a_visit(number) for number in (2, 3, 4, 8)] == [
        "2 pictures a visit, the same on the next",
        "2 pictures a visit, one of them on the next",
        "2 pictures a visit, none of them on the next",
        "4 pictures a visit, none of them on the next",
    ]
