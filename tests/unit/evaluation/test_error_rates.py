"""FMR and FNMR against sets small enough to be worked out by hand, and against counting every pair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.comparisons import Comparisons, compare
from evaluation.error_rates import FEWEST_BEHIND, RATES, curve, error_rates, fmr, fnmr, threshold_of
from evaluation.visits import Samples


def on_a_line(places: dict[int, list[float]]) -> Samples:
    """People whose samples lie on a line: the distance of two is the difference of their places."""
    vectors = [[place] for own in places.values() for place in own]
    owners = [person for person, own in places.items() for _ in own]
    return Samples(
        vectors=np.array(vectors, dtype=np.float32).reshape(-1, 1),
        person_of=np.array(owners, dtype=np.int32),
        rows=np.arange(len(owners)).reshape(-1, 1),
        people=len(places),
    )


def counted(samples: Samples, *, same: bool) -> list[float]:
    """The distances by the plainest way."""
    number = len(samples.person_of)
    return sorted(
        abs(float(samples.vectors[one, 0]) - float(samples.vectors[other, 0]))
        for one in range(number)
        for other in range(one + 1, number)
        if (samples.person_of[one] == samples.person_of[other]) is np.bool_(same)
    )


people_on_a_line = st.lists(
    st.lists(st.integers(0, 400).map(lambda place: place / 4), min_size=1, max_size=4), min_size=2, max_size=12
).map(lambda people: on_a_line(dict(enumerate(people))))


def test_every_pair_is_compared_once_and_falls_to_its_kind():
    comparisons = compare([on_a_line({0: [0.0, 1.0], 1: [5.0], 2: [6.0, 9.0]})])

    assert comparisons.mated.distance.tolist() == [1.0, 3.0]
    assert comparisons.non_mated.distance.tolist() == [1.0, 4.0, 4.0, 5.0, 5.0, 6.0, 8.0, 9.0]
    assert comparisons.non_mated_pairs() == 8


@given(people_on_a_line)
def test_comparisons_are_those_of_counting_every_pair(samples: Samples):
    comparisons = compare([samples])

    assert comparisons.mated.distance.tolist() == pytest.approx(counted(samples, same=True), abs=1e-2)
    assert comparisons.non_mated.distance.tolist() == pytest.approx(counted(samples, same=False), abs=1e-2)
    assert comparisons.non_mated_pairs() == len(counted(samples, same=False))


@given(people_on_a_line, st.floats(0.001, 0.9))
def test_the_threshold_of_a_rate_is_the_largest_that_keeps_it(samples: Samples, rate: float):
    comparisons = compare([samples])
    threshold = threshold_of(comparisons, rate)

    assert fmr(comparisons, threshold) <= rate + 1e-6
    if np.isfinite(threshold):
        assert fmr(comparisons, float(np.nextafter(np.float32(threshold), np.float32(np.inf)))) > rate


@given(people_on_a_line)
def test_a_stricter_rate_never_misses_less(samples: Samples):
    rates, missed = curve(compare([samples]), points=30)

    assert (np.diff(rates) >= 0).all()
    assert (np.diff(missed) <= 0).all()


@given(people_on_a_line, st.floats(0, 120))
def test_fmr_and_fnmr_are_the_shares_of_pairs_counted_one_by_one(samples: Samples, threshold: float):
    comparisons = compare([samples])
    non_mated, mated = comparisons.non_mated.distance.tolist(), comparisons.mated.distance.tolist()

    assert fmr(comparisons, threshold) == pytest.approx(np.mean([distance <= threshold for distance in non_mated]))
    if mated:
        assert fnmr(comparisons, threshold) == pytest.approx(np.mean([distance > threshold for distance in mated]))


def crowd(people: int, samples: int = 2, dim: int = 8, noise: float = 0.3) -> Samples:
    rng = np.random.default_rng(7)
    centres = rng.standard_normal((people, dim))
    vectors = np.repeat(centres, samples, axis=0) + noise * rng.standard_normal((people * samples, dim))
    owners = np.repeat(np.arange(people), samples)
    return Samples(
        vectors=vectors.astype(np.float32),
        person_of=owners.astype(np.int32),
        rows=np.arange(len(owners)).reshape(-1, 1),
        people=people,
    )


def test_a_rate_that_fewer_than_three_pairs_stand_behind_is_not_answered():
    comparisons = compare([crowd(25)])
    pairs = comparisons.non_mated_pairs()
    rates = error_rates(comparisons, RATES)

    assert pairs == 25 * 24 / 2 * 4
    assert {rate for rate, found in rates.items() if found is not None} == {
        rate for rate in RATES if rate * pairs >= FEWEST_BEHIND
    }
    assert rates[1e-2] is not None
    assert rates[1e-2].thin  # 12 pairs, where the rule of 30 asks for 30


def test_people_with_one_sample_each_have_no_fnmr():
    assert set(error_rates(compare([crowd(60, samples=1)])).values()) == {None}


def test_the_interval_holds_the_value_and_allows_for_errors_not_seen():
    found = error_rates(compare([crowd(40)]))[1e-2]

    assert found is not None
    assert found.fnmr.low <= found.fnmr.value <= found.fnmr.high
    # Not one of 40 people erred: up to 8.8 % of all people still could, at 97.5 %.
    assert found.fnmr.high >= 1 - 0.025 ** (1 / 40)


def test_too_many_pairs_are_thinned_far_out_and_kept_near():
    samples = crowd(300, samples=4, noise=0.6)
    every, some = compare([samples]), compare([samples], most_kept=40_000)

    assert len(every.non_mated) > 700_000
    assert len(some.non_mated) < 60_000
    assert some.non_mated.weight.sum() == pytest.approx(every.non_mated_pairs(), rel=0.03)
    for rate in (1e-2, 1e-3, 1e-4):
        assert threshold_of(some, rate) == pytest.approx(threshold_of(every, rate), abs=1e-5)
    assert threshold_of(some, 0.3) == pytest.approx(threshold_of(every, 0.3), rel=0.02)


def test_samples_of_two_deals_are_not_compared():
    one, other = on_a_line({0: [0.0], 1: [3.0]}), on_a_line({0: [1.0], 1: [9.0]})
    comparisons: Comparisons = compare([one, other])

    assert comparisons.non_mated.distance.tolist() == [3.0, 8.0]
    assert len(comparisons.mated) == 0
    assert comparisons.non_mated_pairs() == 2
