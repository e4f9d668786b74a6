import numpy as np
import pytest

from evaluation.neighbourhood import SHARES, Visits, gaps, neighbour_gap


def people(count: int, *, dim: int = 16, spread: float = 1.0, seed: int = 0) -> Visits:
    """Two visits of each of so many people who lie at random."""
    random = np.random.default_rng(seed)
    homes = random.normal(scale=spread, size=(count, dim))
    vectors = np.repeat(homes, 2, axis=0) + random.normal(scale=0.01, size=(2 * count, dim))
    names = np.repeat([f"p{number:04d}" for number in range(count)], 2)
    return Visits(vectors=vectors.astype(np.float32), people=names)


def test_the_gap_is_the_median_of_the_next_five_less_the_nearest_other_person():
    at = np.array([0.0, 1.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    visits = Visits(vectors=at[:, None].astype(np.float32), people=np.array(list("abcdefgh")))
    found = gaps(visits, np.random.default_rng(0))
    of_a = found.gap[found.people == "a"]
    assert of_a == pytest.approx([5.0 - 1.0] * len(of_a)), "nearest 1; then 3, 4, 5, 6, 7"


def test_a_persons_own_other_visit_is_never_a_neighbour():
    visits = people(20)
    assert gaps(visits, np.random.default_rng(0)).gap.max() < 4.0, "own visits lie 0.06 apart, others 3 and more"


def test_a_rarer_share_takes_a_wider_gap():
    table = neighbour_gap({"all": people(200)})
    assert [share for share, _ in table] == list(SHARES)
    assert [gap for _, gap in table] == sorted((gap for _, gap in table), reverse=True)


def test_the_group_that_needs_the_widest_gap_sets_it():
    dense, wide = people(60, spread=0.2), people(60, spread=1.0)
    assert neighbour_gap({"wide": wide})[-1][1] > neighbour_gap({"dense": dense})[-1][1]


def test_a_group_too_small_for_a_rare_share_still_sets_the_least_gap_of_it():
    table = neighbour_gap({"many": people(150, spread=0.2), "few": people(12)})
    assert [gap for _, gap in table] == sorted((gap for _, gap in table), reverse=True)


def test_the_same_seed_gives_the_same_table():
    assert neighbour_gap({"all": people(40)}, seed=3) == neighbour_gap({"all": people(40)}, seed=3)


def test_too_few_people_are_refused_with_a_remedy():
    with pytest.raises(ValueError, match="add folders of other people"):
        neighbour_gap({"all": people(10)})
