"""Whom a picture of somebody shows, where others are in it as well."""

from collections.abc import Iterable

import numpy as np

from faces.ports import Detection, Image


def portrayed(faces: Iterable[Detection], image: Image) -> Detection | None:
    """Return the face nearest to the middle of a picture; None where there is none.

    Of collections of people's pictures each is framed by the person it is of; who stands before them may be larger.
    """
    return min(faces, key=lambda face: off_centre(face, image), default=None)


def off_centre(face: Detection, image: Image) -> float:
    """Return how far the middle of a face lies from the middle of its picture, in pixels."""
    x, y, width, height = face.box
    return float(np.hypot(x + width / 2 - image.shape[1] / 2, y + height / 2 - image.shape[0] / 2))
