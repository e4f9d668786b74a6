"""The book of one camera: which time it watched, and what came of its tracks."""

from collections import Counter
from datetime import datetime, timedelta

from ingest.frames import Frame, Gap
from schemas import ids
from schemas.messages import Coverage, CoverageState


class CoverageBook:
    """Counts what happens and writes a stretch of coverage each ``every``, at a gap, and at the end.

    Stretches of watching touch: one ends with the frame with which the next begins, so that their seconds add up.
    """

    def __init__(self, store_id: str, camera_id: str, *, every: timedelta = timedelta(seconds=60)) -> None:
        self._store_id = store_id
        self._camera_id = camera_id
        self._every = every
        self._began_at: datetime | None = None
        self._until: datetime | None = None
        self._clear()

    def frame(self, frame: Frame) -> list[Coverage]:
        """Enter a frame; return the stretch that it completes, if it does."""
        if self._began_at is None:
            self._began_at = frame.captured_at
        done = []
        if frame.captured_at - self._began_at >= self._every:
            done = [self._seen(frame.captured_at)]
            self._began_at = frame.captured_at
        self._until = frame.captured_at
        self._frames += 1
        self._dropped += frame.dropped
        return done

    def track_ended(self, *, usable: bool) -> None:
        """Enter a track that has ended, and whether it gave a crop."""
        self._tracks += 1
        self._usable_tracks += usable

    def rejected(self, gate: str) -> None:
        """Enter a crop that a quality gate refused."""
        self._rejected[gate] += 1

    def gap(self, gap: Gap) -> list[Coverage]:
        """Enter a gap: return the stretch that it ends, and the gap itself."""
        lost = Coverage(
            event_id=ids.coverage_id(self._store_id, self._camera_id, gap.began_at, CoverageState.GAP),
            store_id=self._store_id,
            camera_id=self._camera_id,
            state=CoverageState.GAP,
            began_at=gap.began_at,
            ended_at=gap.ended_at,
            reason=gap.reason,
        )
        return [*self.close(), lost]

    def close(self, reason: str = "") -> list[Coverage]:
        """End the stretch in progress, with its last frame, and return it, if there is one."""
        if self._until is None:
            return []
        done = [self._seen(self._until, reason)]
        self._began_at = self._until = None
        return done

    def _seen(self, ended_at: datetime, reason: str = "") -> Coverage:
        began_at = self._began_at or ended_at
        seen = Coverage(
            event_id=ids.coverage_id(self._store_id, self._camera_id, began_at, CoverageState.SEEN),
            store_id=self._store_id,
            camera_id=self._camera_id,
            state=CoverageState.SEEN,
            began_at=began_at,
            ended_at=ended_at,
            frames=self._frames,
            dropped=self._dropped,
            tracks=self._tracks,
            usable_tracks=self._usable_tracks,
            rejected=dict(sorted(self._rejected.items())),
            reason=reason,
        )
        self._clear()
        return seen

    def _clear(self) -> None:
        self._frames = self._dropped = self._tracks = self._usable_tracks = 0
        self._rejected: Counter[str] = Counter()
