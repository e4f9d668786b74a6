"""What refusing the crops of lowest quality does to the errors, and who is found when everyone is known."""

import numpy as np
import pytest
from faces_on_paper import crowd
from test_minting import of

from evaluation.comparisons import compare
from evaluation.identification import identify
from evaluation.rejection import SHARES, reject_curve
from evaluation.visits import deals


def spoilt_crowd() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A tenth of the pictures are spoilt: they lie anywhere."""
    embeddings, quality, person_of = of(crowd(60, 5, dim=32))
    rng = np.random.default_rng(5)
    spoilt = rng.permutation(len(embeddings))[:30]
    astray = rng.standard_normal((30, 32))
    embeddings[spoilt] = astray / np.linalg.norm(astray, axis=1, keepdims=True)
    return embeddings, quality, person_of, spoilt


def curve_with(quality: np.ndarray) -> list[float | None]:
    embeddings, _, person_of, _ = spoilt_crowd()
    (dealt,) = deals(embeddings, quality, person_of, shots=1, seed=0)
    curve = reject_curve(compare([dealt]), quality[dealt.rows[:, 0]], 1e-2)
    assert curve is not None
    return list(curve.fnmr)


def test_a_score_that_knows_the_spoilt_crops_rids_us_of_their_errors():
    _, quality, _, spoilt = spoilt_crowd()
    quality = quality + np.linspace(0, 0.1, len(quality), dtype=np.float32)
    quality[spoilt] = 0.1
    curve = curve_with(quality)

    assert curve[0] == pytest.approx(0.19, abs=0.03)  # one of two pictures of a pair is spoilt
    assert curve[SHARES.index(0.1)] == 0.0


def test_a_score_that_knows_nothing_leaves_the_errors_as_they_are():
    _, quality, _, _ = spoilt_crowd()
    curve = curve_with(np.random.default_rng(0).random(len(quality)).astype(np.float32))

    assert curve[SHARES.index(0.2)] == pytest.approx(curve[0], abs=0.05)


def test_without_errors_there_is_no_curve():
    embeddings, quality, person_of = of(crowd(40, 3))
    (dealt,) = deals(embeddings, quality, person_of, shots=1, seed=0)

    assert reject_curve(compare([dealt]), quality, 1e-2) is None


def test_the_nearest_is_the_right_one_where_people_lie_apart():
    embeddings, quality, person_of = of(crowd(40, 4))
    found = identify(deals(embeddings, quality, person_of, shots=1, seed=0)[0])

    assert found is not None
    assert (found.gallery, found.searches) == (40, 120)
    assert found.top_1.value == found.top_5.value == 1.0
    assert found.recall[-1][1] == found.precision[-1][1] == 1.0


def test_recall_rises_with_the_threshold_and_top_5_is_no_less_than_top_1():
    embeddings, quality, person_of, _ = spoilt_crowd()
    found = identify(deals(embeddings, quality, person_of, shots=1, seed=0)[0])

    assert found is not None
    assert found.top_1.value < found.top_5.value
    shares = [share for _, share in found.recall]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(found.top_1.value)


def test_one_picture_each_identifies_nobody():
    embeddings, quality, person_of = of(crowd(10, 1))

    assert identify(deals(embeddings, quality, person_of, shots=1, seed=0)[0]) is None
