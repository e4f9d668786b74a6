"""What a camera last saw, and the faces it was seen with: for whoever hangs it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from faces.ports import Image
from ingest.tracks import Box

_FACES_SHOWN_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFace:
    """A face: its ``box`` (x, y, width, height) in pixels, and whether a crop of its track is good enough."""

    box: Box
    is_usable: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LastPicture:
    """A frame of a camera, (height, width, 3) uint8 BGR, when it was captured, and the faces found in it."""

    image: Image
    captured_at: datetime
    faces: tuple[FoundFace, ...]


def more_telling(last: LastPicture | None, new: LastPicture) -> LastPicture:
    """Return the picture to show: the ``new`` one, unless nobody is in it and somebody was within the last minute.

    Whoever tries a camera out stands before it, and looks at its picture a moment later.
    """
    if last is None or new.faces or not last.faces:
        return new
    return last if timedelta(0) <= new.captured_at - last.captured_at <= _FACES_SHOWN_FOR else new
