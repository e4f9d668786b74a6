"""Points found again in a square around those of the detector, and what is cut by them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from faces.aligner import Aligner, Refiner
from faces.errors import ModelError
from faces.landmarks import LandmarkScheme
from faces.ports import Image, Landmarks, Tensor

SIDE_PX = 48
FRAME = LandmarkScheme.FIVE_POINT.places
TURN = 3 * np.exp(0.4j)


class Seeing:
    """A network that sees the five points at the same places of every square."""

    def __init__(self, places: NDArray[np.float64]) -> None:
        self.places = places
        self.shapes: list[tuple[int, ...]] = []

    def infer(self, pictures: NDArray[np.uint8]) -> dict[str, Tensor]:
        self.shapes.append(pictures.shape)
        return {"points": np.tile(self.places.ravel(), (len(pictures), 1)).astype(np.float32)}


def in_picture(places: NDArray[np.float64]) -> Landmarks:
    """Carry places of the square into a picture in which the face is three times as large, turned and elsewhere."""
    points = TURN * SIDE_PX * (places @ np.array([1, 1j])) + 100 + 40j
    return np.stack([points.real, points.imag], axis=1).astype(np.float32)


def refined(network: Seeing, images: list[Image], landmarks: list[Landmarks]) -> list[Landmarks]:
    return Refiner(lambda: network, side_px=SIDE_PX).refined(images, landmarks)


def test_what_the_network_sees_is_carried_back_into_the_picture():
    seen = FRAME + np.array([(0.1, 0), (0, 0.1), (0.05, 0.05), (-0.1, 0), (0, -0.1)])
    picture = np.zeros((300, 300, 3), dtype=np.uint8)
    (found,) = refined(Seeing(seen), [picture], [in_picture(FRAME)])
    assert np.abs(found - in_picture(seen)).max() < 1e-3


def test_faces_are_looked_at_together_and_answered_in_their_order():
    network = Seeing(FRAME)
    landmarks = [in_picture(FRAME) + shift for shift in range(20)]
    found = refined(network, [np.zeros((300, 300, 3), dtype=np.uint8)] * 20, landmarks)
    assert network.shapes == [(16, SIDE_PX, SIDE_PX, 3), (4, SIDE_PX, SIDE_PX, 3)]
    assert np.abs(np.array(found) - landmarks).max() < 1e-3
    assert refined(network, [], []) == []


def test_a_network_that_gives_no_five_points_is_refused():
    with pytest.raises(ModelError, match="answers 8 numbers for a face"):
        refined(Seeing(FRAME[:4]), [np.zeros((90, 90, 3), dtype=np.uint8)], [in_picture(FRAME)])


def test_without_a_network_the_detectors_points_are_taken():
    align_all = Aligner(lambda image, points: image[: int(points[0, 0])])
    (crop,) = align_all([np.zeros((9, 9, 3), dtype=np.uint8)], [np.full((5, 2), 4, dtype=np.float32)])
    assert crop.shape == (4, 9, 3)
