"""A video file as a camera: every frame that is due, in order, at the time the file's own clock gives it."""

import logging
import time
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.capture import Capture
from ingest.frames import Frame, Gap, SourceState, SourceStatus
from ingest.prefetch import Prefetch
from schemas.errors import InputError

log = logging.getLogger(__name__)

_AHEAD = 4
# Clocks in files are rounded to milliseconds (Matroska: 33, 34, 33 …): a frame this much early is still due.
_ROUNDING_S = 0.002
# A file is called cut short when it lacks more than this of its stated length, and of its stated frames.
_MISSING_S = 1.0
_MISSING_SHARE = 0.02
_HEAD_BYTES = 4096


class FileSource:
    """A FrameSource over one video file.

    Every frame is decoded, but only those due at ``frames_per_s`` of the file's own clock are given. The first frame is
    taken at ``start``, by default the file's modification time. The file's frame rate may vary; where its clock stands
    still or runs backwards, the stated rate carries on from the last good time.

    Raises InputError if there is no such file, or nothing in it that can be decoded.
    """

    def __init__(self, path: Path, *, start: datetime | None = None, frames_per_s: float = 5.0) -> None:
        _require_video(path)
        self._path = path
        self._start = _start_of(path) if start is None else start.astimezone(UTC)
        self._period_s = 1.0 / frames_per_s
        self._status = SourceStatus(state=SourceState.CONNECTING, fraction_done=0.0)
        self._frames: Prefetch[Frame | Gap] = Prefetch(self._decode, depth=_AHEAD, name=f"decode {path.name}")

    @property
    def name(self) -> str:
        """The file's path as it was given."""
        return str(self._path)

    def __iter__(self) -> Iterator[Frame | Gap]:
        return iter(self._frames)

    def status(self) -> SourceStatus:
        """Return how far decoding has come."""
        return self._status

    def close(self) -> None:
        """End the iteration and let go of the file."""
        self._frames.close()

    def _decode(self) -> Generator[Frame | Gap, None, None]:
        given = decoded = 0
        position_s, next_due_s, longest_s, decode_s = -1.0, 0.0, 0.0, 0.0
        with Capture.of_file(self._path) as capture:
            stated_frames, stated_s = capture.stated_frames, capture.stated_duration_s
            frame_s = 1.0 / capture.frames_per_s
            while True:
                before = time.perf_counter()
                if not capture.grab():
                    break
                earlier_s, position_s = position_s, _later(position_s, capture.position_s, frame_s)
                longest_s = max(longest_s, position_s - earlier_s) if decoded else frame_s
                decoded += 1
                image = None
                if position_s >= next_due_s - _ROUNDING_S:
                    next_due_s = (position_s + _ROUNDING_S) // self._period_s * self._period_s + self._period_s
                    image = capture.retrieve()
                decode_s += time.perf_counter() - before
                if image is not None:
                    yield Frame(image=image, captured_at=self._at(position_s), index=given)
                    given += 1
                self._status = SourceStatus(
                    state=SourceState.WATCHING,
                    frames=given,
                    fraction_done=min(1.0, (position_s + frame_s) / stated_s) if stated_s else 0.0,
                    decode_s=decode_s,
                )
        missing_s = stated_s - (position_s + frame_s)
        problem = ""
        if missing_s > max(_MISSING_S, longest_s) and decoded < stated_frames * (1.0 - _MISSING_SHARE):
            problem = f"{self._path}: the video is cut short: the last {missing_s:.0f} of {stated_s:.0f} s are missing"
            log.warning("%s; what could be decoded is used", problem)
            yield Gap(began_at=self._at(position_s), ended_at=self._at(stated_s), reason="file cut short")
        self._status = SourceStatus(
            state=SourceState.ENDED, problem=problem, frames=given, fraction_done=1.0, decode_s=decode_s
        )

    def _at(self, position_s: float) -> datetime:
        return self._start + timedelta(seconds=position_s)


def _later(last_s: float, stated_s: float, frame_s: float) -> float:
    """Return the time of a frame: as stated, or a frame's length after the last where that is not later."""
    if last_s < 0.0:
        return max(0.0, stated_s)
    return stated_s if stated_s > last_s else last_s + frame_s


def _start_of(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _require_video(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; check the path") from None
    except IsADirectoryError:
        raise InputError(f"{path}: this is a folder; give a video file") from None
    except OSError as error:
        raise InputError(f"{path}: the file cannot be read ({error.strerror}); check its permissions") from error
    if not head:
        raise InputError(f"{path}: the file is empty; copy or record it again")
    # FFmpeg makes moving pictures of text, and follows the addresses in a playlist; every video has a zero byte early.
    if b"\0" not in head:
        raise InputError(f"{path}: this is not a video but text; give a video file")
    with Capture.of_file(path) as capture:
        if not capture.opened or not capture.grab() or capture.retrieve() is None:
            raise InputError(
                f"{path}: this is not a video that can be decoded; if it is an MP4 that was being recorded, its index "
                "was never written: record to MKV, or repair the file"
            )
