"""What people do about cameras on pages: which requests there are, and what they are told.

The pages neither open a camera nor watch one. Whoever puts the program together gives them this.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedCamera:
    """A camera that gave a picture, and is not kept yet.

    ``ticket`` is by what it is kept; the address itself is shown to nobody. ``picture`` is a JPEG so coarse that it
    shows where the camera looks and nobody's face; ``width_px`` and ``height_px`` are those of the camera's pictures.
    """

    ticket: str
    store_id: str
    camera_id: str
    shown_as: str
    is_film: bool
    start: datetime | None
    picture: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraNow:
    """How a camera fares that is watched now. ``problem`` is a sentence without passwords, empty while all is well.

    ``fraction_done`` is how much of a film was read, None for a camera. ``is_elsewhere`` says that another program over
    the same database watches it.
    """

    is_watching: bool
    problem: str
    fraction_done: float | None
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPicture:
    """What a camera last saw: when, with how many faces in it, and of how many of them a crop was good enough.

    ``jpeg`` makes a JPEG of it, so coarse that it shows nobody's face, with a box around each that was found.
    """

    captured_at: datetime
    faces: int
    usable_faces: int
    jpeg: Callable[[], bytes]


def no_pictures() -> Mapping[tuple[str, str], CameraPicture]:
    """Give no picture of any camera."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraWork:
    """Requests about cameras. All raise InputError, with what to do, for what cannot be, and StorageError."""

    try_out: Callable[[str, str, str, datetime | None], TriedCamera]
    """Takes store, name, address, and when a film's first picture was taken. It takes seconds."""
    keep: Callable[[str, str], TriedCamera]
    """Takes a ticket and who keeps it, and watches the camera from now on. A ticket holds once."""
    remove: Callable[[str, str, str], None]
    """Takes store, name, and who takes it away."""
    now: Callable[[], Mapping[tuple[str, str], CameraNow]]
    """Gives how each camera fares that is watched, by store and name."""
    pictures: Callable[[], Mapping[tuple[str, str], CameraPicture]] = no_pictures
    """Gives what each camera last saw that is watched here, by store and name, where that may be shown."""
