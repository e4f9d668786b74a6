"""Finds faces with YuNet (Wu et al., Machine Intelligence Research 2023), box and five points in one pass.

The points are the eye on the left of the picture, the eye on its right, the nose, and the corners of the mouth on the
left and on the right of the picture.
"""

import cv2
import numpy as np

from faces.boxes import inside, suppressed
from faces.ports import Detection, Image, Inference, Tensor

DETECTOR_ID = "yunet-n.v1"
_STRIDES_PX = (8, 16, 32)
_SMALLEST_FACE_PX = 20  # narrowest face found reliably at the network's own scale
_MIN_SCORE = 0.6
_MAX_OVERLAP = 0.3


class YuNetDetector:
    """YuNet at one scale: the picture is shrunk until a face of ``min_face_px`` is just large enough to be found."""

    def __init__(self, network: Inference, *, min_face_px: float) -> None:
        self._network = network
        self._scale = min(1.0, _SMALLEST_FACE_PX / min_face_px)

    @property
    def detector_id(self) -> str:
        """See FaceDetector."""
        return DETECTOR_ID

    def detect(self, image: Image) -> list[Detection]:
        """See FaceDetector. ``score`` is the geometric mean of the network's class and object scores."""
        height, width = image.shape[:2]
        columns, rows = max(1, round(width * self._scale)), max(1, round(height * self._scale))
        if (columns, rows) != (width, height):
            image = np.asarray(cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        outputs = self._network.infer(_padded(image)[None])
        faces = np.concatenate([_decoded(outputs, stride, columns) for stride in _STRIDES_PX])
        ratio = np.array([width / columns, height / rows])
        boxes, points = faces[:, 1:5] * np.tile(ratio, 2), faces[:, 5:].reshape(-1, 5, 2) * ratio
        kept = suppressed(boxes, faces[:, 0], max_overlap=_MAX_OVERLAP)
        return [
            Detection(
                box=inside(boxes[row], width=width, height=height),
                score=float(faces[row, 0]),
                landmarks=points[row].astype(np.float32),
            )
            for row in kept
        ]


def _padded(image: Image) -> Image:
    """Add black at the right and below until 32 divides both sides."""
    rows, columns = image.shape[:2]
    below, right = -rows % _STRIDES_PX[-1], -columns % _STRIDES_PX[-1]
    return np.asarray(cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT), dtype=np.uint8)


def _decoded(
    outputs: dict[str, Tensor], stride: int, columns: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return (n, 15): score, left, top, right, bottom and five points, for the cells of one stride that see a face."""
    objects, classes, boxes, points = (
        outputs[f"{name}_{stride}"][0].astype(np.float64) for name in ("obj", "cls", "bbox", "kps")
    )
    scores = np.sqrt(np.clip(objects[:, 0], 0, 1) * np.clip(classes[:, 0], 0, 1))
    seen = np.flatnonzero(scores > _MIN_SCORE)
    cells_across = (columns + _STRIDES_PX[-1] - 1) // _STRIDES_PX[-1] * _STRIDES_PX[-1] // stride
    cells = np.stack([seen % cells_across, seen // cells_across], axis=1)
    centres = (cells + boxes[seen, :2]) * stride
    halves = np.exp(boxes[seen, 2:]) * stride / 2
    marks = (np.tile(cells, 5) + points[seen]) * stride
    return np.concatenate([scores[seen, None], centres - halves, centres + halves, marks], axis=1)
