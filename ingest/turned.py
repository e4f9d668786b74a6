"""A track that shows its person turned throughout: whether they stayed, and who they were seen beside."""

import math
from collections.abc import Callable
from datetime import timedelta

from ingest.best_shots import BestShots, View
from ingest.tracks import Box, Track, centre
from schemas.messages import Shot

_CROPS = 3
# Whoever walks by moves six widths of a face a second, at 1 m/s: never less than one for as long as it takes to cross
# the view of a door.
_STAYED = timedelta(seconds=5)
_STAYING_WIDTHS_PER_S = 1.0


class TurnedTrack:
    """What is kept of a track while no crop of it passes the gates.

    ``beside`` are the tracks that were in one picture with it, by number.
    """

    def __init__(self, first: Box, best_shots: int) -> None:
        self.beside: dict[int, Track] = {}
        self._first = first
        self._crops = 0
        self._shots = BestShots(best_shots)

    def offer(self, view: View, cut: Callable[[], Shot]) -> None:
        """Take into account a crop that would pass, were it not turned. ``cut`` is called if it is among the best."""
        self._crops += 1
        self._shots.offer(view, cut)

    def stayed(self, track: Track) -> bool:
        """Whether it is to be told of, now that it has ended: seen well enough, long, in one place, and not alone."""
        lasted = track.ended_at - track.began_at
        widths = math.dist(centre(self._first), centre(track.box)) / math.sqrt(track.box[2] * track.box[3])
        in_place = widths < _STAYING_WIDTHS_PER_S * lasted.total_seconds()
        return self._crops >= _CROPS and lasted >= _STAYED and in_place and bool(self.beside)

    def shots(self) -> tuple[Shot, ...]:
        """Return the crops kept, the one of highest quality first."""
        return self._shots.shots()
