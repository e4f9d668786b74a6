"""Searches by strangers and by people who are known, in galleries of growing size."""

import numpy as np
import pytest
from faces_on_paper import crowd
from test_minting import of, recogniser

from evaluation.invented import invent_templates
from evaluation.open_set import search_open_set


def test_strangers_find_nobody_and_the_known_find_themselves():
    result = search_open_set(*of(crowd(40, 6, dim=64)), recogniser(), sizes=(20, 200))

    assert result is not None
    small, large = result.sizes
    assert (small.real, large.real) == (20, 20)
    for size in result.sizes:
        assert size.fpir is not None
        assert size.fnir is not None
        assert size.fpir.value == size.fnir.value == 0.0
        assert size.fpir.low == 0.0 < size.fpir.high < 0.2
    assert large.threshold <= small.threshold


def test_strangers_who_look_like_the_known_are_counted_as_false_matches():
    places = crowd(40, 6, dim=64)
    for person in range(20, 40):
        for picture in range(6):
            places[f"p{person:03d}/{picture}"] = places[f"p{person - 20:03d}/{picture}"]
    result = search_open_set(*of(places), recogniser(), sizes=(20,))

    assert result is not None
    assert result.sizes[0].fpir is not None
    assert result.sizes[0].fpir.value > 0.3


def test_keeping_the_threshold_of_a_small_gallery_lets_false_matches_grow():
    result = search_open_set(*of(crowd(100, 6, dim=8, noise=0.2)), recogniser(), sizes=(100, 10_000))

    assert result is not None
    small, large = result.sizes
    assert small.fpir_unchanged is not None
    assert large.fpir_unchanged is not None
    assert large.fpir_foretold is not None
    assert large.fpir_unchanged > small.fpir_unchanged
    assert large.fpir_foretold <= large.fpir_unchanged


def test_few_pairs_foretell_nothing():
    result = search_open_set(*of(crowd(20, 6)), recogniser(), sizes=(100,))

    assert result is not None
    assert result.sizes[0].fpir_foretold is None


def test_few_people_make_no_open_set():
    assert search_open_set(*of(crowd(9, 6)), recogniser()) is None


def test_invented_people_have_the_mean_and_the_spread_of_real_ones():
    rng = np.random.default_rng(0)
    real = (rng.standard_normal((200, 6)) * [3, 2, 1, 1, 0.5, 0.1] + 4).astype(np.float32)
    invented = invent_templates(real, 20_000, rng)

    assert invented.mean(axis=0) == pytest.approx(real.mean(axis=0), abs=0.1)
    assert np.cov(invented.T) == pytest.approx(np.cov(real.T), abs=0.3)


def test_invented_people_are_unit_vectors_where_real_ones_are():
    real = np.array(list(crowd(30, 1).values()), dtype=np.float32)

    assert np.linalg.norm(invent_templates(real, 50, np.random.default_rng(0)), axis=1) == pytest.approx(1.0)
