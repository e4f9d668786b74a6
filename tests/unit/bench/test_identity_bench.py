"""What the bench of identity plans and reckons, on numbers small enough to do by hand."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import numpy as np
import pytest

from bench.identity.apart import lying_apart
from bench.identity.cast import pictures_a_visit, shown_before
from bench.identity.scores import Found, scored
from bench.identity.week import DAYS, STORES, plan_week
from schemas.ledger import Ledger
from schemas.messages import Template

ONE, TWO, THREE, FOUR = (UUID(int=number) for number in range(1, 5))


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


def test_of_a_person_counted_twice_it_is_told_whether_the_two_lie_as_far_apart_as_strangers():
    towards = {ONE: (1.0, 0.0, 0.0), TWO: (0.9, 0.1, 0.0), THREE: (0.0, 1.0, 0.0), FOUR: (0.0, 0.0, 1.0)}
    templates = [template(number, face_id, vector) for number, (face_id, vector) in enumerate(towards.items())]
    like = lying_apart([("ann", ONE), ("ann", TWO), ("ben", THREE), ("carl", FOUR)], templates, Ledger())
    assert (like["too_many"], like["as_far_as_strangers"]) == (1, 0)
    unlike = lying_apart([("ann", ONE), ("ann", FOUR), ("ben", THREE), ("carl", TWO)], templates, Ledger())
    assert (unlike["too_many"], unlike["as_far_as_strangers"]) == (1, 1)
    assert lying_apart([("ann", ONE)], templates, Ledger())["stranger_distance"] is None


def template(number: int, face_id: UUID, vector: tuple[float, ...]) -> Template:
    return Template(
        template_id=UUID(int=100 + number), face_id=face_id, store_id="north", model_id="m",
        embedding=np.array(vector, dtype="<f4").tobytes(), quality=0.5, captured_at=datetime(2026, 1, 5, tzinfo=UTC),
        event_id=UUID(int=200 + number), source_partition=0, source_offset=number,
    )  # fmt: skip
