"""Intervals over people."""

import numpy as np
import pytest

from evaluation.bootstrap import Interval, drawn_people, no_surer_than, share_of


def test_as_many_people_are_drawn_as_there_are():
    assert {times.sum() for times in drawn_people(17, seed=1)} == {17.0}


def test_the_same_seed_draws_the_same_people():
    ones, others = (list(drawn_people(5, seed=3, drawings=4)) for _ in range(2))

    assert np.array_equal(ones, others)


def test_no_error_among_so_many_people_proves_no_more_than_the_rule_of_three():
    interval = no_surer_than(100, Interval(0.0, 0.0, 0.0))

    assert interval.low == 0.0
    assert interval.high == pytest.approx(0.0362, abs=1e-4)


def test_many_trials_of_one_person_are_worth_one_person():
    hits = np.array([True] * 50 + [False] * 50)
    of_two_people, of_many = np.repeat([0, 1], 50).astype(np.int32), np.arange(100, dtype=np.int32)
    few, many = share_of(hits, of_two_people), share_of(hits, of_many)

    assert few is not None
    assert many is not None
    assert few.value == many.value == 0.5
    assert (few.low, few.high) == (0.0, 1.0)
    assert many.high - many.low < 0.25


def test_no_trials_have_no_share():
    assert share_of(np.empty(0, dtype=bool), np.empty(0, dtype=np.int32)) is None
