"""The sizes at which dlib's detector looks at a picture, and how they are shown to the network.

The network sees windows of 80 pixels on a grid of 8, so a picture is shown to it in several sizes. dlib steps by 5/6
and lays all sizes on one sheet, where the place of each decides how it lies on the grid. ``on_one_sheet`` rebuilds that
to the pixel: a box moved by one pixel moves dlib's landmarks, and with them the embedding by about 0.03.

``one_by_one`` is for speed. The network still finds every face when each size is 5/8 of the one before, and sizes shown
by themselves spare it the empty parts of a sheet, a sixth of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.ports import Image

Pixels = NDArray[np.float64]

_GAP_PX = 10
_BORDER_PX = 11
_SHRINK = 6  # each size is (6 - 1) / 6 of the one before
_AS_DLIB = _SHRINK / (_SHRINK - 1)
_SMALLEST_SIDE_PX = 5
_SMALLEST_SHEET_PX = 29  # of a narrower one nothing would be left for the third convolution to see
_UP_SHIFT = 0.3  # dlib's pyramid_down<6> shifts by this on the way up
_EMPTY_BGR = (104, 117, 123)  # the mean the network subtracts: what is empty comes in as nothing
_GROWTH = 1.6  # at 1.73, three of dlib's steps, 4 faces in 100 are lost
_HALF = 0.5
# A face that fills the window of a smaller picture would be larger than that.
_SHORTEST_SIDE_PX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A size of the picture and its place on a sheet; a pixel of it covers ``growth`` pixels of the picture.

    ``shift`` is how far the first pixel then lies from the picture's own.
    """

    width: int
    height: int
    x: int
    y: int
    growth: float
    shift: float

    def of(self, sheet: Image) -> Image:
        """Return this level's part of the sheet, a view."""
        return sheet[self.y : self.y + self.height, self.x : self.x + self.width]

    def to_picture(self, pixels: Pixels) -> Pixels:
        """Return the pixels (n, 2), x before y, of the picture for those of the sheet."""
        return (pixels - (self.x, self.y)) * self.growth + self.shift

    def holds(self, pixels: Pixels) -> NDArray[np.bool_]:
        """Tell which pixels (n, 2) of the sheet belong to this level."""
        inside = pixels - (self.x, self.y)
        return np.asarray(((inside >= 0) & (inside < (self.width, self.height))).all(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """What the network is shown: an image, and the levels that lie on it."""

    image: Image
    levels: tuple[Level, ...]


def on_one_sheet(image: Image) -> Iterator[Sheet]:
    """Yield one sheet with every size dlib looks at, in two columns, the second filled from below: dlib's own."""
    height, width = image.shape[:2]
    sizes = list(_sizes(width, height))
    column = _first_column(sizes)
    down, across = (max(side + 2 * _BORDER_PX, _SMALLEST_SHEET_PX) for side in (column, width))
    drawn = _empty(down, across)
    levels = tuple(_laid_out(sizes, column))
    for level in levels:
        image = _resized_as_dlib(image, level.width, level.height)
        level.of(drawn)[:] = image
    yield Sheet(image=drawn, levels=levels)


def one_by_one(image: Image, width: int, height: int) -> Iterator[Sheet]:
    """Yield a sheet for each size, 5/8 of the one before, down to where a face would not fit into the picture.

    The first shows the picture in ``width`` by ``height`` pixels.
    """
    growth = 1.0
    while min(width, height) / growth >= _SHORTEST_SIDE_PX:
        columns, rows = round(width / growth), round(height / growth)
        level = _level(growth, columns, rows, x=_BORDER_PX, y=_BORDER_PX)
        sheet = _framed(columns, rows)
        image = resized(image, columns, rows, into=level.of(sheet))
        yield Sheet(image=sheet, levels=(level,))
        growth *= _GROWTH


def resized(image: Image, width: int, height: int, *, into: Image | None = None) -> Image:
    """Return a picture in other sides, written ``into`` an array of these if there is one."""
    # Four pixels tell as much as all of them down to half the size, in a fifth of the time.
    how = cv2.INTER_AREA if width < _HALF * image.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), dst=into, interpolation=how), dtype=np.uint8)


def _level(growth: float, width: int, height: int, *, x: int, y: int) -> Level:
    shift = _UP_SHIFT * (growth - 1) * (_SHRINK - 1)
    return Level(width=width, height=height, x=x, y=y, growth=growth, shift=shift)


def _empty(height: int, width: int) -> Image:
    sheet = np.empty((height, width, 3), dtype=np.uint8)
    sheet[:] = np.tile(np.array(_EMPTY_BGR, dtype=np.uint8), (width, 1))
    return sheet


def _framed(width: int, height: int) -> Image:
    """Return a sheet of which all but the border is still to be drawn.

    Without a border a face that reaches to the edge is missed: the network has learnt to see one.
    """
    sheet = np.empty((height + 2 * _BORDER_PX, width + 2 * _BORDER_PX, 3), dtype=np.uint8)
    edge = np.tile(np.array(_EMPTY_BGR, dtype=np.uint8), (sheet.shape[1], 1))
    sheet[:_BORDER_PX] = sheet[-_BORDER_PX:] = edge
    sheet[:, :_BORDER_PX] = sheet[:, -_BORDER_PX:] = edge[:_BORDER_PX]
    return sheet


def _sizes(width: int, height: int) -> Iterator[tuple[int, int]]:
    yield width, height
    while True:
        width, height = width * (_SHRINK - 1) // _SHRINK, height * (_SHRINK - 1) // _SHRINK
        if width <= 0 or height < _SMALLEST_SIDE_PX:
            return
        yield width, height


def _laid_out(sizes: Sequence[tuple[int, int]], column: int) -> Iterator[Level]:
    """Yield the levels of dlib's sheet, whose first column has the given height."""
    widest, tallest = sizes[0]
    steps, y = 0, _BORDER_PX
    while steps < len(sizes) and y < column + _BORDER_PX:
        columns, rows = sizes[steps]
        yield _level(_AS_DLIB**steps, columns, rows, x=_BORDER_PX, y=y)
        steps, y = steps + 1, y + rows + _GAP_PX
    y -= _GAP_PX
    for columns, rows in sizes[steps:]:
        y -= rows
        if y < _BORDER_PX + tallest:
            return
        yield _level(_AS_DLIB**steps, columns, rows, x=_BORDER_PX + widest - columns, y=y)
        steps, y = steps + 1, y - _GAP_PX


def _first_column(sizes: Sequence[tuple[int, int]]) -> int:
    """Return the height of the first column: it ends where the next size fits beside the last, half of the way down."""
    widest, tallest = sizes[0]
    total = sum(height + _GAP_PX for _, height in sizes) - 2 * _GAP_PX
    column, last_width = 0, 0
    for width, height in sizes:
        if width <= widest - last_width - _GAP_PX and (column - tallest) * 2 >= total - tallest:
            break
        column += height + _GAP_PX
        last_width = width
    return column - _GAP_PX


def _resized_as_dlib(image: Image, width: int, height: int) -> Image:
    """Resize with the outermost pixels laid on one another, as dlib does; cv2.resize lays the edges so."""
    rows, columns = image.shape[:2]
    if (columns, rows) == (width, height):
        return image
    matrix = np.array([[(columns - 1) / max(width - 1, 1), 0, 0], [0, (rows - 1) / max(height - 1, 1), 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    resized = cv2.warpAffine(
        image.astype(np.float32), matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(resized).astype(np.uint8)
