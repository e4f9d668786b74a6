"""Pictures so coarse that they show where a camera looks, and nobody's face."""

from typing import cast

import cv2

from faces.pictures import encode_jpeg
from faces.ports import Image

_COARSE_PX, _SHOWN_PX = 64, 480
_QUALITY = 80


def coarse(image: Image) -> Image:
    """Return a picture whose longer side is 64 pixels: a face that fills a third of it is left twenty."""
    return _scaled_to(image, _COARSE_PX, cv2.INTER_AREA)


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
