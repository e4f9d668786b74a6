import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.landmarks import LandmarkScheme
from faces.ports import Detection
from faces.quality import Quality, assess

FRONTAL = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)]


def scene(seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(128, 60, (300, 300, 3)).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.0))


def face(
    points: list[tuple[float, float]] = FRONTAL, left: float = 80, top: float = 80, side: float = 120
) -> Detection:
    landmarks = np.array(points, dtype=np.float32) * side + (left, top)
    return Detection(box=(left, top, side, side), score=0.9, landmarks=landmarks.astype(np.float32))


def quality(image: np.ndarray, detection: Detection) -> Quality:
    return assess(image, detection, LandmarkScheme.FIVE_POINT)


@given(st.floats(min_value=0.5, max_value=6), st.floats(min_value=0.5, max_value=6))
def test_more_blur_never_raises_quality(first: float, second: float):
    less, more = sorted((first, second))
    scores = [quality(np.asarray(cv2.GaussianBlur(scene(), (0, 0), blur)), face()).score for blur in (less, more)]
    assert scores[1] <= scores[0] + 1e-3


def test_blur_lowers_quality():
    blurred = np.asarray(cv2.GaussianBlur(scene(), (0, 0), 8))
    assert quality(blurred, face()).score < 0.8 * quality(scene(), face()).score


def test_a_smaller_face_is_worth_less():
    assert quality(scene(), face(side=30)).score < quality(scene(), face(side=110)).score


def test_a_turned_head_is_worth_less():
    turned = [*FRONTAL[:2], (0.66, 0.6), *FRONTAL[3:]]
    assert quality(scene(), face(turned)).score < 0.6 * quality(scene(), face()).score


def test_darkness_is_worth_less():
    assert quality(scene() // 5, face()).score < 0.8 * quality(scene(), face()).score


def test_a_face_cut_by_the_edge_is_worth_less():
    cut = Detection(box=(0, 80, 90, 120), score=0.9, landmarks=face().landmarks)
    assert quality(scene(), cut).edge_clip == pytest.approx(0.25)
    assert quality(scene(), cut).score == 0


@given(st.floats(-400, 700), st.floats(-400, 700), st.floats(1, 500), st.integers(0, 3))
def test_the_score_stays_between_0_and_1_wherever_the_face_lies(left: float, top: float, side: float, seed: int):
    assert 0 <= quality(scene(seed), face(left=left, top=top, side=side)).score <= 1


def test_both_landmark_schemes_read_the_same_pose():
    eyes_and_nose = [(0.78, 0.4), (0.62, 0.4), (0.22, 0.4), (0.38, 0.4), (0.55, 0.6)]
    dlib = LandmarkScheme.DLIB5.pose(np.array(eyes_and_nose, dtype=np.float32))
    other = LandmarkScheme.FIVE_POINT.pose(np.array([*FRONTAL[:2], (0.55, 0.6), *FRONTAL[3:]], dtype=np.float32))
    assert dlib.yaw == pytest.approx(other.yaw, abs=1e-6)
    assert dlib.roll_deg == pytest.approx(0)
