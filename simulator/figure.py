"""A person on a picture: legs, coat, arms, neck, hair, and a portrait bent round the head.

Lengths are metres of the person's own frame: x to the right of the eyes' midpoint, height above the floor.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from faces.ports import Image
from simulator.scene import Pose, View
from simulator.sprite import Colour, Sprite, draw_sprite

Point = tuple[float, float]

_COATS = (
    (58, 48, 44),
    (96, 74, 58),
    (44, 52, 96),
    (70, 92, 70),
    (150, 148, 142),
    (62, 62, 128),
    (120, 98, 60),
    (40, 40, 42),
)
_TROUSERS = ((52, 44, 40), (86, 70, 58), (60, 66, 74), (36, 36, 40))
_HAIR = (
    (24, 22, 24),
    (30, 34, 44),
    (34, 42, 56),
    (38, 52, 74),
    (48, 70, 96),
    (84, 118, 146),
    (26, 24, 28),
    (30, 38, 50),
    (96, 100, 104),
)
_SHIRTS = ((222, 226, 228), (160, 130, 90), (70, 90, 170), (90, 120, 100), (200, 200, 150))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outfit:
    """What a person wears and how the person is built, the same on every visit of a day. Colours are BGR."""

    hair: Colour
    coat: Colour
    shirt: Colour
    trousers: Colour
    shoulder_m: float
    long_hair: bool
    open_coat: bool


def draw_outfit(rng: np.random.Generator) -> Outfit:
    """Draw what a person wears."""
    return Outfit(
        hair=_HAIR[rng.integers(len(_HAIR))],
        coat=_COATS[rng.integers(len(_COATS))],
        shirt=_SHIRTS[rng.integers(len(_SHIRTS))],
        trousers=_TROUSERS[rng.integers(len(_TROUSERS))],
        shoulder_m=float(rng.uniform(0.16, 0.195)),
        long_hair=bool(rng.random() < 0.4),
        open_coat=bool(rng.random() < 0.6),
    )


def draw_figure(canvas: Image, view: View, pose: Pose, outfit: Outfit, sprite: Sprite, light: float) -> None:
    """Draw a person onto a BGR picture of the whole view, all colours times ``light``."""
    pen = _Pen(canvas, view, pose, light)
    narrow = 1.0 - 0.35 * (pose.yaw_deg / 90) ** 2
    hair = _mixed(outfit.hair, sprite.crown)
    _draw_legs(pen, pose, outfit)
    own_hair = sprite.outline.own_hair
    if outfit.long_hair and not own_hair:
        _draw_long_hair(pen, pose, hair)
    _draw_coat(pen, pose, outfit, sprite.skin, narrow)
    _draw_head(pen, pose, hair, sprite.skin, ears=not (outfit.long_hair or own_hair))
    draw_sprite(canvas, view, pose, sprite, light)


class _Pen:
    """Draws shapes given in metres of a person's own frame, with a sixteenth of a pixel."""

    def __init__(self, canvas: Image, view: View, pose: Pose, light: float) -> None:
        self._canvas = canvas
        self._view = view
        self._pose = pose
        self._light = light
        self.scale = view.focal_px / pose.depth_m

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        cv2.fillPoly(
            self._canvas, [np.array([self._pixel(p) for p in points])], _shade(colour, self._light), cv2.LINE_AA, 4
        )

    def ellipse(self, centre: Point, radii: Point, colour: Colour, tilt_deg: float = 0.0) -> None:
        axes = (round(radii[0] * self.scale * 16), round(radii[1] * self.scale * 16))
        cv2.ellipse(
            self._canvas, self._pixel(centre), axes, tilt_deg, 0, 360, _shade(colour, self._light), -1, cv2.LINE_AA, 4
        )

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        thickness = max(round(width * self.scale), 1)
        cv2.polylines(
            self._canvas,
            [np.array([self._pixel(p) for p in points])],
            False,
            _shade(colour, self._light),
            thickness,
            cv2.LINE_AA,
            4,
        )

    def _pixel(self, point: Point) -> tuple[int, int]:
        x, y = self._view.project(self._pose.x_m + point[0], point[1], self._pose.depth_m)
        return round(x * 16), round(y * 16)


