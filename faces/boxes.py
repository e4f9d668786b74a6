"""Arithmetic on face boxes. A box is (left, top, right, bottom) in pixels."""

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]


def suppressed(boxes: Boxes, scores: NDArray[np.float64], *, max_overlap: float) -> list[int]:
    """Return the rows that stay, best score first: of two boxes that overlap more than allowed the better one stays.

    ``boxes`` is (n, 4); overlap is intersection over union, 0..1. Of two equal scores the earlier row is better.
    """
    waiting = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(waiting):
        best, waiting = int(waiting[0]), waiting[1:]
        kept.append(best)
        waiting = waiting[overlap(boxes[best], boxes[waiting]) <= max_overlap]
    return kept


def overlap(box: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return the intersection over union of one box (4,) with each of (n, 4)."""
    left_top = np.maximum(box[:2], others[:, :2])
    right_bottom = np.minimum(box[2:], others[:, 2:])
    shared = np.maximum(right_bottom - left_top, 0).prod(axis=1)
    united = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - shared
    return np.asarray(shared / np.maximum(united, np.finfo(np.float64).tiny))


def inside(box: Boxes, *, width: int, height: int) -> tuple[float, float, float, float]:
    """Return the part of a box inside an image, as (x, y, width, height); never smaller than one pixel."""
    left, top = (float(np.clip(value, 0, side - 1)) for value, side in zip(box[:2], (width, height), strict=True))
    right = float(np.clip(box[2], left + 1, width))
    bottom = float(np.clip(box[3], top + 1, height))
    return left, top, right - left, bottom - top
