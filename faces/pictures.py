"""Pictures to bytes and back, in this module alone.

A JPEG is decoded only when it is whole and its header promises a size we accept: a damaged area would otherwise be
filled with whatever the decoder left there, and a small file can promise gigabytes.
"""

import struct

import cv2
import numpy as np

from faces.errors import PictureError
from faces.ports import Image

MAX_PIXELS = 12_000_000
_START_OF_IMAGE = b"\xff\xd8"
_END_OF_IMAGE = b"\xff\xd9"
_START_OF_SCAN = 0xDA
# Markers that open a frame and hold its size (ITU-T T.81, table B.1); C4, C8 and CC are other things.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})


def decode_jpeg(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Image:
    """Return the BGR picture in ``data``; raises PictureError unless it is one whole JPEG of at most ``max_pixels``."""
    width, height = jpeg_size(data)
    if width * height > max_pixels:
        raise PictureError(
            f"JPEG of {width}x{height} pixels: at most {max_pixels} pixels are accepted; send a smaller one"
        )
    if not data.rstrip(b"\0").endswith(_END_OF_IMAGE):
        raise PictureError("JPEG breaks off before its end; send the whole file")
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PictureError(f"JPEG cannot be decoded ({error.err}); save it anew") from error
    if image is None:
        raise PictureError("JPEG cannot be decoded; save it anew")
    return np.asarray(image, dtype=np.uint8)


def encode_jpeg(image: Image, quality: int = 90) -> bytes:
    """Return a BGR picture as JPEG; ``quality`` is 1 to 100. Raises PictureError for a picture without pixels."""
    if image.size == 0:
        raise PictureError(f"a picture of shape {image.shape} has no pixels to encode")
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(encoded)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Return (width, height) from a JPEG's header without decoding it; raises PictureError when there is none."""
    if not data.startswith(_START_OF_IMAGE):
        raise PictureError("does not begin as a JPEG does; only JPEG is accepted")
    at = 2
    try:
        while True:
            if data[at] != 0xFF:
                raise PictureError("JPEG header is damaged; save it anew")
            marker = data[at + 1]
            if marker == 0xFF:  # a fill byte
                at += 1
            elif marker in _WITHOUT_LENGTH:
                at += 2
            elif marker in _START_OF_FRAME:
                height, width = struct.unpack_from(">HH", data, at + 5)
                return width, height
            elif marker == _START_OF_SCAN:
                raise PictureError("JPEG header holds no size; save it anew")
            else:
                at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    except (IndexError, struct.error) as error:
        raise PictureError("JPEG breaks off inside its header; send the whole file") from error
