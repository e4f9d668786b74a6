"""Pictures so coarse that they show where a camera looks, and nobody's face."""

from typing import cast

import cv2
import numpy as np

from faces.pictures import encode_jpeg
from faces.ports import Image

_SAMPLED_PX, _COARSE_PX, _SHOWN_PX = 320, 64, 480
_QUALITY = 80


def coarse(image: Image) -> Image:
    """Return a picture whose longer side is 64 pixels: a face that fills a third of it is left twenty.

    Each is the mean of some 25 samples of its area: every pixel of every frame would be several times as much work.
    """
    step = max(1, max(image.shape[:2]) // _SAMPLED_PX)
    return _scaled_to(np.ascontiguousarray(image[::step, ::step]), _COARSE_PX, cv2.INTER_AREA)


def enlarged(image: Image) -> Image:
    """Return a coarse picture as it is shown, its longer side 480 pixels."""
    return _scaled_to(image, _SHOWN_PX, cv2.INTER_LINEAR)


def coarse_still(image: Image) -> bytes:
    """Return the coarse picture as a JPEG, enlarged."""
    return as_shown(enlarged(coarse(image)))


def as_shown(image: Image) -> bytes:
    """Return an enlarged picture as a JPEG."""
    return encode_jpeg(image, _QUALITY)


def _scaled_to(image: Image, longer_side_px: int, how: int) -> Image:
    height, width = image.shape[:2]
    scale = longer_side_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cast("Image", cv2.resize(image, size, interpolation=how))
