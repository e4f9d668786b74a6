"""Pictures of visitors who do not exist, for tests of detectors and embedders."""

import cv2
import numpy as np

from faces.ports import Image
from simulator.face_space import shipped_face_space


def portrait(person: int, look: int = 0) -> Image:
    """One look of an invented person, 128x128; the same numbers give the same picture."""
    space = shipped_face_space()
    someone = space.person(np.random.default_rng(person))
    return space.portrait(space.look(someone, np.random.default_rng((person, look))))


def scene(*faces: Image, side_px: int = 220, width: int = 640, height: int = 360) -> Image:
    """The faces side by side on grey, each brought to ``side_px``."""
    image = np.full((height, width, 3), 127, dtype=np.uint8)
    for index, face in enumerate(faces):
        left = (2 * index + 1) * width // (2 * len(faces)) - side_px // 2
        top = (height - side_px) // 2
        image[top : top + side_px, left : left + side_px] = cv2.resize(face, (side_px, side_px))
    return image
