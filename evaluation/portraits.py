"""Faces as people look at them: upright, of one size, with some of what is around."""

import cv2
import numpy as np

from faces.alignment import similarity_crop
from faces.landmarks import LandmarkScheme
from faces.ports import Detection, Image

_AROUND = 1.5  # side of the portrait, in longer sides of the face's box
_BEYOND = (236, 233, 230)


def portrait(image: Image, detection: Detection, scheme: LandmarkScheme, *, size_px: int) -> Image:
    """Return a face turned upright, centred, as a square of ``size_px``.

    Where the square reaches beyond the image it is light grey.
    """
    left, top, width, height = detection.box
    centre = complex(left + width / 2, top + height / 2)
    half = _AROUND * max(width, height) / 2
    turn = np.exp(1j * np.radians(scheme.pose(detection.landmarks).roll_deg))
    corners = centre + half * turn * np.array([-1 - 1j, 1 - 1j, 1 + 1j, -1 + 1j])
    around, corner = _with_edges(image, centre, reach=1.5 * half)
    square = np.stack([(corners - corner).real, (corners - corner).imag], axis=1).astype(np.float32)
    targets = np.array([(0, 0), (size_px, 0), (size_px, size_px), (0, size_px)], dtype=np.float64)
    return similarity_crop(around, square, targets, size_px)


def _with_edges(image: Image, centre: complex, *, reach: float) -> tuple[Image, complex]:
    """Return what of the image lies around a place, as if the image went on in grey, and the corner of that."""
    rows, columns = image.shape[:2]
    left, top = int(centre.real - reach), int(centre.imag - reach)
    right, bottom = int(centre.real + reach) + 1, int(centre.imag + reach) + 1
    inside = image[max(top, 0) : min(bottom, rows), max(left, 0) : min(right, columns)]
    beyond = (max(-top, 0), max(bottom - rows, 0), max(-left, 0), max(right - columns, 0))
    return np.asarray(cv2.copyMakeBorder(inside, *beyond, cv2.BORDER_CONSTANT, value=_BEYOND), dtype=np.uint8), complex(
        left, top
    )
