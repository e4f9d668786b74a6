"""From an address to the source that fits it."""

from collections.abc import Callable
from datetime import UTC, datetime

from ingest.addresses import FileAddress, parse_address
from ingest.file_source import FileSource
from ingest.frames import FrameSource
from ingest.rtsp_reader import Patience
from ingest.rtsp_source import RtspSource
from schemas.errors import ConfigError


def utc_now() -> datetime:
    """Return the time of this machine's clock, aware and in UTC."""
    return datetime.now(UTC)


def open_source(
    url: str,
    *,
    start: datetime | None = None,
    frames_per_s: float = 5.0,
    stall_s: float = 5.0,
    clock: Callable[[], datetime] = utc_now,
) -> FrameSource:
    """Return the source behind a path or a ``file://``, ``rtsp://`` or ``rtsps://`` address.

    ``start`` is the capture time of a file's first frame (default: when the file was last written); a camera's frames
    bear the time at which they arrive, and one silent for ``stall_s`` is connected again.

    Raises ConfigError for another scheme or a rate that is not above 0, InputError for a file that is not a readable
    video. A camera is not contacted before its source is iterated.
    """
    if not frames_per_s > 0.0:
        raise ConfigError(f"frames_per_s is {frames_per_s}; it must be above 0 (5 is usual)")
    address = parse_address(url)
    if isinstance(address, FileAddress):
        return FileSource(address.path, start=start, frames_per_s=frames_per_s)
    return RtspSource(address, clock=clock, frames_per_s=frames_per_s, patience=Patience(read_timeout_s=stall_s))


def is_live(url: str) -> bool:
    """Whether an address names a camera, which has no end, and not a file."""
    return not isinstance(parse_address(url), FileAddress)
