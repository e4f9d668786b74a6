"""The one consumer loop: poll a batch, handle it wholly, flush what came of it, commit."""

import gc
import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeAlias

from footfall.dead_letters import DEFAULT_LIMIT, DeadLetterGuard, DeadLetterLimit, append_dead_letter
from footfall.fail_points import fail_point
from footfall.publisher import prepared
from ingest.backoff import delays_s
from schemas.codec import decode
from schemas.errors import InvalidRecord, PartitionsLost, TransientError
from schemas.event_log import EventLog, OnPartitions, Partition, Record, heedless
from schemas.received import Handler, Received
from schemas.topics import Topic

GARBAGE = (50_000, 20, 50)
"""How seldom a process that handles batches looks for cycles among its objects."""

_POLL_TIMEOUT_S = 0.5
_LAG_MEASURED_EVERY_S = 5.0

_Decoded: TypeAlias = tuple[Record, Received]

_log = logging.getLogger(__name__)


def default_pauses_s() -> Iterator[float]:
    """Yield the pauses between tries: from a fifth of a second up to half a minute."""
    return delays_s(first_s=0.2, cap_s=30.0, source=random.Random())  # noqa: S311 - jitter, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a consumer's loop: records committed, those of them dead-lettered, the time it took, how it stands.

    ``partitions`` are those owned. ``lag`` is measured now and then, and None in between. ``failure`` says why the same
    batch is handled again, and is empty where all went well.
    """

    group: str
    partitions: int
    records: int = 0
    dead: int = 0
    seconds: float = 0.0
    lag: int | None = None
    failure: str = ""


class Consumer:
    """A member of a consumer group that gives batches of messages to a handler. To be driven by one thread.

    What comes of a batch is appended through the subscription, so that nothing of it is written once another member
    has been given its partitions: a batch that is lost so is dropped, and polling goes on.

    The three failures: a TransientError leaves the batch in hand, and the next ``step`` handles the same one again; an
    InvalidRecord, from decoding or from the handler, puts its record on the dead-letter topic, and above the limit
    stops the consumer; anything else is a bug and leaves the batch uncommitted, for the next start. When the handler
    raises InvalidRecord for several records, it is given them one by one to find which it means.

    Tombstones of compacted topics carry no message and are passed over. ``on_turn`` is told of each turn of the loop,
    in its thread.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        topics: Sequence[Topic],
        group: str,
        handler: Handler,
        max_records: int = 64,
        dead_letter_limit: DeadLetterLimit = DEFAULT_LIMIT,
        pauses_s: Callable[[], Iterator[float]] = default_pauses_s,
        on_assigned: OnPartitions = heedless,
        on_revoked: OnPartitions = heedless,
        on_turn: Callable[[Turn], None] | None = None,
    ) -> None:
        self._topics = {topic.name: topic for topic in topics}
        self._group = group
        self._handler = handler
        self._max_records = max_records
        self._guard = DeadLetterGuard(dead_letter_limit)
        self._pauses_s = pauses_s
        self._in_hand: list[Record] = []
        self._dead: list[str] = []
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._on_turn = on_turn
        self._owned: set[Partition] = set()
        self._lag_measured_s = float("-inf")
        self._subscription = log.subscribe(topics, group, on_assigned=self._take_up, on_revoked=self._give_up)

    def step(self, timeout_s: float) -> int:
        """Handle one batch, waiting for it up to ``timeout_s``; return how many records were committed with it.

        After a TransientError the same batch is handled by the next step.
        """
        if not self._in_hand:
            self._in_hand = self._subscription.poll(max_records=self._max_records, timeout_s=timeout_s)
        began_s = time.monotonic()
        records = self._finish(self._in_hand) if self._in_hand else 0
        if self._on_turn is not None:
            dead = len(self._dead) if records else 0
            self._on_turn(self._turn(records=records, dead=dead, seconds=time.monotonic() - began_s, lag=self._lag()))
        return records

    def run(self, stop: Event) -> None:
        """Handle batches until ``stop`` is set; the batch in hand is finished first. Transient failures are retried."""

        def go_on() -> bool:
            self.step(_POLL_TIMEOUT_S)
            return True

        self._repeat(stop, go_on)

    def drain(self, stop: Event) -> None:
        """Handle batches until none is left, or ``stop`` is set. Transient failures are retried."""

        def go_on() -> bool:
            if not self._in_hand and self.lag() == 0:
                return False
            self.step(_POLL_TIMEOUT_S)
            return True

        self._repeat(stop, go_on)

    def lag(self) -> int:
        """Return how many records have not been polled yet. For the thread that drives the consumer."""
        return self._subscription.lag()

    def close(self) -> None:
        """Leave the group. What is not committed is given to the next member."""
        self._subscription.close()

    def _finish(self, records: Sequence[Record]) -> int:
        self._dead = []
        try:
            self._handle(self._decoded(records))
            self._subscription.flush()
            fail_point("after-flush")
            self._subscription.commit()
        except PartitionsLost as lost:
            _log.warning(
                "%s: %d records are dropped, to be handled by their new owner: %s", self._group, len(records), lost
            )
            self._in_hand = []
            return 0
        self._guard.settle(len(self._dead), len(records) - len(self._dead))
        self._in_hand = []
        return len(records)

    def _take_up(self, partitions: Sequence[Partition]) -> None:
        self._on_assigned(partitions)
        self._owned.update(partitions)

    def _give_up(self, partitions: Sequence[Partition]) -> None:
        self._owned.difference_update(partitions)
        self._on_revoked(partitions)

    def _turn(self, **what: Any) -> Turn:
        return Turn(group=self._group, partitions=len(self._owned), **what)

    def _lag(self) -> int | None:
        if time.monotonic() - self._lag_measured_s < _LAG_MEASURED_EVERY_S:
            return None
        self._lag_measured_s = time.monotonic()
        return self.lag()

    def _repeat(self, stop: Event, step: Callable[[], bool]) -> None:
        # Records and messages are trees, freed without it: looking through each batch for cycles took a tenth of the
        # time.
        gc.set_threshold(*GARBAGE)
        pauses_s = self._pauses_s()
        while not stop.is_set():
            try:
                if not step():
                    return
                pauses_s = self._pauses_s()
            except TransientError as error:
                pause_s = next(pauses_s)
                if self._on_turn is not None:
                    self._on_turn(self._turn(failure=str(error)))
                _log.warning("%s: trying again in %.1f s: %s", self._group, pause_s, error)
                stop.wait(pause_s)

    def _decoded(self, records: Sequence[Record]) -> list[_Decoded]:
        decoded: list[_Decoded] = []
        for record in records:
            if record.value is None and not record.fault and self._topics[record.topic].compacted:
                continue
            try:
                decoded.append((record, self._received(record)))
            except InvalidRecord as error:
                self._dead_letter(record, error)
        return decoded

    def _received(self, record: Record) -> Received:
        if record.fault:
            raise InvalidRecord(record.fault)
        if record.value is None:
            raise InvalidRecord("is a tombstone, which only a compacted topic may hold", "value")
        message = decode(record.value, self._topics[record.topic].message)
        return Received(message=message, topic=record.topic, partition=record.partition, offset=record.offset)

    def _handle(self, batch: Sequence[_Decoded]) -> None:
        if not batch:
            return
        try:
            stages = self._handler([received for _, received in batch])
        except InvalidRecord as error:
            if len(batch) == 1:
                self._dead_letter(batch[0][0], error)
            else:
                for decoded in batch:
                    self._handle([decoded])
            return
        first, *later = stages or [()]
        for message in first:
            self._subscription.append(*prepared(message))
        # The log is at work on the first stage meanwhile.
        waiting = [[prepared(message) for message in stage] for stage in later]
        self._subscription.flush()
        for ready in waiting:
            fail_point("between-stages")
            for one in ready:
                self._subscription.append(*one)
            self._subscription.flush()

    def _dead_letter(self, record: Record, error: InvalidRecord) -> None:
        where = f"{record.topic}/{record.partition}@{record.offset}: {error}"
        self._guard.check(len(self._dead) + 1, where)
        self._dead.append(where)
        append_dead_letter(self._subscription, record, error, self._group)
        _log.error("%s: dead-lettered %s", self._group, where)
