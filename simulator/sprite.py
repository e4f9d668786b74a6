"""A portrait as it sits on a head: faded out towards its edge, bent round the head when that turns, blended in."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.ports import Image
from simulator.scene import PORTRAIT_SIDE_M, Pose, View

Colour = tuple[float, float, float]

_LEAST_YAW_DEG = 0.5
# Height of the eyes within a portrait: (padding 0.55 + 0.22) / 2.1.
_EYES = 0.366
# How far the face reaches from between the eyes, tilted a little: to both sides, up and down.
_REACH = (0.52, 0.40, 0.66)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """How much of a portrait is shown on a drawn head: an ellipse, in parts of the portrait's side.

    The outermost ``fade`` of its radii fades into the head. That is bent as a cylinder of ``bend_radius``: a turn moves
    the texture round it, and the middle of the face by ``turn_radius`` in a quarter turn. With ``own_hair`` the
    portrait shows hair and ears, and none are drawn round it.
    """

    centre: tuple[float, float]
    radii: tuple[float, float]
    fade: float
    bend_radius: float
    turn_radius: float
    own_hair: bool


FACE_ALONE = Outline(
    centre=(0.5, 0.505), radii=(0.325, 0.43), fade=0.3, bend_radius=0.37, turn_radius=0.37, own_hair=False
)
"""Of people who were invented: the face space knows no hair."""
WHOLE_HEAD = Outline(
    centre=(0.5, 0.48), radii=(0.42, 0.48), fade=0.15, bend_radius=0.45, turn_radius=0.33, own_hair=True
)
"""Of photographs. An embedder looks at forehead, hair, ears and jaw as well: with drawn ones in their place all people
are more alike, and a photograph lies far from itself."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sprite:
    """A portrait ready to be drawn: ``bgra`` fades out towards the edge of its outline.

    ``skin`` is the colour of the cheeks, ``crown`` that above the forehead.
    """

    bgra: Image
    skin: Colour
    crown: Colour
    outline: Outline


def sprite_of(portrait: Image, outline: Outline, light: Colour, softness: float) -> Sprite:
    """Return the sprite of a portrait in a light (a gain for each of blue, green and red), more or less in focus.

    ``softness`` is the deviation of the blur, in hundredths of the portrait's side.
    """
    side = portrait.shape[0]
    lit = np.clip(portrait * np.array(light), 0, 255).astype(np.uint8)
    if softness:
        lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), softness * side / 100), dtype=np.uint8)
    across, down = np.meshgrid(np.arange(side) / side, np.arange(side) / side)
    (x, y), (wide, high) = outline.centre, outline.radii
    alpha = np.clip((1.0 - np.hypot((across - x) / wide, (down - y) / high)) / outline.fade, 0, 1)
    alpha = alpha * alpha * (3 - 2 * alpha)
    cheeks = np.concatenate([_patch(lit, 0.30, 0.42, 0.52, 0.62), _patch(lit, 0.58, 0.70, 0.52, 0.62)])
    return Sprite(
        bgra=np.dstack([lit, np.rint(alpha * 255).astype(np.uint8)]),
        skin=_colour(np.median(cheeks, axis=0)),
        crown=_colour(np.median(_patch(lit, 0.35, 0.65, 0.03, 0.09), axis=0)),
        outline=outline,
    )


def draw_sprite(canvas: Image, view: View, pose: Pose, sprite: Sprite, light: float) -> None:
    """Bend the sprite round the head, scale and tilt it, and blend it onto the picture."""
    side = sprite.bgra.shape[0]
    turned = _turned(sprite, pose.yaw_deg)
    scale = PORTRAIT_SIDE_M * view.focal_px / pose.depth_m / side
    x_px, y_px = view.project(pose.x_m, pose.eyes_m, pose.depth_m)
    across, above, below = (part * side * scale for part in _REACH)
    left, top = max(round(x_px - across), 0), max(round(y_px - above), 0)
    right, bottom = min(round(x_px + across), view.width_px), min(round(y_px + below), view.height_px)
    if left >= right or top >= bottom:
        return
    # OpenCV turns clockwise on screen for a negative angle; a positive roll tilts the head to the picture's right.
    transform = cv2.getRotationMatrix2D((side / 2, side * _EYES), -pose.roll_deg, scale)
    transform[:, 2] += (x_px - side / 2 - left, y_px - side * _EYES - top)
    placed = cv2.warpAffine(turned, transform, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    alpha = cv2.extractChannel(placed, 3)
    under = canvas[top:bottom, left:right]
    kept = cv2.multiply(under, cv2.cvtColor(255 - alpha, cv2.COLOR_GRAY2BGR), scale=1 / 255)
    face = cv2.cvtColor(placed, cv2.COLOR_BGRA2BGR)
    canvas[top:bottom, left:right] = cv2.addWeighted(kept, 1.0, face, light, 0.0)


def _turned(sprite: Sprite, yaw_deg: float) -> Image:
    """Return the sprite as seen when the head turns about its vertical axis, premultiplied with its alpha."""
    bgra, radius = sprite.bgra, sprite.outline.bend_radius
    if abs(yaw_deg) < _LEAST_YAW_DEG:
        return _premultiplied(bgra)
    side, yaw = bgra.shape[0], math.radians(yaw_deg)
    moved = math.sin(yaw) * (radius - sprite.outline.turn_radius)
    across = (np.arange(side) / side - 0.5 + moved) / radius
    angle = np.arcsin(np.clip(across, -1, 1)) - yaw
    seen = (np.abs(across) < 1) & (np.abs(angle) < math.pi / 2)
    column = np.where(seen, (np.sin(angle) * radius + 0.5) * side, -side).astype(np.float32)
    map_x = np.repeat(column[None, :], side, axis=0)
    map_y = np.repeat(np.arange(side, dtype=np.float32)[:, None], side, axis=1)
    turned = cv2.remap(bgra, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return _premultiplied(np.asarray(turned, dtype=np.uint8))


def _premultiplied(bgra: Image) -> Image:
    alpha = cv2.extractChannel(bgra, 3)
    weights = cv2.merge([alpha, alpha, alpha, np.full_like(alpha, 255)])
    return np.asarray(cv2.multiply(bgra, weights, scale=1 / 255), dtype=np.uint8)


def _patch(picture: Image, left: float, right: float, top: float, bottom: float) -> NDArray[np.uint8]:
    side = picture.shape[0]
    rows, columns = slice(int(top * side), int(bottom * side)), slice(int(left * side), int(right * side))
    return picture[rows, columns].reshape(-1, 3)


def _colour(values: NDArray[np.float64]) -> Colour:
    blue, green, red = (float(value) for value in values)
    return blue, green, red
