import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.alignment import DLIB_CHIP_PX, dlib_chip, similarity, similarity_crop

POINTS = np.array([(40, 45), (88, 45), (64, 80), (45, 105), (83, 105)], dtype=float)


def gradient() -> np.ndarray:
    """A picture whose blue is its column and whose green is its row."""
    rows, columns = np.mgrid[0:256, 0:256]
    return np.stack([columns, rows, np.zeros_like(rows)], axis=2).astype(np.uint8)


@given(st.floats(0.3, 3), st.floats(-3, 3), st.floats(-50, 50), st.floats(-50, 50))
def test_a_similarity_transform_is_recovered(scale: float, angle: float, x: float, y: float):
    factor, shift = scale * np.exp(1j * angle), complex(x, y)
    moved = factor * (POINTS @ np.array([1, 1j])) + shift
    target = np.stack([moved.real, moved.imag], axis=1).astype(np.float32)
    found_factor, found_shift = similarity(POINTS, target)
    assert abs(found_factor - factor) < 1e-3
    assert abs(found_shift - shift) < 1e-2


def test_landmarks_that_lie_as_they_should_cut_the_picture_as_it_is():
    crop = similarity_crop(gradient(), POINTS.astype(np.float32), POINTS, 128)
    assert np.abs(crop.astype(int) - gradient()[:128, :128]).max() <= 1


def test_a_shifted_face_gives_a_shifted_crop():
    crop = similarity_crop(gradient(), (POINTS + np.array([20, 10])).astype(np.float32), POINTS, 100)
    assert crop[50, 50].tolist() == pytest.approx([70, 60, 0], abs=1)


def test_what_lies_outside_is_black():
    crop = similarity_crop(
        np.full((128, 128, 3), 255, dtype=np.uint8), (POINTS - (60, 0)).astype(np.float32), POINTS, 128
    )
    assert (crop[:, :55] == 0).all()
    assert (crop[2:-2, 65:] >= 254).all()


def test_a_chip_is_150_pixels_wherever_and_however_large_the_face():
    for scale in (0.2, 1.0, 4.0):
        landmarks = (POINTS * scale).astype(np.float32)
        assert dlib_chip(gradient(), landmarks).shape == (DLIB_CHIP_PX, DLIB_CHIP_PX, 3)


def test_a_large_face_is_halved_before_it_is_sampled():
    stripes = np.tile(np.array([0, 255], dtype=np.uint8), (800, 400))[..., None].repeat(3, axis=2)
    crop = similarity_crop(stripes, (POINTS * 6).astype(np.float32), POINTS, 100)
    assert cv2.meanStdDev(crop[10:-10, 10:-10])[1].max() < 20
