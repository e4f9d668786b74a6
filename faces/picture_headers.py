"""What a picture file says of itself before anything is decoded: its kind, its size, and whether it is all there.

Kinds are told by their first bytes, never by a file's name. Sources: JPEG is ITU-T T.81, annex B; PNG the W3C's
specification, sections 5.2 and 11.2.1; WebP is RFC 9649, sections 2.3 to 2.7, with the frame header of RFC 6386, 9.1;
BMP is Windows' BITMAPFILEHEADER and BITMAPINFOHEADER.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from faces.errors import PictureError, UnknownPicture


class PictureKind(StrEnum):
    """The kinds of picture that are read."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    BMP = "BMP"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHeader:
    """Kind and size of a picture as its header states them; a turn noted in its EXIF data is not yet made."""

    kind: PictureKind
    width: int
    height: int


def header_of(data: bytes) -> PictureHeader:
    """Return what a whole picture file says of itself; nothing is decoded.

    Raises UnknownPicture where the bytes begin as none of the kinds do, PictureError where the file is damaged or
    breaks off before its end. What follows a picture's end, as some telephones append it, is passed over.
    """
    for kind, (magic, size_of) in _KINDS.items():
        if magic.match(data):
            try:
                width, height = size_of(data)
            except (IndexError, struct.error) as error:
                raise _breaks_off(kind) from error
            if not width or not height:
                raise PictureError(f"{kind} of {width}x{height} pixels holds no picture; save it anew")
            return PictureHeader(kind=kind, width=width, height=height)
    if not data:
        raise UnknownPicture("is empty; copy or save it again")
    raise UnknownPicture("does not begin as a JPEG, PNG, WebP or BMP does; save it as one of these")


_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
# Markers that open a frame and hold its size (T.81, table B.1); C4, C8 and CC are other things.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
# In coded data FF 00 is the value FF, and restarts are part of it: the first other marker ends it.
_AFTER_CODED_DATA = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


# A progressive JPEG comes in ten scans. Each may be a few bytes long, and touches every pixel when it is decoded: a
# small file of many would take hours.
_SCANS_AT_MOST = 64


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Walk the segments to the end of the image; the thumbnail inside a segment is not taken for the picture."""
    size: tuple[int, int] | None = None
    at, scans = 2, 0
    while True:
        if data[at] != 0xFF:
            raise PictureError("JPEG is damaged; save it anew")
        marker = data[at + 1]
        if marker == _END_OF_IMAGE:
            break
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker in _WITHOUT_LENGTH:
            at += 2
            continue
        if marker in _START_OF_FRAME and size is None:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = width, height
        at += 2 + max(2, struct.unpack_from(">H", data, at + 2)[0])
        if marker == _START_OF_SCAN:
            scans += 1
            if scans > _SCANS_AT_MOST:
                raise PictureError(f"JPEG comes in more than {_SCANS_AT_MOST} scans; save it anew")
            following = _AFTER_CODED_DATA.search(data, at)
            if following is None:
                raise _breaks_off(PictureKind.JPEG)
            at = following.start()
    if size is None:
        raise PictureError("JPEG holds no picture; save it anew")
    return size


def _png_size(data: bytes) -> tuple[int, int]:
    """Walk the chunks to the last one."""
    name, width, height = struct.unpack_from(">4sII", data, 12)
    if name != b"IHDR":
        raise PictureError("PNG is damaged; save it anew")
    at = 8
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, at)
        at += 12 + length
    if at > len(data):
        raise _breaks_off(PictureKind.PNG)
    return width, height


def _webp_size(data: bytes) -> tuple[int, int]:
    """Read the first chunk, which holds the size in one of three ways."""
    (length,) = struct.unpack_from("<I", data, 4)
    if 8 + length > len(data):
        raise _breaks_off(PictureKind.WEBP)
    chunk = data[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if chunk == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise PictureError("WebP is damaged; save it anew")


def _bmp_size(data: bytes) -> tuple[int, int]:
    """Read the two headers; only what is stored without compression says how long it must be."""
    start, header, width, height, _, bits, compression = struct.unpack_from("<IIiiHHI", data, 10)
    if header < 40 or compression not in (0, 3) or width < 0:
        raise PictureError("BMP is of a form that is not read; save it anew")
    height = abs(height)  # negative where the rows run downwards
    if start + (width * bits + 31) // 32 * 4 * height > len(data):
        raise _breaks_off(PictureKind.BMP)
    return width, height


def _breaks_off(kind: PictureKind) -> PictureError:
    return PictureError(f"{kind} breaks off before its end; send the whole file")


_KINDS: dict[PictureKind, tuple[re.Pattern[bytes], Callable[[bytes], tuple[int, int]]]] = {
    PictureKind.JPEG: (re.compile(rb"\xff\xd8"), _jpeg_size),
    PictureKind.PNG: (re.compile(rb"\x89PNG\r\n\x1a\n"), _png_size),
    PictureKind.WEBP: (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), _webp_size),
    PictureKind.BMP: (re.compile(rb"BM"), _bmp_size),
}
