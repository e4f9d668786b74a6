"""A matcher in waiting: it knows what the others know, and takes over where nobody is at work."""

import logging
import threading
import time
from collections.abc import Mapping

from footfall.health import Health
from footfall.metrics import TEMPLATES, Meters
from matcher.state import MatcherState
from schemas.errors import TransientError
from schemas.event_log import EventLog
from schemas.topics import CROPS, SIGHTINGS

_LOOK_EVERY_S = 1.0

_log = logging.getLogger(__name__)


class Stillness:
    """Finds the partition on which records wait and nobody commits. Values in, a value out."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._since: dict[int, tuple[int, float]] = {}

    def look(
        self, begins: Mapping[int, int], ends: Mapping[int, int], done: Mapping[int, int], at_s: float
    ) -> int | None:
        """Return a partition whose committed offset has stood before its end for long enough, or None."""
        for number, end in ends.items():
            committed = max(done.get(number, 0), begins.get(number, 0))
            stood_at, since_s = self._since.get(number, (committed, at_s))
            if committed >= end:
                self._since.pop(number, None)
            elif committed != stood_at or number not in self._since:
                self._since[number] = (committed, at_s)
            elif at_s - since_s >= self._after_s:
                return number
        return None

    def forget(self) -> None:
        """Begin anew: nothing could be seen for a while."""
        self._since.clear()


def stand_by(
    log: EventLog,
    group: str,
    state: MatcherState,
    stop: threading.Event,
    *,
    after_s: float,
    health: Health,
    meters: Meters,
) -> None:
    """Follow the log until a partition of crops stands still for ``after_s``, or ``stop`` is set.

    To take over from a member that still lives does no harm: the log shuts one of the two out.
    """
    stillness = Stillness(after_s)
    everywhere = range(SIGHTINGS.partitions)
    _log.info("standing by with %d templates", len(state))
    while not stop.wait(_LOOK_EVERY_S):
        try:
            state.follow(everywhere)
            crops = log.describe(CROPS)
            done = log.committed(CROPS, group)
        except TransientError as error:
            stillness.forget()
            health.turned(str(error))
            continue
        health.turned()
        meters.set(TEMPLATES, len(state))
        still = stillness.look(crops.begins, crops.ends, done, time.monotonic()) if crops else None
        if still is not None:
            _log.warning("crops of partition %d wait and nobody is at work on them: taking over", still)
            return
