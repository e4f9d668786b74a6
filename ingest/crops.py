"""Cuts faces out of frames, as they travel: a JPEG with margin, its landmarks, at most 64,000 bytes."""

from datetime import datetime
from typing import cast

import cv2
import numpy as np

from faces.pictures import encode_jpeg
from faces.ports import Detection, Image
from schemas.messages import MAX_JPEG_BYTES, Shot

# Room around the box for any alignment: dlib's takes a quarter of its chip, turned by up to 45 degrees.
_MARGIN = 0.6
# The face is then about 200 px wide, more than any embedder's input.
_LONGEST_SIDE_PX = 448
_JPEG_QUALITIES = (92, 85, 75, 60)
_SHRINK = 0.75


def cut_shot(
    image: Image, detection: Detection, *, captured_at: datetime, quality: float, liveness: float | None = None
) -> Shot:
    """Return the crop of a detection: the box and 0.6 of its longer side on each side, as far as the frame goes.

    Crops above 448 px are scaled down; a crop that does not fit into 64,000 bytes loses JPEG quality first, then size.
    """
    left, top, right, bottom = _region(image, detection)
    crop = image[top:bottom, left:right]
    scale = min(1.0, _LONGEST_SIDE_PX / max(crop.shape[:2]))
    while True:
        scaled, scale_xy = _scaled(crop, scale)
        for jpeg_quality in _JPEG_QUALITIES:
            jpeg = encode_jpeg(scaled, jpeg_quality)
            if len(jpeg) <= MAX_JPEG_BYTES:
                landmarks = (detection.landmarks - np.array([left, top], np.float32)) * scale_xy
                return Shot(
                    captured_at=captured_at,
                    jpeg=jpeg,
                    box=detection.box,
                    landmarks=tuple(float(number) for number in landmarks.ravel()),
                    quality=quality,
                    liveness=liveness,
                )
        scale *= _SHRINK


def _region(image: Image, detection: Detection) -> tuple[int, int, int, int]:
    height, width = image.shape[:2]
    x, y, box_width, box_height = detection.box
    margin = _MARGIN * max(box_width, box_height)
    left, top = max(0, int(x - margin)), max(0, int(y - margin))
    right, bottom = min(width, int(x + box_width + margin) + 1), min(height, int(y + box_height + margin) + 1)
    return min(left, width - 1), min(top, height - 1), max(right, left + 1), max(bottom, top + 1)


def _scaled(crop: Image, scale: float) -> tuple[Image, "np.ndarray[tuple[int], np.dtype[np.float32]]"]:
    """Return the crop at a scale, and the exact factors for x and y after rounding to whole pixels."""
    height, width = crop.shape[:2]
    if scale >= 1.0:
        return crop, np.ones(2, np.float32)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    scaled = cast("Image", cv2.resize(crop, size, interpolation=cv2.INTER_AREA))
    return scaled, np.array([size[0] / width, size[1] / height], np.float32)
