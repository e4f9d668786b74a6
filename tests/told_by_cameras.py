"""What cameras told, stretch by stretch, as the columns that a database gives: slow, and plain to see."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from analytics.camera_watch import CameraWatch, FaceTracks
from analytics.intervals import Intervals
from schemas.messages import Coverage, CoverageState


def told_by_each(coverage: Iterable[Coverage], since: datetime) -> list[CameraWatch]:
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
