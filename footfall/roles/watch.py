"""What a role's consumer did, told to its metrics and its health."""

from collections.abc import Callable, Sequence
from datetime import datetime

from footfall.consumer import Turn
from footfall.health import Health
from footfall.metrics import BATCH_SECONDS, DEAD_LETTERS, LAG, LATENCY, PARTITIONS, RECORDS, RETRIES, Meters
from schemas.messages import Arrival, Message, Sighting
from schemas.received import Handler, Received


class ConsumerWatch:
    """Takes the turns of a consumer. It is ready while it owns partitions and what it needs is there."""

    def __init__(self, meters: Meters, health: Health) -> None:
        self._meters = meters
        self._health = health

    def __call__(self, turn: Turn) -> None:
        """Enter a turn."""
        group = turn.group
        self._meters.set(PARTITIONS, turn.partitions, group=group)
        if turn.lag is not None:
            self._meters.set(LAG, turn.lag, group=group)
        if turn.records:
            self._meters.add(RECORDS, turn.records, group=group)
            self._meters.observe(BATCH_SECONDS, turn.seconds, group=group)
        if turn.dead:
            self._meters.add(DEAD_LETTERS, turn.dead, group=group)
        if turn.failure:
            self._meters.add(RETRIES, group=group)
        self._health.turned(turn.failure or ("" if turn.partitions else "it owns no partition"))


def until_decided(handler: Handler, meters: Meters) -> Handler:
    """Return a handler that does the same and measures how long each best shot took to become a sighting."""

    def handle(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        stages = handler(batch)
        for message in (message for stage in stages for message in stage):
            if isinstance(message, Sighting):
                _observe(meters, "sighting", message, message.decided_at)
        return stages

    return handle


def until_recorded(handler: Handler, meters: Meters, now: Callable[[], datetime]) -> Handler:
    """Return a handler that does the same and measures how long each best shot took to become part of a visit.

    And, where it shows a member, to become an arrival.
    """

    def handle(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        stages = handler(batch)
        for message in (message for stage in stages for message in stage):
            if isinstance(message, Arrival):
                _observe(meters, "arrival", message, now())
        for received in batch:
            if isinstance(received.message, Sighting):
                _observe(meters, "visit", received.message, now())
        return stages

    return handle


def _observe(meters: Meters, until: str, told: Sighting | Arrival, at: datetime) -> None:
    # Clocks of two machines may differ by more than the way takes.
    meters.observe(LATENCY, max(0.0, (at - told.produced_at).total_seconds()), until=until)
