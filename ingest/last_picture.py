"""What a camera last saw, too coarse for faces, and the faces it was seen with: for whoever hangs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2

from faces.ports import Image
from ingest.still import coarse
from ingest.tracks import Box

_FACES_SHOWN_FOR = timedelta(seconds=60)
_CELLS = 4
"""Of a face that is followed, so many squares are left in a row at most."""
_MARGIN = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFace:
    """A face: its ``box`` (x, y, width, height) in pixels of the frame; usable once a crop of it is good enough."""

    box: Box
    is_usable: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LastPicture:
    """A frame of a camera, made coarse: (height, width, 3) uint8 BGR, with when it was captured and the faces in it.

    ``width_px`` is how wide the frame was, to which the boxes of ``faces`` belong.
    """

    image: Image
    width_px: int
    captured_at: datetime
    faces: tuple[FoundFace, ...]


def last_picture(
    frame: Image, captured_at: datetime, faces: Sequence[FoundFace], followed: Sequence[Box]
) -> LastPicture:
    """Return what is kept of a frame: ``faces`` are hidden, and whoever is ``followed`` where they were last seen."""
    image = coarse(frame)
    scale = image.shape[1] / frame.shape[1]
    for box in dict.fromkeys((*(face.box for face in faces), *followed)):  # most faces are those of whom is followed
        _hide(image, box, scale)
    return LastPicture(image=image, width_px=frame.shape[1], captured_at=captured_at, faces=tuple(faces))


def more_telling(last: LastPicture | None, new: LastPicture) -> LastPicture:
    """Return the picture to show: the ``new`` one, unless nobody is in it and somebody was within the last minute.

    Whoever tries a camera out stands before it, and looks at its picture a moment later.
    """
    if last is None or new.faces or not last.faces:
        return new
    return last if timedelta(0) <= new.captured_at - last.captured_at <= _FACES_SHOWN_FOR else new


def _hide(image: Image, box: Box, scale: float) -> None:
    """Leave of a face a few squares: one close to the lens is large enough to be told even from a coarse picture."""
    x, y, width, height = (scale * side for side in box)
    left, top = max(0, round(x - _MARGIN * width)), max(0, round(y - _MARGIN * height))
    right, bottom = max(0, round(x + (1 + _MARGIN) * width)), max(0, round(y + (1 + _MARGIN) * height))
    part = image[top:bottom, left:right]
    if part.size:
        high, wide = part.shape[:2]
        few = cv2.resize(part, (min(_CELLS, wide), min(_CELLS, high)), interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(few, (wide, high), interpolation=cv2.INTER_NEAREST)
