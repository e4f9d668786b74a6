"""Finds faces with dlib's CNN (max-margin object detection, King 2015, arXiv:1502.00046)."""

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.boxes import Boxes, inside, suppressed
from faces.dlib_landmarks import FivePointLandmarks
from faces.dlib_pyramid import Level, Pyramid
from faces.ports import Detection, Image, Inference

DETECTOR_ID = "dlib-mmod-cnn-5pt.v1"
SMALLEST_FACE_PX = 72  # narrowest face found reliably at the network's own scale (bench/quantisation.py)
_WINDOW_PX = 80
_LAST_PIXEL = np.array([0, 0, 1, 1])
_CELL_PX = 8
_FIRST_CELL_PX = 14
_MAX_OVERLAP = 0.3383  # stands in the head of dlib's file


class DlibDetector:
    """dlib's CNN over a pyramid of sizes, with its five landmarks.

    ``min_face_px`` sets the largest size looked at: a face that wide is just large enough to be found there.
    """

    def __init__(
        self, network: Inference, landmarks: FivePointLandmarks, *, min_face_px: float, pyramid: Pyramid
    ) -> None:
        self._network = network
        self._landmarks = landmarks
        self._scale = SMALLEST_FACE_PX / min_face_px
        self._pyramid = pyramid

    @property
    def detector_id(self) -> str:
        """See FaceDetector."""
        return DETECTOR_ID

    def detect(self, image: Image) -> list[Detection]:
        """See FaceDetector. ``score`` is 1 - exp(-2 s) of dlib's own score s, which is above 0 for a face."""
        height, width = image.shape[:2]
        found = list(self._candidates(self._scaled(image), width, height))
        if not found:
            return []
        boxes = np.array([box for box, _ in found], dtype=np.float64)
        scores = np.array([score for _, score in found])
        kept = suppressed(boxes, scores, max_overlap=_MAX_OVERLAP)
        # As in face_recognition: the landmarks see the box cut at the edge, at right and below one pixel beyond.
        cut = np.clip(boxes[kept] - _LAST_PIXEL, 0, [width, height] * 2)
        points = self._landmarks.locate(image, cut)
        return [
            Detection(
                box=inside(boxes[row], width=width, height=height), score=1 - math.exp(-2 * scores[row]), landmarks=five
            )
            for row, five in zip(kept, points, strict=True)
        ]

    def _scaled(self, image: Image) -> Image:
        if self._scale == 1:
            return image
        height, width = image.shape[:2]
        size = max(1, round(width * self._scale)), max(1, round(height * self._scale))
        how = cv2.INTER_AREA if self._scale < 1 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)

    def _candidates(self, image: Image, width: int, height: int) -> Iterator[tuple[Boxes, float]]:
        """Yield box (left, top, right, bottom), in pixels of a picture of the given sides, and score of each window."""
        rows, columns = image.shape[:2]
        ratio = np.array([width / columns, height / rows] * 2)
        for sheet in self._pyramid(image):
            scores = self._network.infer(sheet.image[None])["scores"][0, 0]
            for row, column in np.argwhere(scores > 0):
                x, y = _CELL_PX * column + _FIRST_CELL_PX, _CELL_PX * row + _FIRST_CELL_PX
                level = next((level for level in sheet.levels if level.holds(x, y)), None)
                if level is not None:
                    yield _window(level, x, y) * ratio, float(scores[row, column])


def _window(level: Level, x: float, y: float) -> NDArray[np.float64]:
    reach = (_WINDOW_PX - 1) / 2
    corners = (*level.to_picture(x - reach, y - reach), *level.to_picture(x + reach, y + reach))
    # dlib's boxes are whole pixels, and the last pixel belongs to them.
    whole: NDArray[np.float64] = np.floor(np.array(corners) + 0.5) + _LAST_PIXEL
    return whole
