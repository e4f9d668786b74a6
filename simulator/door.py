"""What the camera sees when nobody is there: a shop's entrance from inside, drawn from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.ports import Image
from simulator.scene import DOOR_DEPTH_M, DOOR_HALF_WIDTH_M, PILLAR_HALF_WIDTH_M, Box, View

Colour = tuple[float, float, float]

MOST_POSTERS = 6
"""So many have room on the wall beside the door."""

_LINTEL_M = 2.35
_SILL_M = 0.55
_WINDOW_EDGE_M = 2.6
_POSTER_M = (0.34, 0.48)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Door:
    """``background`` is the empty view (BGR); ``wall`` (uint8, 255 or 0) marks what hides people in the street.

    ``posters`` are the boxes of the faces on the wall.
    """

    background: Image
    wall: NDArray[np.uint8]
    posters: tuple[Box, ...]


def draw_door(view: View, rng: np.random.Generator, posters: Sequence[Image] = ()) -> Door:
    """Draw an entrance; each portrait in ``posters`` hangs as a poster on the wall beside the door (at most six)."""
    street = _street(view, rng)
    shop, wall = _shop(view, rng)
    background = np.where(wall[..., None] > 0, shop, street)
    _door_frame(background, view)
    boxes = tuple(_hang(background, view, place, poster) for place, poster in enumerate(posters))
    grain = cv2.GaussianBlur(rng.normal(0, 5, background.shape[:2]).astype(np.float32), (0, 0), 0.8)
    background = np.clip(background + grain[..., None], 0, 255).astype(np.uint8)
    return Door(background=background, wall=wall, posters=boxes)


def _street(view: View, rng: np.random.Generator) -> Image:
    """Daylight outside: sky, a row of house fronts, pavement, out of focus."""
    height, width = view.height_px, view.width_px
    street = np.empty((height, width, 3), dtype=np.uint8)
    horizon = int(view.horizon_px)
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    street[:] = np.array([235, 226, 214]) - ramp * np.array([70, 62, 52])
    x = -20
    while x < width:
        wide = int(rng.integers(width // 14, width // 7))
        top = int(rng.integers(0, horizon // 2))
        colour = rng.uniform(120, 190) + rng.uniform(-18, 18, 3)
        cv2.rectangle(street, (x, top), (x + wide, horizon + height // 6), colour.tolist(), -1)
        for row in range(top + height // 24, horizon, height // 14):
            for left in range(x + wide // 8, x + wide - wide // 6, max(wide // 4, 8)):
                cv2.rectangle(street, (left, row), (left + wide // 8, row + height // 28), (colour * 0.7).tolist(), -1)
        x += wide
    street[horizon + height // 6 :] = (150, 152, 154)
    return np.asarray(cv2.GaussianBlur(street, (0, 0), height / 120), dtype=np.uint8)


def _shop(view: View, rng: np.random.Generator) -> tuple[Image, NDArray[np.uint8]]:
    """Return the inside, and the mask of what is not door or window."""
    height, width = view.height_px, view.width_px
    tint = rng.uniform(-12, 12, 3)
    inside = np.empty((height, width, 3), dtype=np.uint8)
    ramp = np.linspace(1.0, 0.86, height, dtype=np.float32)[:, None, None]
    inside[:] = np.clip((np.array([172, 180, 186]) + tint) * ramp, 0, 255)
    wall = np.full((height, width), 255, dtype=np.uint8)
    for left, right, bottom in (
        (-DOOR_HALF_WIDTH_M, DOOR_HALF_WIDTH_M, 0.0),
        (-_WINDOW_EDGE_M, -PILLAR_HALF_WIDTH_M, _SILL_M),
        (PILLAR_HALF_WIDTH_M, _WINDOW_EDGE_M, _SILL_M),
    ):
        cv2.rectangle(wall, _pixel(view, left, _LINTEL_M), _pixel(view, right, bottom), 0, -1)
    return inside, wall


def _door_frame(background: Image, view: View) -> None:
    edge = max(view.height_px // 120, 2)
    metal = (92, 88, 84)
    for left, right, bottom in (
        (-DOOR_HALF_WIDTH_M, DOOR_HALF_WIDTH_M, 0.0),
        (-_WINDOW_EDGE_M, -PILLAR_HALF_WIDTH_M, _SILL_M),
        (PILLAR_HALF_WIDTH_M, _WINDOW_EDGE_M, _SILL_M),
    ):
        cv2.rectangle(background, _pixel(view, left, _LINTEL_M), _pixel(view, right, bottom), metal, edge)


def _hang(background: Image, view: View, place: int, portrait: Image) -> Box:
    """Hang a poster at eye height, alternating between the pillars, and return the box of its face."""
    side = 1 if place % 2 else -1
    middle_m = side * (DOOR_HALF_WIDTH_M + PILLAR_HALF_WIDTH_M) / 2
    top_m = 2.0 - (place // 2) * (_POSTER_M[1] + 0.06)
    left, top = _pixel(view, middle_m - _POSTER_M[0] / 2, top_m)
    right, bottom = _pixel(view, middle_m + _POSTER_M[0] / 2, top_m - _POSTER_M[1])
    cv2.rectangle(background, (left - 3, top - 3), (right + 3, bottom + 3), (40, 40, 42), -1)
    cv2.rectangle(background, (left, top), (right, bottom), (205, 214, 220), -1)
    width = right - left - 8
    face = cv2.resize(portrait, (width, width), interpolation=cv2.INTER_AREA)
    background[top + 4 : top + 4 + width, left + 4 : left + 4 + width] = face
    for row in range(top + width + 12, bottom - 4, 9):
        cv2.line(background, (left + 8, row), (right - 8 - (row * 7) % 20, row), (90, 84, 80), 2)
    return (left + 4 + 0.25 * width, top + 4 + 0.25 * width, 0.54 * width, 0.54 * width)


def _pixel(view: View, x_m: float, height_m: float, depth_m: float = DOOR_DEPTH_M) -> tuple[int, int]:
    x, y = view.project(x_m, height_m, depth_m)
    return round(x), round(y)
