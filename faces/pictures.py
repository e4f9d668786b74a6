"""Pictures to bytes and back, in this module alone.

A picture is decoded only when it is whole and its header promises a size we accept: a damaged area would otherwise be
filled with whatever the decoder left there, and a small file can promise gigabytes.
"""

from pathlib import Path

import cv2
import numpy as np

from faces.errors import OversizedPicture, PictureError, UnknownPicture
from faces.picture_headers import PictureKind, header_of
from faces.ports import Image

MAX_PIXELS = 12_000_000
# What somebody's own files may hold: the 50-megapixel pictures of today's telephones; 190 MB when decoded.
MAX_PIXELS_OF_A_FILE = 64_000_000
# What may come from others; their own files may be of any kind that is read.
KINDS = frozenset({PictureKind.JPEG, PictureKind.PNG, PictureKind.WEBP})


def read_picture(path: Path, *, max_pixels: int = MAX_PIXELS_OF_A_FILE) -> Image:
    """Return the BGR picture in a file of somebody's own; raises as decode_picture does, naming the file."""
    try:
        return decode_own_picture(path.read_bytes(), max_pixels=max_pixels)
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror}); name a picture that can") from error
    except PictureError as error:
        raise type(error)(f"{path}: {error}") from error


def decode_picture(data: bytes, *, max_pixels: int = MAX_PIXELS, kinds: frozenset[PictureKind] = KINDS) -> Image:
    """Return the BGR picture in ``data``, upright: a turn noted in its EXIF data is made.

    Of an animation it is the first frame; what is transparent has the colour stored beneath. Raises UnknownPicture for
    bytes that begin as none of ``kinds`` does, OversizedPicture where the header promises more than ``max_pixels``,
    PictureError for a file that is damaged or not whole.
    """
    header = header_of(data)
    if header.kind not in kinds:
        raise UnknownPicture(f"is a {header.kind}; only {_listed(kinds)} accepted")
    if header.width * header.height > max_pixels:
        raise OversizedPicture(
            f"{header.kind} of {header.width}x{header.height} pixels: at most {max_pixels} pixels are accepted; "
            "give a smaller one"
        )
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PictureError(f"{header.kind} cannot be decoded ({error.err}); save it anew") from error
    if image is None:
        raise PictureError(f"{header.kind} cannot be decoded; save it anew")
    return np.asarray(image, dtype=np.uint8)


def decode_own_picture(data: bytes, *, max_pixels: int = MAX_PIXELS_OF_A_FILE) -> Image:
    """Return the BGR picture in the bytes of a file of somebody's own; raises as decode_picture does."""
    return decode_picture(data, max_pixels=max_pixels, kinds=frozenset(PictureKind))


def decode_jpeg(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Image:
    """Return the BGR picture in ``data``, which must be a JPEG; raises as decode_picture does."""
    return decode_picture(data, max_pixels=max_pixels, kinds=frozenset({PictureKind.JPEG}))


def encode_jpeg(image: Image, quality: int = 90) -> bytes:
    """Return a BGR picture as JPEG; ``quality`` is 1 to 100. Raises PictureError for a picture without pixels."""
    return _encoded(image, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


def encode_png(image: Image) -> bytes:
    """Return a BGR picture as PNG, without loss. Raises PictureError for a picture without pixels."""
    return _encoded(image, ".png", [])


def _listed(kinds: frozenset[PictureKind]) -> str:
    *others, last = sorted(kinds)
    return f"{', '.join(others)} and {last} are" if others else f"{last} is"


def _encoded(image: Image, suffix: str, settings: list[int]) -> bytes:
    if image.size == 0:
        raise PictureError(f"a picture of shape {image.shape} has no pixels to encode")
    _, encoded = cv2.imencode(suffix, image, settings)
    return bytes(encoded)
