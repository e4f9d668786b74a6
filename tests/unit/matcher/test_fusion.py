import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.calibration import Calibration
from matcher.fusion import fuse
from matcher.recognition import consistent_distance


def unit(*numbers: float) -> list[float]:
    return list(np.array(numbers) / np.linalg.norm(numbers))


def test_a_shot_of_somebody_else_is_left_out():
    shots = np.array([[1.0, 0.0], [1.1, 0.0], [5.0, 0.0], [0.9, 0.0]], dtype=np.float32)
    fused = fuse(shots, np.ones(4, dtype=np.float32), consistent_distance=0.5)
    assert fused.consistent.tolist() == [True, True, False, True]
    assert fused.shots == 3
    assert np.allclose(fused.probe, [1.0, 0.0])


def test_a_better_shot_weighs_more():
    shots = np.array([[0.0, 2.0], [1.0, 2.0]], dtype=np.float32)
    fused = fuse(shots, np.array([0.9, 0.1], dtype=np.float32), consistent_distance=2.0)
    assert fused.probe[0] < 0.2


def test_shots_that_show_almost_the_same_share_their_weight():
    ahead, aside = unit(1, 0, 0), unit(0.7, 0.7, 0)
    shots = np.array([ahead, unit(1, 0, 0.02), unit(1, 0, -0.02), ahead, aside], dtype=np.float32)
    of_all = fuse(shots, np.ones(5, dtype=np.float32), consistent_distance=1.0).probe
    of_two_looks = fuse(shots[[0, 4]], np.ones(2, dtype=np.float32), consistent_distance=1.0).probe
    of_their_mean = np.array(unit(*shots.mean(axis=0)))
    assert np.linalg.norm(of_all - of_two_looks) < 0.5 * np.linalg.norm(of_their_mean - of_two_looks)


def test_the_best_shot_is_that_of_highest_quality_among_those_that_agree():
    shots = np.array([[5.0, 0.0], [1.0, 0.0], [1.1, 0.0], [0.9, 0.0]], dtype=np.float32)
    fused = fuse(shots, np.array([0.9, 0.5, 0.7, 0.6], dtype=np.float32), consistent_distance=0.5)
    assert fused.best == 2


@pytest.mark.parametrize("consistent_distance", [0.0, math.inf])
def test_shots_are_fused_however_far_apart_they_may_lie(consistent_distance):
    shots = np.array([unit(1, 0), unit(1, 0), unit(0, 1)], dtype=np.float32)
    fused = fuse(shots, np.ones(3, dtype=np.float32), consistent_distance)
    assert np.allclose(fused.probe, unit(2, 1) if consistent_distance else unit(1, 0), atol=1e-3)


def test_unit_vectors_fuse_to_a_unit_vector():
    shots = np.array([unit(1, 0, 0.1), unit(1, 0.2, 0)], dtype=np.float32)
    fused = fuse(shots, np.ones(2, dtype=np.float32), consistent_distance=1.0)
    assert np.isclose(np.linalg.norm(fused.probe), 1.0)


@given(st.permutations(range(5)), st.integers(0, 10_000))
def test_the_order_of_the_shots_does_not_matter(order, seed):
    rng = np.random.default_rng(seed)
    shots, qualities = rng.normal(size=(5, 8)).astype(np.float32), rng.uniform(0.1, 1, 5).astype(np.float32)
    plain, mixed = fuse(shots, qualities, 4.0), fuse(shots[order], qualities[order], 4.0)
    assert np.allclose(plain.probe, mixed.probe, atol=1e-5)


def test_two_shots_of_a_track_may_lie_as_far_apart_as_single_shots_do():
    fused, single = ((1e-3, 0.3), (1e-2, 0.4)), ((1e-3, 0.5), (1e-2, 0.6))
    calibration = Calibration(
        measured_on="paper",
        groups={"anybody": fused},
        single_shots={"anybody": single},
        neighbour_gap=((1e-3, 0.2), (1e-2, 0.1)),
    )

    assert consistent_distance(calibration) == 0.5
