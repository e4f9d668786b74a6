"""A picture that shows where a camera looks, and nobody's face."""

from typing import cast

import cv2

from faces.pictures import encode_jpeg
from faces.ports import Image

_WIDTH_PX = 160
_QUALITY = 80


def coarse_still(image: Image) -> bytes:
    """Return a JPEG 160 pixels wide: of a face that a camera sees well, a dozen of them are left."""
    height, width = image.shape[:2]
    scale = min(1.0, _WIDTH_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return encode_jpeg(cast("Image", cv2.resize(image, size, interpolation=cv2.INTER_AREA)), _QUALITY)
