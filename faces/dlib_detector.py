"""Finds faces with dlib's CNN (max-margin object detection, King 2015, arXiv:1502.00046)."""

import math

import numpy as np
from numpy.typing import NDArray

from faces.boxes import Boxes, inside, suppressed
from faces.dlib_landmarks import FivePointLandmarks
from faces.dlib_pyramid import Level, Pixels, on_one_sheet, one_by_one, resized
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

    ``min_face_px`` sets the largest size looked at: a face that wide is just large enough to be found there. A window
    comes in few sizes, each 1.6 times the next, so a box is laid round the landmarks found in it: it grows smoothly as
    a face comes nearer. With ``as_dlib`` every size is looked at that dlib looks at, and the windows are the boxes, as
    in dlib to the pixel; that takes twice the time.
    """

    def __init__(
        self, network: Inference, landmarks: FivePointLandmarks, *, min_face_px: float, as_dlib: bool = False
    ) -> None:
        self._network = network
        self._landmarks = landmarks
        self._scale = SMALLEST_FACE_PX / min_face_px
        self._as_dlib = as_dlib

    @property
    def detector_id(self) -> str:
        """See FaceDetector."""
        return DETECTOR_ID

    def detect(self, image: Image) -> list[Detection]:
        """See FaceDetector. ``score`` is 1 - exp(-2 s) of dlib's own score s, which is above 0 for a face."""
        height, width = image.shape[:2]
        boxes, scores = self._candidates(image)
        if not len(boxes):
            return []
        kept = suppressed(boxes, scores, max_overlap=_MAX_OVERLAP)
        # As in face_recognition: the landmarks see the box cut at the edge, at right and below one pixel beyond.
        cut = np.clip(boxes[kept] - _LAST_PIXEL, 0, [width, height] * 2)
        points = self._landmarks.locate(image, cut)
        drawn = boxes[kept] if self._as_dlib else self._landmarks.boxes_around(points)
        return [
            Detection(box=inside(box, width=width, height=height), score=1 - math.exp(-2 * score), landmarks=five)
            for box, score, five in zip(drawn, scores[kept], points, strict=True)
        ]

    def _candidates(self, image: Image) -> tuple[Boxes, NDArray[np.float64]]:
        """Return the boxes (n, 4) of all windows that show a face, in pixels of the picture, and their scores (n,)."""
        height, width = image.shape[:2]
        columns, rows = max(1, round(width * self._scale)), max(1, round(height * self._scale))
        sheets = on_one_sheet(resized(image, columns, rows)) if self._as_dlib else one_by_one(image, columns, rows)
        boxes, found = [np.zeros((0, 4))], [np.zeros(0)]
        for sheet in sheets:
            scores = self._network.infer(sheet.image[None])["scores"][0, 0]
            seen = np.flatnonzero(scores > 0)
            if not len(seen):
                continue
            centres = np.stack(np.divmod(seen, scores.shape[1])[::-1], axis=1) * float(_CELL_PX) + _FIRST_CELL_PX
            for level in sheet.levels:
                own = level.holds(centres)
                boxes.append(_windows(level, centres[own]))
                found.append(scores.ravel()[seen[own]].astype(np.float64))
        return np.concatenate(boxes) * ([width / columns, height / rows] * 2), np.concatenate(found)


def _windows(level: Level, centres: Pixels) -> Boxes:
    reach = (_WINDOW_PX - 1) / 2
    corners = np.concatenate([level.to_picture(centres - reach), level.to_picture(centres + reach)], axis=1)
    # dlib's boxes are whole pixels, and the last pixel belongs to them.
    return np.asarray(np.floor(corners + 0.5) + _LAST_PIXEL)
