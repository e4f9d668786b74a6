"""How far a face has come: nowhere for a poster, however its detection trembles or slips."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.ports import Detection
from ingest.movement import Movement
from schemas.messages import COMES_IN

POINTS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])


def face(x: float, y: float = 0.0, width: float = 50.0) -> Detection:
    landmarks = (POINTS * width + [x, y]).astype(np.float32)
    return Detection(box=(x, y, width, width), score=0.9, landmarks=landmarks)


def moved(faces: Sequence[Detection]) -> float:
    movement = Movement()
    for one in faces:
        movement.saw(one)
    return movement.widths


def test_whoever_walks_across_has_come_as_far_as_the_face_did():
    assert moved([face(10.0 * step) for step in range(11)]) == pytest.approx((100 - 20) / 50)


def test_whoever_comes_nearer_has_come_as_far_as_the_face_grew():
    nearer = [face(100 - width / 2, 100 - 0.6 * width, width) for width in (40.0, 40.0, 50.0, 60.0)]
    assert moved(nearer) == pytest.approx(np.log(50 / 40), rel=1e-3)


def test_three_frames_are_enough_and_two_are_not():
    assert moved([face(0), face(40)]) == 0.0
    assert moved([face(0), face(40), face(80)]) == pytest.approx(0.8)


@given(st.integers(0, 9), st.floats(-200, 200), st.floats(20, 200))
def test_what_one_frame_shows_counts_for_nothing(slips_at: int, x: float, width: float):
    assert moved([face(x, width=width) if step == slips_at else face(0) for step in range(10)]) < 1e-6


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1)), max_size=50))
def test_a_poster_whose_detection_trembles_does_not_come_in(trembling: list[tuple[float, float, float]]):
    assert moved([face(100 + x, 100 + y, 50 + width) for x, y, width in trembling]) < COMES_IN


@given(st.lists(st.floats(0, 500), min_size=3, max_size=30))
def test_who_has_come_in_stays_so(places: list[float]):
    movement, before = Movement(), 0.0
    for place in places:
        movement.saw(face(place))
        assert movement.widths >= before
        before = movement.widths
