"""PNGs written row by row, so that a test can make one that nobody could decode."""

import struct
import zlib


def grey_png(width: int, height: int) -> bytes:
    """A PNG of so many pixels, all alike."""
    packer = zlib.compressobj(9)
    row = b"\0" + b"\x7f" * (3 * width)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
