"""dlib's five landmarks without dlib: an ensemble of regression trees, vectorised over trees and faces.

Method: Kazemi and Sullivan, "One millisecond face alignment with an ensemble of regression trees", CVPR 2014. Points
are computed as complex numbers x + iy: a similarity transform is then one multiplication.
"""

import numpy as np
from numpy.typing import NDArray

from faces.dlib_format import ShapePredictor
from faces.ports import Image, Landmarks

Points = NDArray[np.complex64]
_TO_COMPLEX = np.array([1, 1j], dtype=np.complex64)
_MIDDLE = np.complex64(0.5 + 0.5j)
_HALF = np.float32(0.5)


class FivePointLandmarks:
    """Finds the five points of a face from its box. Safe to call from several threads at once.

    Their order is the outer and the inner corner of the eye on the right of the picture, the outer and the inner corner
    of the eye on its left, and the point under the nose.
    """

    def __init__(self, predictor: ShapePredictor) -> None:
        cascades, trees, splits = predictor.split_threshold.shape
        self._mean_shape: Points = predictor.mean_shape @ _TO_COMPLEX
        self._centred: Points = (self._mean_shape - self._mean_shape.mean()).conj()
        self._extent = np.square(np.abs(self._centred)).sum()
        # As NumPy counts places: others it would convert each time.
        self._anchors = predictor.anchors.astype(np.intp)
        self._offsets: Points = predictor.offsets @ _TO_COMPLEX
        self._first = predictor.split_first.reshape(cascades, -1).astype(np.intp)
        self._second = predictor.split_second.reshape(cascades, -1).astype(np.intp)
        self._threshold = predictor.split_threshold.reshape(cascades, -1)
        self._leaves: Points = (predictor.leaves @ _TO_COMPLEX).reshape(cascades, trees * (splits + 1), -1)
        self._levels = (splits + 1).bit_length() - 1
        # The splits of a tree are counted from 1, those below the k-th being 2 k and 2 k + 1, and so on to its leaves.
        self._before_split = np.arange(trees) * splits - 1
        self._before_leaf = np.arange(trees) * (splits + 1) - (splits + 1)

    def locate(self, image: Image, boxes: NDArray[np.float64]) -> Landmarks:
        """Return (n, 5, 2) points in pixels for (n, 4) boxes (left, top, right, bottom).

        The last pixel belongs to a box. Boxes may reach over the edge of the image; what lies outside counts as black.
        Points are whole pixels, as dlib's are: its alignment was made from those.
        """
        corners = boxes.astype(np.float32)
        left, top = corners[:, 0:1], corners[:, 1:2]
        width, height = corners[:, 2:3] - left, corners[:, 3:4] - top
        shapes = np.repeat(self._mean_shape[None], len(boxes), axis=0)
        for cascade in range(len(self._first)):
            places = self._turn_and_scale(shapes) * self._offsets[cascade]
            places += shapes.take(self._anchors[cascade], axis=1)
            brightness = _brightness(image, places.real * width + left, places.imag * height + top)
            moves = self._leaves[cascade].take(self._reached(cascade, brightness), axis=0)
            moves[:, 0] += shapes
            # One after the other, as dlib adds them: a sum rounded otherwise ends in other pixels now and then.
            shapes = np.add.reduce(moves, axis=1)
        points = np.stack([shapes.real * width + left, shapes.imag * height + top], axis=-1)
        return np.asarray(np.floor(points + 0.5), dtype=np.float32)

    def boxes_around(self, landmarks: Landmarks) -> NDArray[np.float64]:
        """Return (n, 4) squares (left, top, right, bottom) in which points (n, 5, 2) lie where they do on average.

        By least squares; for points of the average face, found in a square, that square.
        """
        points: Points = (landmarks @ _TO_COMPLEX).astype(np.complex64)
        turns = self._turn_and_scale(points)
        centres = points.mean(axis=1, keepdims=True) + turns * (_MIDDLE - self._mean_shape.mean())
        reach = np.abs(turns) / 2
        return np.concatenate(
            [centres.real - reach, centres.imag - reach, centres.real + reach, centres.imag + reach], axis=1
        ).astype(np.float64)

    def _turn_and_scale(self, shapes: Points) -> Points:
        """Return (n, 1): the best similarity transform from the mean shape to each shape, without its shift."""
        target = shapes - shapes.mean(axis=1, keepdims=True)
        factors: Points = (target @ self._centred)[:, None] / self._extent
        return factors

    def _reached(self, cascade: int, brightness: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return (n, trees): the leaf each tree of a cascade ends in, counted over all its trees."""
        first, second = (brightness.take(pixels[cascade], axis=1) for pixels in (self._first, self._second))
        first -= second
        goes_right = (first <= self._threshold[cascade]).ravel()
        before = self._before_split + np.arange(len(brightness))[:, None] * first.shape[1]
        node = 2 + goes_right.take(before + 1)
        for _ in range(self._levels - 1):
            right = goes_right.take(before + node)
            node += node
            node += right
        return np.asarray(node + self._before_leaf)


def _brightness(image: Image, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of the three channels, without its fraction, at the pixels nearest to x, y; 0 outside."""
    rows, columns = image.shape[:2]
    column, row = np.floor(x + _HALF).astype(np.intp), np.floor(y + _HALF).astype(np.intp)
    # As unsigned numbers, those before the edge lie beyond the other.
    inside = (column.view(np.uintp) < columns) & (row.view(np.uintp) < rows)
    row *= columns
    row += column
    row *= inside
    colours = image.reshape(-1, 3).take(row, axis=0).astype(np.uint16)
    brightness = (colours[..., 0] + colours[..., 1] + colours[..., 2]) // 3
    return np.asarray(brightness * inside, dtype=np.float32)
