"""How far a face has come: nowhere for a poster, however its detection trembles or slips."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.ports import Detection
from ingest.movement import Movement
from schemas.messages import COMES_IN
from simulator.scene import View, Walk, face_box, pose_of

POINTS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])


def face(x: float, y: float = 0.0, width: float = 50.0) -> Detection:
    landmarks = (POINTS * width + [x, y]).astype(np.float32)
    return Detection(box=(x, y, width, width), score=0.9, landmarks=landmarks)


def still(frames: int) -> list[Detection]:
    return [face(100.0, 100.0)] * frames


def scattered(faces: Sequence[Detection], widths: float, seed: int) -> list[Detection]:
    """Return faces as a detector finds them: off by normally distributed widths, and in size by twice as much."""
    noise = np.random.default_rng(seed).normal(0.0, widths, (len(faces), 3))
    found = []
    for one, (across, down, larger) in zip(faces, noise, strict=True):
        (x, y, width, _), grown = one.box, float(np.exp(2.0 * larger))
        found.append(face(x + width * (across + (1 - grown) / 2), y + width * (down + (1 - grown) / 2), width * grown))
    return found


def moved(faces: Sequence[Detection]) -> float:
    movement = Movement()
    for one in faces:
        movement.saw(one)
    return movement.widths


def test_whoever_walks_across_has_come_as_far_as_the_face_did():
    assert moved([face(10.0 * step) for step in range(11)]) == pytest.approx((100 - 20) / 50)


def test_whoever_comes_nearer_has_come_as_far_as_the_face_grew_to_either_side():
    nearer = [face(100 - width / 2, 100 - 0.6 * width, width) for width in (40.0, 40.0, 50.0, 60.0)]
    assert moved(nearer) == pytest.approx(np.log(50 / 40) / 2, rel=1e-3)


def test_way_and_growth_count_together():
    assert moved([face(0.0), face(0.0), face(5.0, width=60.0), face(5.0, width=60.0)]) == pytest.approx(
        np.hypot(np.hypot(10.0, 6.0) / 50, np.log(60 / 50) / 2), rel=1e-3
    )


def test_three_frames_are_enough_and_two_are_not():
    assert moved([face(0), face(40)]) == 0.0
    assert moved([face(0), face(40), face(80)]) == pytest.approx(0.8)


@given(st.integers(0, 9), st.floats(-200, 200), st.floats(20, 200))
def test_what_one_frame_shows_counts_for_nothing(slips_at: int, x: float, width: float):
    assert moved([face(x, width=width) if step == slips_at else face(0) for step in range(10)]) < 1e-6


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1)), max_size=50))
def test_a_poster_whose_detection_trembles_does_not_come_in(trembling: list[tuple[float, float, float]]):
    assert moved([face(100 + x, 100 + y, 50 + width) for x, y, width in trembling]) < COMES_IN


@pytest.mark.parametrize("seed", range(30))
def test_a_poster_that_is_found_anew_in_every_frame_of_a_minute_does_not_come_in(seed: int):
    assert moved(scattered(still(300), 0.025, seed)) < COMES_IN


def test_a_poster_whose_size_is_found_in_two_ways_does_not_come_in():
    as_wide = [50.0, 50.0, 50.0, 58.0, 58.0, 58.0, 50.0, 50.0, 58.0, 58.0] * 20
    assert moved([face(100 - width / 2, 100 - 0.6 * width, width) for width in as_wide]) < COMES_IN


@pytest.mark.parametrize("seed", range(10))
def test_whoever_walks_towards_the_camera_has_come_in_within_a_second(seed: int):
    walk = Walk(
        pace_m_per_s=0.9,
        eyes_m=1.65,
        comes_from=1,
        door_x_m=0.1,
        near_x_m=-0.2,
        near_depth_m=1.3,
        leaves_to=-1,
    )
    view = View(width_px=1280, height_px=720)
    boxes = [face_box(pose_of(walk, 0.6 + 0.2 * step), view) for step in range(6)]
    assert moved(scattered([face(x, y, width) for x, y, width, _ in boxes], 0.01, seed)) >= COMES_IN


def test_whoever_paces_up_and_down_has_come_in_though_never_far():
    assert moved([face(15.0 * np.sin(step / 2)) for step in range(40)]) >= COMES_IN


@given(st.lists(st.floats(0, 500), min_size=3, max_size=30))
def test_who_has_come_in_stays_so(places: list[float]):
    movement, before = Movement(), 0.0
    for place in places:
        movement.saw(face(place))
        assert movement.widths >= before
        before = movement.widths
