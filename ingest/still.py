"""Pictures so coarse that they show where a camera looks, and nobody's face."""

from typing import cast

import cv2

from faces.pictures import encode_jpeg
from faces.ports import Image

_LONGER_SIDE_PX = 64
_QUALITY = 80


def coarse(image: Image) -> Image:
    """Return a picture whose longer side is 64 pixels: a face that fills a third of it is left twenty."""
    return scaled_to(image, _LONGER_SIDE_PX, cv2.INTER_AREA)


def coarse_still(image: Image) -> bytes:
    """Return the coarse picture as a JPEG."""
    return encode_jpeg(coarse(image), _QUALITY)


def scaled_to(image: Image, longer_side_px: int, how: int) -> Image:
    """Return a picture of this size, by one of OpenCV's interpolations."""
    height, width = image.shape[:2]
    scale = longer_side_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cast("Image", cv2.resize(image, size, interpolation=how))
