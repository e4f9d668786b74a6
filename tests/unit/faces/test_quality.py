from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from faces_scene import portrait, scene
from hypothesis import given
from hypothesis import strategies as st

from faces.landmarks import LandmarkScheme
from faces.ports import Detection, Image
from faces.quality import Fault, Quality, assess

SIDE_PX = 220
# Where the landmarks of a portrait of the simulator lie, in parts of its side.
EYES_NOSE_MOUTH = np.array([(0.365, 0.365), (0.63, 0.36), (0.5, 0.515), (0.4, 0.63), (0.625, 0.623)])
PEOPLE = range(6)


def picture(person: int = 0) -> Image:
    return scene(portrait(person), side_px=SIDE_PX)


def found(*, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0), nose: float = 0.0) -> Detection:
    """The face in a picture, as a detector gives it; ``nose`` moves that aside, in distances between the eyes."""
    left, top = (640 - SIDE_PX) / 2, (360 - SIDE_PX) / 2
    points = EYES_NOSE_MOUTH * SIDE_PX + (left, top)
    points[2, 0] += nose * (points[1, 0] - points[0, 0])
    box = left + 0.2 * SIDE_PX, top + 0.07 * SIDE_PX, 0.6 * SIDE_PX, 0.75 * SIDE_PX
    return Detection(
        box=((box[0] + shift[0]) * scale, (box[1] + shift[1]) * scale, box[2] * scale, box[3] * scale),
        score=0.93,
        landmarks=((points + shift) * scale).astype(np.float32),
    )


def quality(image: Image, detection: Detection | None = None) -> Quality:
    return assess(image, detection or found(), LandmarkScheme.FIVE_POINT)


def blurred(image: Image, amount: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.5 + amount * 10), dtype=np.uint8)


def moved(image: Image, amount: float) -> Image:
    """Smeared along the rows, as by somebody who walks past while the shutter is open."""
    return np.asarray(cv2.GaussianBlur(image, (101, 1), 0.5 + amount * 8), dtype=np.uint8)


def darkened(image: Image, amount: float) -> Image:
    return (image * (1.0 - 0.97 * amount)).astype(np.uint8)


def overexposed(image: Image, amount: float) -> Image:
    return np.clip(image + 255 * amount, 0, 255).astype(np.uint8)


def faded(image: Image, amount: float) -> Image:
    return (127 + (image.astype(float) - 127) * (1.0 - 0.97 * amount)).astype(np.uint8)


@pytest.mark.parametrize("spoilt", [blurred, moved, darkened, overexposed, faded])
@pytest.mark.parametrize("person", PEOPLE)
def test_the_score_falls_with_every_step_of_blur_motion_darkness_glare_and_haze(
    spoilt: Callable[[Image, float], Image], person: int
) -> None:
    scores = [quality(spoilt(picture(person), amount)).score for amount in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    assert all(later <= earlier + 0.05 for earlier, later in pairwise(scores))
    assert scores[-1] < 0.7 * scores[0]


@pytest.mark.parametrize("person", PEOPLE)
def test_the_score_falls_as_a_face_shrinks(person: int) -> None:
    scores = []
    for scale in (1.0, 0.5, 0.25, 0.15):
        small = cv2.resize(picture(person), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        scores.append(quality(np.asarray(small, dtype=np.uint8), found(scale=scale)).score)
    assert all(later < earlier for earlier, later in pairwise(scores[1:]))
    assert scores[-1] < 0.8 * scores[0]


@pytest.mark.parametrize("person", PEOPLE)
def test_the_score_falls_as_a_head_turns_to_either_side(person: int) -> None:
    for side in (-1, 1):
        scores = [quality(picture(person), found(nose=side * turned)).score for turned in (0.1, 0.3, 0.6, 1.0)]
        assert all(later < earlier for earlier, later in pairwise(scores))
        assert scores[-1] < 0.3 * scores[0]


@pytest.mark.parametrize("person", PEOPLE)
def test_the_score_falls_as_the_edge_of_the_picture_cuts_into_a_face(person: int) -> None:
    left = round(found().box[0])
    scores = [
        quality(np.ascontiguousarray(picture(person)[:, left + cut :]), found(shift=(-left - cut, 0))).score
        for cut in (0, 25, 50, 75)
    ]
    assert all(later < earlier for earlier, later in pairwise(scores))


@pytest.mark.parametrize("person", PEOPLE)
def test_dark_glasses_and_landmarks_out_of_place_lower_the_likeness(person: int) -> None:
    behind_glasses = picture(person)
    behind_glasses[125:175, 270:370] = 20
    assert quality(behind_glasses).likeness < quality(picture(person)).likeness - 0.05
    assert quality(picture(person), found(shift=(0, 40))).likeness < quality(picture(person)).likeness - 0.1


def test_the_worst_fault_is_the_one_that_was_made() -> None:
    assert quality(blurred(picture(), 1.0)).worst is Fault.BLURRED
    assert quality(darkened(picture(), 1.0)).worst is Fault.POOR_LIGHT
    assert quality(picture(), found(nose=1.0)).worst is Fault.TURNED_AWAY
    assert quality(picture(), replace(found(), score=0.4)).worst is Fault.LOW_SCORE


def test_a_crop_cut_from_a_frame_is_worth_what_it_was_worth_in_the_frame() -> None:
    left, top = 140, 30
    cropped = np.ascontiguousarray(picture()[top:330, left:500])
    assert quality(cropped, found(shift=(-left, -top))).score == pytest.approx(quality(picture()).score, abs=0.02)


def test_how_far_outside_the_picture_a_face_lies_is_told_in_shares_of_it() -> None:
    assert quality(picture()).edge_clip == 0
    half = np.ascontiguousarray(picture()[:, 320:])
    assert quality(half, found(shift=(-320, 0))).edge_clip == pytest.approx(0.5, abs=0.1)
    assert quality(picture(), found(shift=(2000, 0))).edge_clip == 1


@given(st.floats(-900, 900), st.floats(-900, 900), st.floats(0.01, 5), st.integers(0, 3))
def test_the_score_stays_between_0_and_1_wherever_the_face_lies(left: float, top: float, scale: float, person: int):
    assert 0 <= quality(picture(person), found(shift=(left, top), scale=scale)).score <= 1


def test_landmarks_in_one_point_have_a_quality_too() -> None:
    heaped = replace(found(), landmarks=np.full((5, 2), 50, dtype=np.float32))
    assert 0 <= quality(picture(), heaped).score < 0.2


def test_both_landmark_schemes_read_the_same_pose() -> None:
    eyes_and_nose = [(0.78, 0.4), (0.62, 0.4), (0.22, 0.4), (0.38, 0.4), (0.55, 0.6)]
    dlib = LandmarkScheme.DLIB5.pose(np.array(eyes_and_nose, dtype=np.float32))
    eyes_nose_mouth = [(0.3, 0.4), (0.7, 0.4), (0.55, 0.6), (0.35, 0.8), (0.65, 0.8)]
    other = LandmarkScheme.FIVE_POINT.pose(np.array(eyes_nose_mouth, dtype=np.float32))
    assert dlib.yaw == pytest.approx(other.yaw, abs=1e-6)
    assert dlib.roll_deg == pytest.approx(0)


@pytest.mark.parametrize("scheme", LandmarkScheme)
def test_a_face_whose_landmarks_lie_in_their_places_looks_straight_ahead(scheme: LandmarkScheme) -> None:
    pose = scheme.pose(scheme.places.astype(np.float32))
    assert (abs(pose.yaw), abs(pose.roll_deg)) < (0.03, 2.0)
