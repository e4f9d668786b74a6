"""Which part of a picture to search for faces: detection costs as much as the pixels it is shown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced

import numpy as np
from numpy.typing import NDArray

from faces.ports import Detection, Image
from ingest.tracks import Box

# A region is snapped outward to this grid, so that the network meets few different shapes.
_STEPS = 16
# A little room, in shares of the picture's width: a face is wider than what of it has moved.
_ROOM = 0.05
# Room around a live track, in widths of its face: it goes on moving.
_TRACK_ROOM = 0.6
# Above this share of the picture the whole of it is searched.
_NEARLY_ALL = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A rectangle of pixels: ``left`` to ``right``, ``top`` to ``bottom``, the ends not included."""

    left: int
    top: int
    right: int
    bottom: int

    def cut(self, image: Image) -> Image:
        """Return this part of a picture."""
        return image[self.top : self.bottom, self.left : self.right]

    def to_picture(self, detection: Detection) -> Detection:
        """Return a detection made in the cut, in pixels of the picture."""
        x, y, width, height = detection.box
        offset = np.array([self.left, self.top], dtype=np.float32)
        return replaced(
            detection, box=(x + self.left, y + self.top, width, height), landmarks=detection.landmarks + offset
        )


def search_region(moving: NDArray[np.bool_], tracks: Sequence[Box], *, width: int, height: int) -> Region:
    """Return the part of a picture of ``width`` x ``height`` that holds all that moves and every live track.

    ``moving`` is (rows, columns), a cell each for equal parts of the picture; ``tracks`` are boxes in pixels. Where
    nothing moves and nobody is followed, or nearly all of it does, that is the whole picture.
    """
    edges = [_edges_of(box) for box in tracks]
    rows, columns = np.nonzero(moving)
    if len(rows):
        cell_width, cell_height = width / moving.shape[1], height / moving.shape[0]
        edges.append((
            float(columns.min() * cell_width), float(rows.min() * cell_height),
            float((columns.max() + 1) * cell_width), float((rows.max() + 1) * cell_height),
        ))  # fmt: skip
    if not edges:
        return Region(left=0, top=0, right=width, bottom=height)
    lefts, tops, rights, bottoms = zip(*edges, strict=True)
    room = _ROOM * width
    left, right = _snapped(min(lefts) - room, max(rights) + room, width)
    top, bottom = _snapped(min(tops) - room, max(bottoms) + room, height)
    if (right - left) * (bottom - top) >= _NEARLY_ALL * width * height:
        return Region(left=0, top=0, right=width, bottom=height)
    return Region(left=left, top=top, right=right, bottom=bottom)


def _edges_of(box: Box) -> tuple[float, float, float, float]:
    x, y, width, height = box
    room = _TRACK_ROOM * width
    return x - room, y - room, x + width + room, y + height + room


def _snapped(low: float, high: float, length: int) -> tuple[int, int]:
    step = length / _STEPS
    first, last = max(0, math.floor(low / step)), min(_STEPS, math.ceil(high / step))
    return round(first * step), max(round(last * step), round(first * step) + 1)
