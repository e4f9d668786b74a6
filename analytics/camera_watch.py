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
    """What one camera told in stretches that overlap a window: the time in which it saw, and in which it should have.

    The intervals come in any order, may overlap each other, and reach beyond the window as they like: what they tell is
    the time within it. ``tracks`` are of the stretches that began in the window, None where none did.
    """

    camera_id: str
    seen: Intervals
    gaps: Intervals
    tracks: FaceTracks | None