def _draw_legs(pen: _Pen, pose: Pose, outfit: Outfit) -> None:
    hip = pose.eyes_m * 0.56
    lift = 0.06 * pose.speed * math.sin(pose.stride)
    for side, foot in ((-1, max(lift, 0.0)), (1, max(-lift, 0.0))):
        x = side * 0.09
        leg = [(x - 0.09, hip), (x + 0.09, hip), (x + 0.07, 0.06 + foot), (x - 0.07, 0.06 + foot)]
        pen.polygon(leg, outfit.trousers if side < 0 else _shade(outfit.trousers, 0.88))


def _draw_coat(pen: _Pen, pose: Pose, outfit: Outfit, skin: Colour, narrow: float) -> None:
    eyes, hip = pose.eyes_m, pose.eyes_m * 0.5
    wide = outfit.shoulder_m * narrow
    swing = 0.05 * pose.speed * math.sin(pose.stride)
    for side in (-1, 1):
        hand_m = hip + 0.05 + side * swing
        elbow = (side * (wide + 0.045), (eyes + hip) / 2 - 0.06)
        hand = (side * (wide + 0.025), hand_m)
        pen.line([(side * (wide - 0.005), eyes - 0.33), elbow, hand], 0.095, _shade(outfit.coat, 0.84))
        pen.ellipse((hand[0], hand_m - 0.06), (0.034, 0.05), _shade(skin, 0.85))
    right = [
        (0.065, eyes - 0.185),
        (0.6 * wide, eyes - 0.225),
        (0.93 * wide, eyes - 0.255),
        (wide + 0.03, eyes - 0.30),
        (wide + 0.045, eyes - 0.37),
        (wide + 0.01, eyes - 0.62),
        (wide + 0.025, hip),
    ]
    pen.polygon(right + [(-x, y) for x, y in reversed(right)], outfit.coat)
    shade = _shade(outfit.coat, 0.9)
    pen.polygon([(wide * 0.5, eyes - 0.24), (wide + 0.035, eyes - 0.31), (wide + 0.02, hip), (wide * 0.62, hip)], shade)
    opening = 0.055 if outfit.open_coat else 0.012
    deep = hip if outfit.open_coat else eyes - 0.36
    pen.polygon([(-0.06, eyes - 0.19), (0.06, eyes - 0.19), (opening, deep), (-opening, deep)], outfit.shirt)
    for side in (-1, 1):
        lapel = [(side * 0.062, eyes - 0.18), (side * 0.12, eyes - 0.24), (side * opening, eyes - 0.46)]
        pen.polygon(lapel, _shade(outfit.coat, 1.22))
    if not outfit.open_coat:
        pen.line([(0, deep), (0, hip)], 0.008, _shade(outfit.coat, 0.6))


def _draw_long_hair(pen: _Pen, pose: Pose, hair: Colour) -> None:
    eyes = pose.eyes_m
    right = [(0.088, eyes + 0.03), (0.112, eyes - 0.12), (0.125, eyes - 0.27)]
    pen.polygon(right + [(-x, y) for x, y in reversed(right)], _shade(hair, 0.9))


def _draw_head(pen: _Pen, pose: Pose, hair: Colour, skin: Colour, *, ears: bool) -> None:
    """Draw hair, neck, ears and jaw: what a portrait fades into."""
    eyes, turn, yaw = pose.eyes_m, pose.yaw_deg / 90, math.radians(pose.yaw_deg)
    tilt_deg = pose.roll_deg
    pen.polygon(
        [(-0.052, eyes - 0.07), (0.052, eyes - 0.07), (0.062, eyes - 0.2), (0, eyes - 0.235), (-0.062, eyes - 0.2)],
        _shade(skin, 0.72),
    )
    pen.ellipse((-0.014 * turn, eyes + 0.004), (0.092 + 0.014 * abs(turn), 0.118), hair, tilt_deg)
    pen.ellipse((0.028 * turn, eyes - 0.045), (0.079 - 0.014 * abs(turn), 0.082), _shade(skin, 0.93), tilt_deg)
    if ears:
        for side in (-1, 1):
            if side * turn < 0.3:
                pen.ellipse((side * 0.087 * math.cos(yaw), eyes - 0.03), (0.014, 0.03), _shade(skin, 0.85), tilt_deg)


def _shade(colour: Colour, gain: float) -> Colour:
    return (min(colour[0] * gain, 255), min(colour[1] * gain, 255), min(colour[2] * gain, 255))


def _mixed(own: Colour, crown: Colour) -> Colour:
    """Return a person's hair, tinted by what the portrait shows above the forehead: it must fade into it."""
    blue, green, red = (0.55 * a + 0.45 * min(b, 130.0) for a, b in zip(own, crown, strict=True))
    return blue, green, red
