"""What the cameras of a store told of a window, as columns: what a report's completeness is counted from. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from analytics.intervals import Intervals
from schemas.messages import Coverage, CoverageState


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


def camera_watches(coverage: Iterable[Coverage], since: datetime) -> list[CameraWatch]:
    """Return what each camera told, by name, from the stretches that overlap a window, which begins ``since``."""
    by_camera: dict[str, list[Coverage]] = defaultdict(list)
    for stretch in coverage:
        by_camera[stretch.camera_id].append(stretch)
    return [_watch(camera_id, stretches, since) for camera_id, stretches in sorted(by_camera.items())]


def _watch(camera_id: str, stretches: list[Coverage], since: datetime) -> CameraWatch:
    seen, gaps = (
        Intervals.of((one.began_at, one.ended_at) for one in stretches if one.state is state)
        for state in (CoverageState.SEEN, CoverageState.GAP)
    )
    begun = [one for one in stretches if one.began_at >= since]
    tracks = FaceTracks(
        camera_id=camera_id,
        tracks=sum(one.tracks for one in begun),
        usable_tracks=sum(one.usable_tracks for one in begun),
    )
    return CameraWatch(camera_id=camera_id, seen=seen, gaps=gaps, tracks=tracks if begun else None)
