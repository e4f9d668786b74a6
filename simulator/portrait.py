"""The portrait: a face aligned by its landmarks to one small square, the form in which the simulator keeps faces.

A portrait is BGR, uint8, (128, 128, 3) unless asked for larger. It shows the whole head: the five landmarks of dlib's
shape lie at fixed places, with a margin of 0.55 of their square on every side.
"""

import cv2
import numpy as np

from faces.alignment import similarity_crop
from faces.ports import Image, Landmarks

SIDE_PX = 128
PADDING = 0.55

# The five points of dlib's alignment in the unit square of a face: outer and inner corner of the eye on the right of
# the picture, outer and inner corner of the eye on the left, base of the nose.
_SHAPE = np.array(
    [[0.8596, 0.2135], [0.6461, 0.2290], [0.1206, 0.2137], [0.3341, 0.2291], [0.4901, 0.6278]],
    dtype=np.float64,
)


def aligned_portrait(image: Image, landmarks: Landmarks, side_px: int = SIDE_PX) -> Image:
    """Return the portrait of the face whose five landmarks, in dlib's order, are given in pixels of ``image``.

    What lies outside the picture is filled with its border.
    """
    targets = (_SHAPE + PADDING) / (1.0 + 2.0 * PADDING) * side_px
    margin = max(image.shape[:2]) // 3
    wider = cv2.copyMakeBorder(image, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    return similarity_crop(np.asarray(wider, dtype=np.uint8), landmarks + np.float32(margin), targets, side_px)
