"""Writing a film whose frames carry their own times."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from schemas.errors import StorageError

_MILLISECOND = Fraction(1, 1000)

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


class Film:
    """An H.264 film in MP4 with a variable frame rate: each frame is shown from the millisecond it was given.

    A context manager; the file is whole only after it was closed. Raises StorageError where it cannot be written.
    ``planes`` is the picture that ``write`` appends: luma (height, width) and both chroma planes of half that size. It
    is drawn in place and keeps what it holds, so that a frame costs only what changed in it.
    """

    def __init__(self, path: Path, *, width_px: int, height_px: int) -> None:
        self._path = path
        self._picture = av.VideoFrame(width_px, height_px, "yuv420p")
        self._picture.time_base = _MILLISECOND
        self.planes: Planes = (_plane(self._picture, 0), _plane(self._picture, 1), _plane(self._picture, 2))
        self._container: Any = None
        self._stream: Any = None

    def __enter__(self) -> "Film":
        try:
            self._container = av.open(str(self._path), "w", format="mp4")
            self._stream = self._container.add_stream("libx264", rate=25)
        except (av.error.FFmpegError, OSError) as error:
            raise self._unwritable(error) from error
        self._stream.width, self._stream.height = self._picture.width, self._picture.height
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = self._stream.codec_context.time_base = _MILLISECOND
        # A fixed number of threads and no look-ahead: the same film on every machine, and each frame is encoded before
        # the next is drawn over it. A fixed quantiser: rate control would spend bits on frames that are shown for long.
        self._stream.codec_context.thread_count = 2
        self._stream.options = {"preset": "ultrafast", "tune": "zerolatency", "qp": "23"}
        return self

    def write(self, at_ms: int) -> None:
        """Append the picture as it is now; times must grow from frame to frame."""
        self._picture.pts = at_ms
        self._mux(self._picture)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._mux(None)
        try:
            self._container.close()
        except (av.error.FFmpegError, OSError) as failed:
            if kind is None:
                raise self._unwritable(failed) from failed

    def _mux(self, frame: Any) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: Exception) -> StorageError:
        return StorageError(f"{self._path}: cannot be written ({error}); make room or choose another folder")


def _plane(picture: Any, number: int) -> NDArray[np.uint8]:
    plane = picture.planes[number]
    rows = np.frombuffer(plane, dtype=np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
