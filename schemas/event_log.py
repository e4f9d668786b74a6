"""The port to the event log: topics of records, read by consumer groups that remember how far they came.

Words as in Kafka. An *offset* counts the records of one partition from 0. A group's *position* is the offset of the
next record it will be given; its *committed* offset is where another member of the group would begin.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from schemas.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record as it lies in the log. A ``value`` of None is a tombstone.

    ``fault`` says what the log itself found wrong with the record (its bytes are no longer those that were appended),
    and is empty for a sound one: a faulty record is dead-lettered, whatever its bytes decode to.
    """

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    appended_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


class Subscription(Protocol):
    """One member of a consumer group. Not to be shared between threads."""

    def poll(self, *, max_records: int, timeout_s: float) -> list[Record]:
        """Return the next records, possibly none after ``timeout_s``, and move the position behind them.

        Records of one partition come in the order of their offsets. Raises TransientError when the log is away.
        """

    def commit(self) -> None:
        """Commit the position: records polled so far are not given to this group again after a restart.

        Records polled and not committed are given again, to this member or another, in the same order.
        """

    def lag(self) -> int:
        """Return how many records lie between the position and the end of the subscribed partitions."""

    def close(self) -> None:
        """Leave the group without committing."""


class EventLog(Protocol):
    """An append-only log of topics. Safe to use from several threads; a Subscription is not."""

    def append(self, topic: Topic, key: str, value: bytes | None, headers: Mapping[str, str] | None = None) -> None:
        """Hand over one record. It is in the log for certain only after the next ``flush`` has returned.

        Records of one key keep their order. Raises TransientError or StorageError; then the record may or may not
        have been taken, and handing it over again is safe, because every reader is idempotent.
        """

    def flush(self) -> None:
        """Return when every record handed over so far is in the log for good; raise if any is not."""

    def subscribe(self, topics: Sequence[Topic], group: str) -> Subscription:
        """Join a consumer group. A group without a committed offset begins at the oldest record."""

    def committed(self, topic: Topic, group: str) -> dict[int, int]:
        """Return the group's committed offset of each partition; partitions never committed are left out."""

    def replay(self, topic: Topic, *, from_offsets: Mapping[int, int] | None = None) -> Iterator[Record]:
        """Yield the records now in a topic, oldest first within each partition, and end.

        ``from_offsets`` gives for a partition the offset at which to begin. Belongs to no group and commits nothing.
        A compacted topic may still hold superseded records: the last of a key counts. Faulty records are left out, with
        a line in the program's log: nobody who replays could dead-letter them.
        """

    def maintain(self, now: datetime) -> None:
        """Remove what retention and compaction no longer keep; to be called now and then.

        A log whose server does so by itself has nothing to do. A tombstone outlives its key by a day, so that readers
        who are behind see it. Offsets are never given out again.
        """

    def close(self) -> None:
        """Flush and let go of files and connections."""
