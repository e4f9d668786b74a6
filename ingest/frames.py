"""What cameras give: frames, and stretches without any; and the port through which they give it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from faces.ports import Image


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One picture of a camera: BGR, uint8, (height, width, 3), taken at ``captured_at`` (aware, UTC).

    ``index`` counts the frames given from 0. ``dropped`` frames were due since the one before and passed over.
    """

    image: Image
    captured_at: datetime
    index: int
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch of time, in UTC, from which there are no frames, and why."""

    began_at: datetime
    ended_at: datetime
    reason: str


class SourceState(StrEnum):
    """What a source is doing."""

    CONNECTING = "connecting"
    WATCHING = "watching"
    AWAY = "away"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How a source fares. ``problem`` is a sentence without passwords, empty while all is well.

    ``fraction_done`` is None for a camera, which has no end. ``decode_s`` is the time spent on decoding so far.
    """

    state: SourceState
    problem: str = ""
    frames: int = 0
    dropped: int = 0
    fraction_done: float | None = None
    decode_s: float = 0.0


class FrameSource(Protocol):
    """One camera, live or recorded. It is iterated once, by one thread.

    Iterating gives frames and gaps in the order of their times: capture times rise strictly, and no gap reaches into
    the time of a frame. Frames come at about the rate the source was made with. A live source blocks until there is
    something to give, reconnects by itself for as long as it is open, gives the latest frame where the reader was too
    slow (*latest frame wins*) and counts the frames passed over as dropped; when frames return after an outage a gap
    precedes them, and an outage in progress is told about once a minute. A file gives every frame that is due,
    however slow its reader, and the same ones each time; where it ends before its stated length it says so in a gap.

    Making a source for a file raises InputError if it cannot be used. Iterating a camera that refuses us by its own
    word (password, permission) before it ever gave a frame raises CameraError. No message holds a password.
    """

    @property
    def name(self) -> str:
        """The file or address, fit for logs: no password."""

    def __iter__(self) -> Iterator[Frame | Gap]: ...

    def status(self) -> SourceStatus:
        """Return how the source fares. Safe from any thread."""

    def close(self) -> None:
        """End the iteration and let go of the camera, within about a second. Safe from any thread, and twice."""
