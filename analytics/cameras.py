"""How each camera stands, from the stretches in which it watched and did not. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.messages import Coverage, CoverageState

SILENCE = timedelta(minutes=3)
"""How long a camera may say nothing before it no longer counts as going on as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraState:
    """One camera at the end of a window, and what it did within it.

    ``state`` has held from ``since`` to ``until`` without a silence; ``seen_until`` is the last moment it watched, None
    if it never did. ``capture_rate`` is the share of face tracks that gave a usable face, None without tracks.
    ``rejected`` counts the crops refused by each quality gate.
    """

    camera_id: str
    state: CoverageState
    since: datetime
    until: datetime
    seen_until: datetime | None
    reason: str
    frames: int
    dropped: int
    tracks: int
    usable_tracks: int
    rejected: Mapping[str, int]

    @property
    def capture_rate(self) -> float | None:
        """Tracks that gave a usable face ÷ all face tracks."""
        return self.usable_tracks / self.tracks if self.tracks else None


def camera_states(coverage: Iterable[Coverage]) -> list[CameraState]:
    """Return the state of each camera named in the stretches, by name."""
    by_camera: dict[str, list[Coverage]] = defaultdict(list)
    for stretch in coverage:
        by_camera[stretch.camera_id].append(stretch)
    return [_state(camera_id, stretches) for camera_id, stretches in sorted(by_camera.items())]


def _state(camera_id: str, stretches: list[Coverage]) -> CameraState:
    ordered = sorted(stretches, key=lambda stretch: (stretch.ended_at, stretch.began_at, stretch.state))
    last = ordered[-1]
    since = last.began_at
    for stretch in reversed(ordered):
        if stretch.state is not last.state or stretch.ended_at < since - SILENCE:
            break
        since = min(since, stretch.began_at)
    rejected: Counter[str] = Counter()
    for stretch in ordered:
        rejected.update(stretch.rejected)
    return CameraState(
        camera_id=camera_id,
        state=last.state,
        since=since,
        until=last.ended_at,
        seen_until=max((item.ended_at for item in ordered if item.state is CoverageState.SEEN), default=None),
        reason=last.reason,
        frames=sum(stretch.frames for stretch in ordered),
        dropped=sum(stretch.dropped for stretch in ordered),
        tracks=sum(stretch.tracks for stretch in ordered),
        usable_tracks=sum(stretch.usable_tracks for stretch in ordered),
        rejected=dict(rejected),
    )
