"""The face in the middle of all faces: where its landmarks lie, and how like it another one looks.

Its frame is a square whose sides are 1, in which every scheme of landmarks has its places. A face brought into that
frame by its landmarks can be measured like any other, whatever its size and however its head is tilted.
"""

from functools import cache
from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.alignment import similarity
from faces.landmarks import LandmarkScheme
from faces.ports import Image, Landmarks

Grey = NDArray[np.float32]

SIDE_PX = 64
# Forehead to chin and cheek to cheek; what lies around them is hair and background.
FACE = (slice(6, 62), slice(8, 56))
# Features of a face are seen between these two scales: finer is noise, coarser is the light that falls on it.
_FINE_PX, _COARSE_PX = 2.0, 10.0
_GRID = np.linspace(0.06, 0.94, 12)
_FRAME_POINTS = (_GRID[None, :] + 1j * _GRID[:, None]).ravel()


def in_frame(image: Image, landmarks: Landmarks, scheme: LandmarkScheme) -> tuple[Grey, float]:
    """Bring a face into the frame: (64, 64) grey values, 0..255, and the share of the frame outside the image, 0..1.

    Beyond the edge of the image its nearest pixel is repeated.
    """
    factor, shift = similarity(scheme.places, landmarks)
    rows, columns = image.shape[:2]
    points = factor * _FRAME_POINTS + shift
    inside = (points.real >= 0) & (points.real <= columns) & (points.imag >= 0) & (points.imag <= rows)
    left, right = _span(points.real, columns)
    top, bottom = _span(points.imag, rows)
    region = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    shrink = max(1.0, abs(factor) / SIDE_PX)
    size = max(1, round((right - left) / shrink)), max(1, round((bottom - top) / shrink))
    grey = cv2.resize(region, size, interpolation=cv2.INTER_AREA)
    scale = np.array([[size[0] / (right - left)], [size[1] / (bottom - top)]])
    step = factor / SIDE_PX
    matrix = np.array([[step.real, -step.imag, shift.real - left], [step.imag, step.real, shift.imag - top]]) * scale
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    framed = cv2.warpAffine(grey, matrix, (SIDE_PX, SIDE_PX), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return framed.astype(np.float32), 1.0 - float(inside.mean())


def likeness(framed: Grey) -> float:
    """Return how like the average face a face in the frame looks, -1 to 1: the correlation of their features.

    Real faces seen whole and from the front lie near 0.6. Landmarks in the wrong place, dark glasses, a turned head and
    the back of a head lower it; a plain mask over the mouth hardly does.
    """
    return float((_features(framed) * _average_features()).mean())


@cache
def _average_features() -> Grey:
    stored = np.frombuffer(files("faces").joinpath("average_face.png").read_bytes(), dtype=np.uint8)
    return _features(np.asarray(cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE), dtype=np.float32))


def _features(framed: Grey) -> Grey:
    """Return what a face looks like without its light: zero mean, unit deviation."""
    half = cv2.resize(framed, (SIDE_PX // 2, SIDE_PX // 2), interpolation=cv2.INTER_AREA)
    band = cv2.GaussianBlur(half, (0, 0), _FINE_PX / 2) - cv2.GaussianBlur(half, (0, 0), _COARSE_PX / 2)
    face = band[3:31, 4:28]
    return np.asarray((face - face.mean()) / (face.std() + 1e-3), dtype=np.float32)


def _span(places: NDArray[np.float64], side: int) -> tuple[int, int]:
    """Return the pixels between the outermost places, at least one and all inside the image."""
    low, high = float(places.min()), float(places.max())
    margin = 0.1 * (high - low)
    first = int(np.clip(low - margin, 0, side - 1))
    return first, int(np.clip(high + margin + 1, first + 1, side))
