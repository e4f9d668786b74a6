"""Files of the kinds of picture a person may have, for tests that read them."""

import struct

import cv2

from faces.ports import Image

# How a picture must be stored so that a reader who heeds the turn (EXIF tag 274, the key) shows it upright.
_STORED = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_COUNTERCLOCKWISE, 8: cv2.ROTATE_90_CLOCKWISE}


def file_of(image: Image, kind: str) -> bytes:
    """The picture as a file of a kind that OpenCV writes: "jpg", "png", "webp" and others."""
    return cv2.imencode(f".{kind}", image)[1].tobytes()


def turned_jpeg(image: Image, orientation: int) -> bytes:
    """A JPEG as a telephone held askew writes it: pixels lying, and a note in the EXIF data of how to turn them."""
    jpeg = file_of(cv2.rotate(image, _STORED[orientation]), "jpg")
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 274, 3, 1, orientation, 0, 0)
    segment = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]
