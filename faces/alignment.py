"""Cuts the aligned crop an embedder was trained on.

Alignment is part of an embedder: embeddings are only right with the one it was trained with.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.ports import Image, Landmarks

DLIB_CHIP_PX = 150
_DLIB_PADDING = 0.25
# So far below black that a pixel to which the outside contributes at all comes out black, as in dlib.
_OUTSIDE = (-1e9, -1e9, -1e9)
# Mean positions of dlib's five points in a face without padding, from dlib's get_face_chip_details.
_DLIB_MEAN_POINTS = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ]
)
# Where the five points lie in ArcFace's crop of 112 pixels, in parts of its side (Deng et al. 2019, arXiv:1801.07698).
ARCFACE_POINTS = (
    (0.341916, 0.461574),
    (0.656534, 0.459834),
    (0.500225, 0.640505),
    (0.370976, 0.824692),
    (0.631517, 0.823251),
)
_DLIB_CHIP_POINTS = (_DLIB_MEAN_POINTS + _DLIB_PADDING) / (2 * _DLIB_PADDING + 1) * DLIB_CHIP_PX


def dlib_chip(image: Image, landmarks: Landmarks) -> Image:
    """Return dlib's (150, 150, 3) face chip with padding 0.25 from dlib's five landmarks; black outside the image.

    As in dlib, a face more than twice too large is first halved as often as needed.
    """
    factor, shift = similarity(_DLIB_CHIP_POINTS, landmarks)
    centre = factor * complex(DLIB_CHIP_PX, DLIB_CHIP_PX) / 2 + shift
    extent = DLIB_CHIP_PX * abs(factor)
    # dlib lays the chip's outermost pixels on the outermost pixels of the rectangle it cuts from.
    factor *= (extent - 1) / (DLIB_CHIP_PX - 1) / abs(factor)
    while (extent - 1) / 2 + 1 > DLIB_CHIP_PX:
        image = np.asarray(cv2.pyrDown(image), dtype=np.uint8)
        extent, factor = (extent - 1) / 2 + 1, factor / 2
        centre = centre / 2 + complex(-0.25, 0.25)  # dlib's half of a picture lies this far off
    shift = centre - factor * complex(DLIB_CHIP_PX - 1, DLIB_CHIP_PX - 1) / 2
    return _warped(image, factor, shift, DLIB_CHIP_PX)


def similarity_crop(image: Image, landmarks: Landmarks, targets: NDArray[np.float64], size_px: int) -> Image:
    """Return the (size_px, size_px, 3) crop in which the landmarks lie nearest to ``targets`` (n, 2) in pixels.

    Rotation, scale and shift only, by least squares (Umeyama 1991). Black outside the image.
    """
    factor, shift = similarity(targets, landmarks)
    while abs(factor) > 2:
        image = np.asarray(cv2.pyrDown(image), dtype=np.uint8)
        factor, shift = factor / 2, shift / 2
    return _warped(image, factor, shift, size_px)


def similarity(source: NDArray[np.float64], target: Landmarks) -> tuple[complex, complex]:
    """Return factor and shift of the similarity transform that brings ``source`` nearest to ``target``.

    Points are read as complex numbers x + iy; the transform is ``factor * point + shift``.
    """
    from_points = source @ np.array([1, 1j])
    to_points = target.astype(np.float64) @ np.array([1, 1j])
    from_mean, to_mean = from_points.mean(), to_points.mean()
    centred = from_points - from_mean
    factor = complex((to_points - to_mean) @ centred.conj() / np.square(np.abs(centred)).sum())
    return factor, complex(to_mean - factor * from_mean)


def _warped(image: Image, factor: complex, shift: complex, size_px: int) -> Image:
    """Return what lies at ``factor * pixel + shift``, bilinear, rounded down as in dlib; black outside the image."""
    part, corner = _reached(image, factor, shift, size_px)
    shift -= corner
    matrix = np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(part.astype(np.float32), matrix, (size_px, size_px), flags=flags, borderValue=_OUTSIDE)
    return np.maximum(warped, 0).astype(np.uint8)


def _reached(image: Image, factor: complex, shift: complex, size_px: int) -> tuple[Image, complex]:
    """Return the part of the image that a crop reaches, and its corner: the rest need not be converted."""
    corners = [factor * complex(x, y) + shift for x in (0, size_px) for y in (0, size_px)]
    rows, columns = image.shape[:2]
    left, right = (_within(end(corner.real for corner in corners), columns) for end in (min, max))
    top, bottom = (_within(end(corner.imag for corner in corners), rows) for end in (min, max))
    left, top = max(left - 2, 0), max(top - 2, 0)
    return image[top : bottom + 3, left : right + 3], complex(left, top)


def _within(place: float, side: int) -> int:
    return int(np.clip(place, 0, side - 1))
