"""The port to the event log: topics of records, read by consumer groups that remember how far they came.

Words as in Kafka. An *offset* counts the records of one partition from 0. A group's *position* is the offset of the
next record it will be given; its *committed* offset is where another member of the group would begin. The partitions of
a group's topics are shared out among its members, each to one of them at a time: its *owner*.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Partition:
    """One partition of a topic."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicState:
    """A topic as it is in a log. ``begins`` and ``ends`` are, for each partition, the oldest offset and the next one.

    ``compacted`` and ``retention`` are as in ``schemas.topics.Topic``.
    """

    name: str
    begins: Mapping[int, int]
    ends: Mapping[int, int]
    retention: timedelta | None
    compacted: bool


OnPartitions = Callable[[Sequence[Partition]], None]


def heedless(_partitions: Sequence[Partition]) -> None:
    """Take no notice of partitions that come and go."""


class Appender(Protocol):
    """Whatever takes records for the log."""

    def append(self, topic: Topic, key: str, value: bytes | None, headers: Mapping[str, str] | None = None) -> None:
        """Hand over one record. It is in the log for certain only after the next ``flush`` has returned.

        Records of one key keep their order. Raises TransientError or StorageError; then the record may or may not
        have been taken, and handing it over again is safe, because every reader is idempotent. Raises InvalidRecord
        for a record that is larger than the log takes.
        """

    def flush(self) -> None:
        """Return when every record handed over so far is in the log for good; raise if any is not."""


class Subscription(Appender, Protocol):
    """One member of a consumer group. Not to be shared between threads.

    What a member makes of its records it appends here, not to the log: such appends are *fenced*. Once another member
    has been given a partition, nothing that a former owner still had in hand, or wakes up with after a pause of any
    length, reaches the log: its ``append``, ``flush`` or ``commit`` raises PartitionsLost. The former owner drops its
    batch and polls on: whatever it still owns, or owns again, it is given from the committed offset.
    """

    def poll(self, *, max_records: int, timeout_s: float) -> list[Record]:
        """Return the next records, possibly none after ``timeout_s``, and move the position behind them.

        Records of one partition come in the order of their offsets. Raises TransientError when the log is away; a log
        that is a server may as well return nothing until it is back.

        Partitions change hands in here and nowhere else, so always between two batches. ``on_revoked`` is called with
        those that this member owns no longer: by then another member may have them. ``on_assigned`` is called with
        those it owns now, when no former owner can write any more and before the first record of theirs is returned:
        what it replays is all there is. Both are called in the thread that polls; they may take minutes.
        After PartitionsLost every partition is revoked, and those that are left are assigned again.
        """

    def commit(self) -> None:
        """Commit the position: records polled so far are not given to this group again after a restart.

        Records polled and not committed are given again, to this member or another, in the same order.
        """

    def lag(self) -> int:
        """Return how many records lie between the position and the end of the partitions owned.

        Before the first poll, when nothing is owned yet, those of the whole group.
        """

    def close(self) -> None:
        """Leave the group without committing. Neither callback is called."""


class Tail(Protocol):
    """Reads on in some topics as they grow, as a member of no group. Not to be shared between threads."""

    def read(self, *, without: Collection[Partition] = ()) -> Iterator[Record]:
        """Yield what has come since, up to the end of the log at the time of the call; a partition's in their order.

        What has come ``without`` is passed over for good: a later call goes on behind it. Faulty records are left out,
        as by ``EventLog.replay``. Raises TransientError when the log is away; what was yielded by then is not yielded
        again.
        """

    def close(self) -> None:
        """Let go of files and connections."""


class EventLog(Appender, Protocol):
    """An append-only log of topics. Safe to use from several threads; a Subscription is not."""

    def subscribe(
        self,
        topics: Sequence[Topic],
        group: str,
        *,
        on_assigned: OnPartitions = heedless,
        on_revoked: OnPartitions = heedless,
    ) -> Subscription:
        """Join a consumer group. A group without a committed offset begins at the oldest record."""

    def committed(self, topic: Topic, group: str) -> dict[int, int]:
        """Return the group's committed offset of each partition; partitions never committed are left out."""

    def replay(self, topic: Topic, *, from_offsets: Mapping[int, int] | None = None) -> Iterator[Record]:
        """Yield the records now in a topic, oldest first within each partition, and end.

        ``from_offsets`` gives for a partition the offset at which to begin. Belongs to no group and commits nothing.
        A compacted topic may still hold superseded records: the last of a key counts. Faulty records are left out, with
        a line in the program's log: nobody who replays could dead-letter them.
        """

    def tail(self, topics: Sequence[Topic], *, from_offsets: Mapping[Partition, int]) -> Tail:
        """Begin to read on, in each partition at the offset that is given for it, in others at their oldest record."""

    def create(self, topics: Sequence[Topic]) -> list[str]:
        """Make the topics that are missing, and return their names.

        Raises ConfigError for one that is there with another number of partitions: the keys of its records would no
        longer be where they were.
        """

    def require(self, topics: Sequence[Topic]) -> None:
        """Raise ConfigError for a topic that is missing, or has another number of partitions.

        A log that makes its topics by itself makes those that are missing. Asked at the start, when it can still be
        put right before anything is read or written.
        """

    def describe(self, topic: Topic) -> TopicState | None:
        """Return a topic as it is in the log, or None where it has not been made."""

    def maintain(self, now: datetime) -> None:
        """Remove what retention and compaction no longer keep; to be called now and then.

        A log whose server does so by itself has nothing to do. A tombstone outlives its key by a day, so that readers
        who are behind see it. Offsets are never given out again.
        """

    def close(self) -> None:
        """Flush and let go of files and connections."""
