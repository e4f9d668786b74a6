"""The tracker: from the detections of each frame to chains that each follow one face.

Libraries were judged first: norfair holds NumPy below 2, and it, motpy and trackers all draw in SciPy and Matplotlib;
none ends a track where going on would be a guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ingest.association import Expectation, Reach, associate
from ingest.tracks import Box, Look, Observation, Track, TrackUpdate, centre

# A speed measured over a longer gap says little about now.
_MOTION_MEMORY_S = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerSettings:
    """A track ends ``lost_s`` after its last detection; at ``longest_s`` it is cut and its face begins another."""

    lost_s: float = 1.0
    longest_s: float = 60.0
    reach: Reach = field(default_factory=Reach)


class Tracker:
    """Follows faces through frames, by boxes alone and, where given, by looks.

    Call ``update`` for every frame processed, also for one without detections; ``at`` rises from call to call. All
    thresholds are in seconds and in widths of a face, so that frame rate and resolution change nothing. Every
    detection belongs to exactly one track; numbers rise from 1 and are never used twice by one tracker.

    Where two tracks might be exchanged unnoticed, both end and new ones begin: a track that was cut gives two sightings
    of one visit, a track of two people gives a visitor who does not exist.
    """

    def __init__(self, settings: TrackerSettings | None = None) -> None:
        self._settings = settings or TrackerSettings()
        self._paths: list[_Path] = []
        self._numbers_given = 0

    def update(self, observations: Sequence[Observation], at: datetime) -> TrackUpdate:
        """Take in the detections of one frame."""
        ended = self._end([path for path in self._paths if self._is_over(path, at)])
        expected = [path.expectation(at) for path in self._paths]
        taken, doubtful = associate(expected, observations, self._settings.reach)
        numbers = [0] * len(observations)
        for i, j in taken.items():
            if i not in doubtful:
                self._paths[i].extend(observations[j], at)
                numbers[j] = self._paths[i].number
        ended += self._end([self._paths[i] for i in sorted(doubtful)])
        for j, observation in enumerate(observations):
            if not numbers[j]:
                numbers[j] = self._begin(observation, at)
        return TrackUpdate(live=tuple(path.track() for path in self._paths), ended=ended, numbers=tuple(numbers))

    def flush(self) -> tuple[Track, ...]:
        """End every track, and return them."""
        return self._end(list(self._paths))

    def _is_over(self, path: "_Path", at: datetime) -> bool:
        lost_s = (at - path.seen_at).total_seconds()
        return lost_s > self._settings.lost_s or (at - path.began_at).total_seconds() >= self._settings.longest_s

    def _end(self, paths: Sequence["_Path"]) -> tuple[Track, ...]:
        over = {path.number for path in paths}
        self._paths = [path for path in self._paths if path.number not in over]
        return tuple(path.track() for path in paths)

    def _begin(self, observation: Observation, at: datetime) -> int:
        self._numbers_given += 1
        self._paths.append(_Path(self._numbers_given, observation, at))
        return self._numbers_given


class _Path:
    """A track that lives: where it was last seen, and how it moves, in pixels a second."""

    def __init__(self, number: int, first: Observation, at: datetime) -> None:
        self.number = number
        self.began_at = self.seen_at = at
        self._detections = 1
        self._box: Box = first.box
        self._look: Look | None = first.look
        self._motion: tuple[float, float] | None = None

    def extend(self, seen: Observation, at: datetime) -> None:
        elapsed_s = (at - self.seen_at).total_seconds()
        moved = [new - old for new, old in zip(centre(seen.box), centre(self._box), strict=True)]
        if 0.0 < elapsed_s <= _MOTION_MEMORY_S:
            now = (moved[0] / elapsed_s, moved[1] / elapsed_s)
            before = self._motion or now
            self._motion = ((now[0] + before[0]) / 2.0, (now[1] + before[1]) / 2.0)
        else:
            self._motion = None
        self.seen_at = at
        self._detections += 1
        self._box, self._look = seen.box, seen.look

    def expectation(self, at: datetime) -> Expectation:
        elapsed_s = (at - self.seen_at).total_seconds()
        ahead_s = min(elapsed_s, _MOTION_MEMORY_S)
        motion = self._motion or (0.0, 0.0)
        x, y, width, height = self._box
        box = (x + motion[0] * ahead_s, y + motion[1] * ahead_s, width, height)
        return Expectation(box=box, look=self._look, elapsed_s=elapsed_s, motion_known=self._motion is not None)

    def track(self) -> Track:
        return Track(
            number=self.number,
            began_at=self.began_at,
            ended_at=self.seen_at,
            detections=self._detections,
            box=self._box,
        )
