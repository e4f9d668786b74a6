"""OpenCV's VideoCapture, in this module alone: open, grab, retrieve, and where in the video we are."""

import os
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import cv2
import numpy as np

from faces.ports import Image

_FASTEST_FPS = 240.0
_USUAL_FPS = 25.0


class Capture:
    """An open video or stream, always by FFmpeg, whose frames are first grabbed (decoded), then retrieved (as BGR).

    Belongs to one thread at a time. A stream that could not be opened is not ``opened``; the reason is not told.
    """

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Open a video file. The path is made absolute, so that FFmpeg takes no part of a name for a protocol."""
        _keep_quiet()
        return cls(cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG))

    @classmethod
    def of_stream(cls, url: str, *, open_timeout_s: float, read_timeout_s: float) -> Self:
        """Open an RTSP stream over TCP.

        A grab returns after ``read_timeout_s`` without a packet, though perhaps with a frame that was held back.
        """
        _keep_quiet()
        # FFmpeg's default transport is UDP, which loses packets silently; OpenCV takes the option only from here.
        os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
        settings = {
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: int(open_timeout_s * 1000),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC: int(read_timeout_s * 1000),
            # Each further thread of FFmpeg's holds one frame back.
            cv2.CAP_PROP_N_THREADS: 1,
        }
        return cls(cv2.VideoCapture(url, cv2.CAP_FFMPEG, list(chain.from_iterable(settings.items()))))

    @property
    def opened(self) -> bool:
        """Whether there is a video to read."""
        return self._capture.isOpened()

    @property
    def frames_per_s(self) -> float:
        """The stated rate, or a usual one where the video states none or nonsense."""
        stated = self._capture.get(cv2.CAP_PROP_FPS)
        return stated if 0.0 < stated <= _FASTEST_FPS else _USUAL_FPS

    @property
    def stated_frames(self) -> int:
        """The stated number of frames (Matroska: computed from duration and rate), 0 where it is not known."""
        return max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))

    @property
    def stated_duration_s(self) -> float:
        """The stated length of the video, 0 where it is not known."""
        stated = self._capture.get(cv2.CAP_PROP_FPS)
        return self.stated_frames / stated if stated > 0.0 else 0.0

    @property
    def position_s(self) -> float:
        """The presentation time of the frame last grabbed, from the beginning of the video."""
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0

    def grab(self) -> bool:
        """Decode the next frame; False at the end of the video, or when the stream broke or stood still."""
        return self._capture.grab()

    def retrieve(self) -> Image | None:
        """Return the frame last grabbed, as an array of its own, or None if it cannot be converted."""
        grabbed, image = self._capture.retrieve()
        if not grabbed or image is None or image.ndim != 3 or image.dtype != np.uint8:
            return None
        return cast("Image", image)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._capture.release()


def _keep_quiet() -> None:
    """Keep OpenCV's and FFmpeg's own words off standard error: they may quote a camera's address and password."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
