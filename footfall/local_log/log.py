"""The event log in one SQLite file."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from footfall.local_log import maintenance
from footfall.local_log.bell import Bell
from footfall.local_log.database import Database
from footfall.local_log.partitions import Partitions
from footfall.local_log.rows import COLUMNS, PartitionRow, record_of
from footfall.local_log.subscription import SqliteSubscription
from footfall.local_log.tail import SqliteTail
from footfall.local_log.writer import Writer
from schemas.event_log import OnPartitions, Partition, Record, TopicState, heedless
from schemas.topics import TOMBSTONES_KEPT, TOPICS, Topic

_REPLAYED_AT_ONCE = 50
_PAGES_GIVEN_BACK_AT_ONCE = 2000

_log = logging.getLogger(__name__)


class SqliteEventLog:
    """An EventLog in a SQLite file in write-ahead mode. Several processes of one machine may share it.

    The file must lie on a local disk: write-ahead mode needs memory shared between the processes. Topics are made when
    they are first used.

    Records handed over wait in memory, at most 1,000 of them or 8 MB, until ``flush`` or the next ``append`` above that
    bound writes them in one transaction and waits for the disk. After a failure they wait on: the next flush tries
    them again.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._now = now
        self._lock = Lock()
        self._bell = Bell()
        self._database = Database(path, durable=True)
        self._partitions = Partitions(self._database, str(path))
        self._writer = Writer(self._database, self._partitions, now=now, written=self._bell.ring)

    def append(self, topic: Topic, key: str, value: bytes | None, headers: Mapping[str, str] | None = None) -> None:
        """Hand over one record; it is in the log for certain after the next ``flush``."""
        with self._lock:
            self._writer.append(topic, key, value, headers)

    def flush(self) -> None:
        """Return when every record handed over so far is on the disk; raise if any is not."""
        with self._lock:
            self._writer.flush()

    def subscribe(
        self,
        topics: Sequence[Topic],
        group: str,
        *,
        on_assigned: OnPartitions = heedless,
        on_revoked: OnPartitions = heedless,
    ) -> SqliteSubscription:
        """Join a consumer group, taking these topics over from the member that had them."""
        with self._lock:
            partitions = [partition for topic in topics for partition in self._partitions.of(topic)]
        return SqliteSubscription(
            self._path,
            group=group,
            topics=[topic.name for topic in topics],
            partitions=partitions,
            bell=self._bell,
            now=self._now,
            on_assigned=on_assigned,
            on_revoked=on_revoked,
        )

    def committed(self, topic: Topic, group: str) -> dict[int, int]:
        """Return the group's committed offset of each partition; partitions never committed are left out."""
        with self._lock:
            return dict(
                self._database.rows(
                    "SELECT partition, commits.next_offset FROM commits JOIN partitions ON id = partition_id "
                    "WHERE consumer_group = ? AND topic = ?",
                    (group, topic.name),
                )
            )

    def replay(self, topic: Topic, *, from_offsets: Mapping[int, int] | None = None) -> Iterator[Record]:
        """Yield the records in a topic at the time of the first of them, partition by partition."""
        begins = from_offsets or {}
        with self._lock:
            partitions = self._partitions.of(topic)
            ends = dict(self._database.rows("SELECT id, next_offset FROM partitions WHERE topic = ?", (topic.name,)))
        for partition in partitions:
            for row in self._rows_between(partition, begins.get(partition.partition, 0), ends[partition.id]):
                record = record_of(row, partition)
                if record.fault:
                    _log.error("%s/%d@%d is left out: %s", topic.name, record.partition, record.offset, record.fault)
                else:
                    yield record

    def tail(self, topics: Sequence[Topic], *, from_offsets: Mapping[Partition, int]) -> SqliteTail:
        """Begin to read on, on a connection of its own."""
        with self._lock:
            rows = [partition for topic in topics for partition in self._partitions.of(topic)]
        return SqliteTail(self._path, rows, from_offsets, self._bell)

    def create(self, topics: Sequence[Topic]) -> list[str]:
        """Make the topics that are missing, and return their names."""
        with self._lock:
            missing = [topic.name for topic in topics if not self._partitions.exist(topic)]
            for topic in topics:
                self._partitions.of(topic)
        return missing

    def require(self, topics: Sequence[Topic]) -> None:
        """Make the topics that are missing; raise ConfigError for one with another number of partitions."""
        self.create(topics)

    def describe(self, topic: Topic) -> TopicState | None:
        """Return a topic as it is in the file; retention and compaction are those of this program."""
        with self._lock:
            rows = self._database.rows(
                'SELECT partition, next_offset, (SELECT min("offset") FROM records WHERE partition_id = partitions.id) '
                "FROM partitions WHERE topic = ? ORDER BY partition",
                (topic.name,),
            )
        if not rows:
            return None
        return TopicState(
            name=topic.name,
            begins={partition: end if oldest is None else oldest for partition, end, oldest in rows},
            ends={partition: end for partition, end, _ in rows},
            retention=topic.retention,
            compacted=topic.compacted,
        )

    def maintain(self, now: datetime) -> None:
        """Remove expired records, and in compacted topics superseded ones and tombstones of over a day ago."""
        # On a connection of its own, so that appends go on meanwhile; what a power cut undoes is removed the next time.
        with closing(Database(self._path, durable=False)) as database:
            for topic in TOPICS:
                with self._lock:
                    partitions = self._partitions.of(topic)
                for partition in partitions:
                    if topic.retention is not None:
                        maintenance.expire(database, partition, now - topic.retention)
                    if topic.compacted:
                        maintenance.compact(database, partition, now - TOMBSTONES_KEPT)
            database.give_back_pages(_PAGES_GIVEN_BACK_AT_ONCE)

    def forget(self) -> None:
        """Let go of what was handed over and could not be written."""
        with self._lock:
            self._writer.forget()

    def unread_bytes(self, group: str) -> int:
        """Return the size of all values that a group has not committed."""
        with self._lock:
            return maintenance.unread_bytes(self._database, group)

    def forget_read(self, group: str) -> None:
        """Remove what a group has committed: for a log that is its buffer and nothing else."""
        with closing(Database(self._path, durable=False)) as database:
            maintenance.forget_read(database, group)

    def give_back_space(self) -> None:
        """Shorten the file by some of what was removed from it."""
        with self._lock:
            if maintenance.has_free_pages(self._database):
                self._database.give_back_pages(_PAGES_GIVEN_BACK_AT_ONCE)

    def close(self) -> None:
        """Flush, and let go of the file."""
        with self._lock:
            try:
                self._writer.flush()
            finally:
                self._database.close()

    def _rows_between(self, partition: PartitionRow, begin: int, end: int) -> Iterator[tuple[Any, ...]]:
        while True:
            with self._lock:
                rows = self._database.rows(
                    f'SELECT {COLUMNS} FROM records WHERE partition_id = ? AND "offset" >= ? AND "offset" < ? '  # noqa: S608
                    'ORDER BY "offset" LIMIT ?',
                    (partition.id, begin, end, _REPLAYED_AT_ONCE),
                )
            yield from rows
            if len(rows) < _REPLAYED_AT_ONCE:
                return
            begin = rows[-1][1] + 1
