"""What the cameras of a store told of a window, as columns: what a report's completeness is counted from. Pure."""

from dataclasses import dataclass

from analytics.intervals import Intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceTracks:
    """How many face tracks a camera had, and how many of them gave a usable face."""

    camera_id: str
    tracks: int
    usable_tracks: int

    @property
    def capture_rate(self) -> float | None:
        """Tracks that gave a usable face ÷ all face tracks; None without tracks."""
        return self.usable_tracks / self.tracks if self.tracks else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CameraWatch:
    """The stretches of one camera that overlap a window: in which it saw, and in which it should have.

    They come in any order and may overlap each other. ``tracks`` are of those that began in the window, None where none
    did.
    """

    camera_id: str
    seen: Intervals
    gaps: Intervals
    tracks: FaceTracks | None
