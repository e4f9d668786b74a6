import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation import links
from evaluation.links import linked_groups


def groups_by_hand(vectors: np.ndarray, bar: np.ndarray) -> list[set[int]]:
    """Every pair is measured; groups grow until none does."""
    exact = vectors.astype(np.float64)
    groups = [{row} for row in range(len(vectors))]
    for one in range(len(vectors)):
        for other in range(one):
            if np.linalg.norm(exact[one] - exact[other]) <= min(bar[one], bar[other]):
                joined = [group for group in groups if one in group or other in group]
                groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    return sorted(groups, key=min)


def as_sets(groups: np.ndarray) -> list[set[int]]:
    return [set(np.flatnonzero(groups == number).tolist()) for number in range(groups.max(initial=-1) + 1)]


@settings(max_examples=60)
@given(
    seed=st.integers(0, 1000),
    rows=st.integers(0, 40),
    block=st.integers(1, 50),
    low=st.floats(0, 1),
    high=st.floats(0, 2),
)
def test_blocks_give_the_groups_that_all_pairs_give(seed, rows, block, low, high):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((rows, 3)).astype(np.float32)
    bar = rng.uniform(min(low, high), max(low, high), rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "_BLOCK_ROWS", block)
        assert as_sets(linked_groups(vectors, bar)) == groups_by_hand(vectors, bar)


def test_two_faces_exactly_at_the_bar_are_linked_and_a_hair_beyond_they_are_not():
    vectors = np.array([(0, 0), (3, 4)], dtype=np.float32)
    assert len(as_sets(linked_groups(vectors, np.array([5.0, 5.0])))) == 1
    assert len(as_sets(linked_groups(vectors, np.array([5.0, 5.0 - 1e-9])))) == 2


def test_the_stricter_bar_of_two_faces_counts():
    vectors = np.array([(0.0, 0.0), (1.0, 0.0)], dtype=np.float32)
    assert len(as_sets(linked_groups(vectors, np.array([2.0, 0.5])))) == 2
