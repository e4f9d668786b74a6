"""The sizes at which dlib's detector looks at a picture, and how they are laid out for the network.

The network sees windows of 80 pixels on a grid of 8, so a picture is shown to it in several sizes. dlib steps by 5/6
and lays all sizes on one sheet, where the place of each decides how it lies on the grid. That sheet is rebuilt here to
the pixel: a box moved by one pixel moves dlib's landmarks, and with them the embedding by about 0.03. One sheet also
costs no more than an inference for each size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_GAP_PX = 10
_BORDER_PX = 11
_SHRINK = 6  # each size is (6 - 1) / 6 of the one before
_SMALLEST_SIDE_PX = 5
_UP_SHIFT = 0.3  # dlib's pyramid_down<6> shifts by this on the way up


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A size of the picture and its place on a sheet. ``steps`` counts the divisions by 6/5 that led to it."""

    steps: int
    width: int
    height: int
    x: int
    y: int

    def to_picture(self, sheet_x: float, sheet_y: float) -> tuple[float, float]:
        """Return the pixel of the picture for a pixel of the sheet."""
        growth = (_SHRINK / (_SHRINK - 1)) ** self.steps
        shift = _UP_SHIFT * (growth - 1) * (_SHRINK - 1)
        return (sheet_x - self.x) * growth + shift, (sheet_y - self.y) * growth + shift

    def holds(self, sheet_x: float, sheet_y: float) -> bool:
        """Tell whether a pixel of the sheet belongs to this level."""
        return 0 <= sheet_x - self.x < self.width and 0 <= sheet_y - self.y < self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An empty picture on which levels lie; its sides in pixels."""

    width: int
    height: int
    levels: tuple[Level, ...]


def sheet_for(width: int, height: int, *, stride: int) -> Sheet:
    """Return the sheet for a picture: every ``stride``-th size, in two columns, the second filled from below.

    With stride 1 it is dlib's own.
    """
    sizes = _sizes(width, height)[::stride]
    column = _first_column(sizes)
    levels: list[Level] = []
    y = _BORDER_PX
    while len(levels) < len(sizes) and y < column + _BORDER_PX:
        columns, rows = sizes[len(levels)]
        levels.append(Level(steps=len(levels) * stride, width=columns, height=rows, x=_BORDER_PX, y=y))
        y += rows + _GAP_PX
    y -= _GAP_PX
    for columns, rows in sizes[len(levels) :]:
        y -= rows
        if y < _BORDER_PX + height:
            break
        x = _BORDER_PX + width - columns
        levels.append(Level(steps=len(levels) * stride, width=columns, height=rows, x=x, y=y))
        y -= _GAP_PX
    return Sheet(width=width + 2 * _BORDER_PX, height=column + 2 * _BORDER_PX, levels=tuple(levels))


def _sizes(width: int, height: int) -> list[tuple[int, int]]:
    sizes: list[tuple[int, int]] = []
    while width > 0 and height > 0 and (height >= _SMALLEST_SIDE_PX or not sizes):
        sizes.append((width, height))
        width, height = width * (_SHRINK - 1) // _SHRINK, height * (_SHRINK - 1) // _SHRINK
    return sizes


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
