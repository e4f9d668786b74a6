"""A still of the door: one picture with people in it, for measuring."""

from collections.abc import Sequence

import cv2
import numpy as np

from faces.ports import Image
from simulator.door import draw_door
from simulator.face_space import shipped_face_space
from simulator.figure import draw_figure, draw_outfit
from simulator.scene import FACE_WIDTH_M, Pose, View, light_on
from simulator.sprite import FACE_ALONE, sprite_of

_NOISE_DEVIATION = 2.2


def draw_still(view: View, faces_px: Sequence[float], rng: np.random.Generator) -> Image:
    """Return a picture of the door with an invented person for each width of a face, side by side and facing us.

    The same view, widths and state of ``rng`` give the same picture.
    """
    space = shipped_face_space()
    canvas = draw_door(view, rng).background.copy()
    for place, face_px in sorted(enumerate(faces_px), key=lambda placed: placed[1]):
        pose = _standing(view, face_px, (place + 0.5) / len(faces_px), rng)
        light = np.clip(rng.normal(1.0, 0.06) + rng.normal(0, 0.02, 3), 0.8, 1.2)
        portrait = space.portrait(space.look(space.person(rng), rng))
        sprite = sprite_of(portrait, FACE_ALONE, (light[0], light[1], light[2]), float(rng.uniform(0.0, 0.6)))
        draw_figure(canvas, view, pose, draw_outfit(rng), sprite, light_on(pose))
    noise = rng.normal(0, _NOISE_DEVIATION, canvas.shape).astype(np.float32)
    return np.asarray(cv2.add(canvas.astype(np.float32), noise).clip(0, 255), dtype=np.uint8)


def _standing(view: View, face_px: float, across: float, rng: np.random.Generator) -> Pose:
    """Return the pose of someone whose face is so wide, at a place across the picture from 0 to 1."""
    depth_m = FACE_WIDTH_M * view.focal_px / face_px
    return Pose(
        x_m=(across - 0.5) * view.width_px / view.focal_px * depth_m,
        depth_m=depth_m,
        eyes_m=1.73 - rng.uniform(0.0, 0.05) * depth_m,
        yaw_deg=float(rng.normal(0, 8)),
        roll_deg=float(rng.normal(0, 3)),
        stride=0.0,
        speed=0.0,
    )
