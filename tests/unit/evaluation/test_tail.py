"""Distances of rates that nobody can count, held against distributions whose tail is known."""

import numpy as np
import pytest

from evaluation.tail import distances_at, fit_tail


def fitted_on(distance: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    distance = np.sort(distance).astype(np.float32)
    return distance, np.arange(1, len(distance) + 1, dtype=np.float64), float(len(distance))


def test_an_exponential_tail_is_foretold_to_rates_never_seen():
    # FMR(d) = exp((d - 1) / 0.05) below 1, so that the distance of a rate is 1 + 0.05 ln(rate).
    drawn = 1.0 + 0.05 * np.log(np.random.default_rng(0).uniform(size=200_000))
    tail = fit_tail(*fitted_on(drawn))

    assert tail.rate == pytest.approx(0.01, rel=0.01)
    assert tail.scale == pytest.approx(0.05, rel=0.05)
    for rate in (1e-4, 1e-6, 1e-7):
        assert tail.distance_at(rate) == pytest.approx(1.0 + 0.05 * np.log(rate), abs=0.03)
        assert tail.fmr_at(tail.distance_at(rate)) == pytest.approx(rate)


def test_of_normal_distances_it_promises_too_little_rather_than_too_much():
    drawn = np.random.default_rng(1).normal(1.4, 0.08, size=100_000)
    distance = fit_tail(*fitted_on(drawn)).distance_at(1e-6)

    assert distance < 1.4 - 4.75 * 0.08  # the normal quantile of 1e-6


def test_common_rates_are_counted_and_rare_ones_foretold_without_a_step_back():
    drawn = np.random.default_rng(2).normal(1.4, 0.08, size=50_000)
    rates = np.geomspace(1e-7, 0.5, 60)
    found = distances_at(rates.tolist(), *fitted_on(drawn))

    assert (np.diff(found) >= 0).all()
    assert found[-1] == pytest.approx(1.4, abs=0.01)


def test_a_pair_of_weight_two_counts_as_two_pairs():
    drawn = np.sort(np.random.default_rng(3).normal(1.4, 0.08, size=4_000)).astype(np.float32)
    weights = np.random.default_rng(4).integers(0, 3, size=len(drawn))
    once = fit_tail(drawn, np.cumsum(weights, dtype=np.float64), float(weights.sum()))
    again = fit_tail(*fitted_on(np.repeat(drawn, weights)))

    assert once.start == pytest.approx(again.start)
    assert once.scale == pytest.approx(again.scale, rel=0.03)


def test_a_handful_of_pairs_still_gives_a_tail():
    tail = fit_tail(*fitted_on(np.array([0.9, 1.0, 1.1, 1.2])))

    assert tail.distance_at(1e-6) < 0.9
