"""Tiny videos made by the tests, whose frames say their own number in black and white."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

_BITS = 12


def numbered(number: int, *, width: int = 192, height: int = 64, grey: int = 90) -> NDArray[np.uint8]:
    """A grey picture whose upper half shows a number in twelve cells, a white cell for each bit that is set."""
    image = np.full((height, width, 3), grey, np.uint8)
    cell = width // _BITS
    for bit in range(_BITS):
        image[: height // 2, bit * cell : (bit + 1) * cell] = 255 if number >> bit & 1 else 0
    return image


def number_of(image: NDArray[np.uint8]) -> int:
    """The number that a picture made by ``numbered`` shows."""
    cell = image.shape[1] // _BITS
    middle = image[image.shape[0] // 4, cell // 2 :: cell, 1]
    return sum(1 << bit for bit in range(_BITS) if middle[bit] > 128)


def write_clip(
    path: Path,
    times_s: Sequence[float],
    *,
    pictures: Sequence[NDArray[np.uint8]] | None = None,
    index_first: bool = False,
    keyframe_every: int = 12,
) -> Path:
    """Write an H.264 video with a frame at each time; ``index_first`` puts an MP4's index before its frames."""
    pictures = pictures or [numbered(number) for number in range(len(times_s))]
    options = {"movflags": "faststart"} if index_first else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(
            "libx264", rate=25, options={"preset": "ultrafast", "crf": "12", "g": str(keyframe_every), "bf": "0"}
        )
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for picture, time_s in zip(pictures, times_s, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = round(time_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def even_times_s(frames: int, *, frames_per_s: float = 25.0) -> list[float]:
    """The times of frames at a constant rate."""
    return [number / frames_per_s for number in range(frames)]
