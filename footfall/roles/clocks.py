"""Whether the clocks of the machines that work together agree, as far as one of them can tell."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from footfall.consumer import Turn
from footfall.metrics import CLOCK_AHEAD, Meters
from schemas.messages import FaceCrop, Message
from schemas.received import Handler, Received

if TYPE_CHECKING:
    from analytics.records.repository import VisitRepository

TOLERANCE = timedelta(minutes=1)
_JUDGED_EVERY_S = 10.0
_REMEDY = "what is seen would be counted at the wrong time: have both set by NTP"

_Camera = tuple[str, str]

_log = logging.getLogger(__name__)


class ClockWatch:
    """Compares the clocks beside the cameras with the one here, by the age of the best shots that come in.

    A best shot that came when nothing waited is as old as its way was long, a second or less: one that is much older,
    or of the future, was stamped by a clock that is off. Of ten seconds the youngest counts, for a store whose line was
    cut hands over in one go what is older. ``around`` and ``turned`` belong to one consumer and its thread.
    """

    def __init__(
        self, meters: Meters, now: Callable[[], datetime], *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._meters = meters
        self._now = now
        self._clock_s = clock_s
        self._partitions = 0
        self._nothing_waited = False
        self._youngest: dict[_Camera, timedelta] = {}
        self._judged_s = clock_s()
        self._said: dict[_Camera, timedelta] = {}

    def around(self, handler: Handler) -> Handler:
        """Return a handler that does the same and takes note of how old the best shots are."""

        def handle(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
            if self._nothing_waited:
                now = self._now()
                for crop in (received.message for received in batch if isinstance(received.message, FaceCrop)):
                    camera, age = (crop.store_id, crop.camera_id), now - crop.produced_at
                    self._youngest[camera] = min(age, self._youngest.get(camera, age))
            return handler(batch)

        return handle

    def turned(self, turn: Turn) -> None:
        """Take note of a turn of the consumer's loop, and judge now and then."""
        if turn.partitions != self._partitions or turn.failure:
            self._nothing_waited = False
            self._youngest.clear()
        self._partitions = turn.partitions
        if turn.lag is not None:
            self._nothing_waited = turn.lag == 0 and turn.partitions > 0
        if self._clock_s() - self._judged_s >= _JUDGED_EVERY_S:
            self._judged_s = self._clock_s()
            for camera, age in self._youngest.items():
                self._judge(camera, -age)
            self._youngest.clear()

    def _judge(self, camera: _Camera, ahead: timedelta) -> None:
        store_id, camera_id = camera
        self._meters.set(CLOCK_AHEAD, ahead.total_seconds(), store=store_id, camera=camera_id)
        if abs(ahead) <= TOLERANCE:
            self._said.pop(camera, None)
        elif camera not in self._said or abs(self._said[camera] - ahead) > TOLERANCE:
            self._said[camera] = ahead
            _log.warning(
                "store %s, camera %s: the clock of its machine is %s this machine's: %s",
                store_id, camera_id, _in_words(ahead), _REMEDY,
            )  # fmt: skip


def compare_with_database(repository: "VisitRepository", now: Callable[[], datetime]) -> None:
    """Warn where the clock of the database's server is not the one here."""
    there = repository.clock()
    if there is not None and abs(ahead := there - now()) > TOLERANCE:
        _log.warning("the clock of the database's server is %s this machine's: %s", _in_words(ahead), _REMEDY)


def _in_words(ahead: timedelta) -> str:
    return f"{abs(ahead) / timedelta(minutes=1):.0f} min {'ahead of' if ahead > timedelta(0) else 'behind'}"
