"""Cuts the crops an embedder takes, by the detector's landmarks or by better ones that a network finds."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from faces.alignment import similarity, similarity_crop
from faces.errors import ModelError
from faces.landmarks import LandmarkScheme
from faces.ports import Image, Inference, Landmarks

_BATCH = 16


class Refiner:
    """Finds the five points of faces anew, by a network that sees each face upright, large and alone.

    A detector searches a whole picture shrunk until the faces are small, and its points are as coarse as that. The
    network is given the square in which those points lie nearest to where they do in a face seen from the front. What
    it answers, x and y of each point in parts of the square, is carried back into the picture.
    """

    def __init__(self, load: Callable[[], Inference], *, side_px: int) -> None:
        """``load`` loads the network when the first face is aligned; it takes squares of ``side_px``."""
        self._load = load
        self._side_px = side_px
        self._frame = LandmarkScheme.FIVE_POINT.places * side_px

    @cached_property
    def _network(self) -> Inference:
        return self._load()

    def refined(self, images: Sequence[Image], landmarks: Sequence[Landmarks]) -> list[Landmarks]:
        """Return the (5, 2) landmarks of the face in each image. Raises ModelError."""
        squares = [
            similarity_crop(image, points, self._frame, self._side_px)
            for image, points in zip(images, landmarks, strict=True)
        ]
        found: list[Landmarks] = []
        for at in range(0, len(squares), _BATCH):
            found += self._found(squares[at : at + _BATCH])
        return [self._carried_back(points, seen) for points, seen in zip(landmarks, found, strict=True)]

    def _found(self, squares: Sequence[Image]) -> list[Landmarks]:
        (answer,) = {id(output): output for output in self._network.infer(np.stack(squares)).values()}.values()
        if answer.size != len(squares) * self._frame.size:
            raise ModelError(
                f"the landmark network answers {answer.size // len(squares)} numbers for a face, not x and y of five "
                "points: take another"
            )
        return list(answer.reshape(len(squares), *self._frame.shape))

    def _carried_back(self, landmarks: Landmarks, found: Landmarks) -> Landmarks:
        factor, shift = similarity(self._frame, landmarks)
        points = factor * (found.astype(np.float64) * self._side_px @ np.array([1, 1j])) + shift
        return np.stack([points.real, points.imag], axis=1).astype(np.float32)


class Aligner:
    """Cuts faces out of images as a pack's embedder takes them. Safe to call from several threads at once."""

    def __init__(self, cut: Callable[[Image, Landmarks], Image], refiner: Refiner | None = None) -> None:
        self._cut = cut
        self._refiner = refiner

    def __call__(self, images: Sequence[Image], landmarks: Sequence[Landmarks]) -> list[Image]:
        """Return the crop of one face of each image, by its (5, 2) landmarks as the detector gave them.

        Raises ModelError.
        """
        if self._refiner is not None:
            landmarks = self._refiner.refined(images, landmarks)
        return [self._cut(image, points) for image, points in zip(images, landmarks, strict=True)]
