"""Pictures that show where a camera looks, and nobody's face."""

from typing import cast

import cv2
import numpy as np

from faces.pictures import encode_jpeg
from faces.ports import Image
from ingest.last_picture import FoundFace, LastPicture

_WIDTH_PX = 160
_QUALITY = 80
_SHOWN_WIDTH_PX = 480
_CELLS = 4
"""Of a face that was found, so many squares are left in a row."""
_MARGIN = 0.15
_USABLE, _REFUSED = (90, 200, 80), (40, 150, 250)
"""Green and amber, as (blue, green, red)."""


def coarse_still(image: Image) -> bytes:
    """Return a JPEG 160 pixels wide: of a face that a camera sees well, a dozen of them are left."""
    return encode_jpeg(_coarse(image), _QUALITY)


def boxed_still(picture: LastPicture) -> bytes:
    """Return a JPEG of no more than is in the coarse one, 480 pixels wide, with a box around each face found.

    Green is a face of which a crop was good enough, amber one of which none was yet. Each is left a few squares.
    """
    coarse = _coarse(picture.image)
    height, width = coarse.shape[:2]
    scale = _SHOWN_WIDTH_PX / width
    shown = cast("Image", cv2.resize(coarse, (_SHOWN_WIDTH_PX, max(1, round(height * scale)))))
    scale = _SHOWN_WIDTH_PX / picture.image.shape[1]
    for face in picture.faces:
        _hide(shown, face, scale)
    for face in picture.faces:  # on top of what hides others
        left, top, right, bottom = _edges(face, scale, 0.0)
        cv2.rectangle(shown, (left, top), (right, bottom), _USABLE if face.is_usable else _REFUSED, 2)
    return encode_jpeg(shown, _QUALITY)


def _coarse(image: Image) -> Image:
    height, width = image.shape[:2]
    scale = min(1.0, _WIDTH_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cast("Image", cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _hide(shown: Image, face: FoundFace, scale: float) -> None:
    """Leave a face a few squares: one that stands near the camera would be told from the coarse picture as well."""
    left, top, right, bottom = _edges(face, scale, _MARGIN)
    part = shown[max(0, top) : bottom, max(0, left) : right]
    if part.size:
        height, width = part.shape[:2]
        few = cv2.resize(part, (min(_CELLS, width), min(_CELLS, height)), interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(few, (width, height), interpolation=cv2.INTER_NEAREST)


def _edges(face: FoundFace, scale: float, margin: float) -> tuple[int, int, int, int]:
    x, y, width, height = (scale * side for side in face.box)
    edges = (x - margin * width, y - margin * height, x + (1 + margin) * width, y + (1 + margin) * height)
    left, top, right, bottom = np.rint(edges).astype(int).tolist()
    return left, top, right, bottom
