"""What of a portrait comes through onto a drawn person."""

import numpy as np
import pytest

from simulator.door import draw_door
from simulator.figure import draw_figure, draw_outfit
from simulator.scene import PORTRAIT_SIDE_M, Pose, View
from simulator.sprite import FACE_ALONE, WHOLE_HEAD, Outline, sprite_of

VIEW = View(width_px=1280, height_px=720)
GREEN = (0, 255, 0)
NEAR = Pose(x_m=0.0, depth_m=1.5, eyes_m=1.6, yaw_deg=0.0, roll_deg=0.0, stride=0.0, speed=0.0)
OWN_LIGHT = (1.0, 1.0, 1.0)
# Of a portrait, from between the eyes, in parts of its side.
NOSE, EAR, TOP_OF_THE_HAIR = (0.0, 0.1), (0.29, 0.08), (0.0, -0.27)


def shown_at(place: tuple[float, float], outline: Outline) -> list[int]:
    """Return the colour at a place of somebody whose portrait is all green."""
    portrait = np.full((256, 256, 3), GREEN, dtype=np.uint8)
    picture = draw_door(VIEW, np.random.default_rng(1)).background.copy()
    outfit = draw_outfit(np.random.default_rng(2))
    draw_figure(picture, VIEW, NEAR, outfit, sprite_of(portrait, outline, OWN_LIGHT, 0.0), 1.0)
    x, y = VIEW.project(NEAR.x_m, NEAR.eyes_m, NEAR.depth_m)
    side_px = PORTRAIT_SIDE_M * VIEW.focal_px / NEAR.depth_m
    return picture[round(y + place[1] * side_px), round(x + place[0] * side_px)].tolist()


@pytest.mark.parametrize("place", [NOSE, EAR, TOP_OF_THE_HAIR])
def test_a_photograph_shows_its_own_hair_and_ears(place):
    assert shown_at(place, WHOLE_HEAD) == list(GREEN)


def test_of_whoever_was_invented_the_face_is_shown_and_the_hair_is_drawn():
    assert shown_at(NOSE, FACE_ALONE) == list(GREEN)
    assert shown_at(TOP_OF_THE_HAIR, FACE_ALONE) != list(GREEN)
