"""The event log in one SQLite file."""

import logging
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from footfall.local_log import maintenance
from footfall.local_log.database import Database
from footfall.local_log.rows import COLUMNS, PartitionRow, checksum, headers_text, microseconds, record_of
from footfall.local_log.subscription import Bell, SqliteSubscription
from schemas.errors import StorageError
from schemas.event_log import Record
from schemas.topics import TOPICS, Topic

_MAX_BUFFERED_RECORDS = 1000
_MAX_BUFFERED_BYTES = 8_000_000
_REPLAYED_AT_ONCE = 50
_PAGES_GIVEN_BACK_AT_ONCE = 2000

_log = logging.getLogger(__name__)


def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key: CRC-32 of its UTF-8 bytes, modulo the number of partitions."""
    return zlib.crc32(key.encode()) % partitions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Buffered:
    partition_id: int
    appended_at_us: int
    key: str
    headers: str
    value: bytes | None


class SqliteEventLog:
    """An EventLog in a SQLite file in write-ahead mode. Several processes of one machine may share it.

    The file must lie on a local disk: write-ahead mode needs memory shared between the processes.

    Records handed over wait in memory, at most 1,000 of them or 8 MB, until ``flush`` or the next ``append`` above that
    bound writes them in one transaction and waits for the disk. After a failure they wait on: the next flush tries
    them again.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._now = now
        self._lock = Lock()
        self._bell = Bell()
        self._buffer: list[_Buffered] = []
        self._buffered_bytes = 0
        self._partitions: dict[str, tuple[PartitionRow, ...]] = {}
        self._database = Database(path, durable=True)

    def append(self, topic: Topic, key: str, value: bytes | None, headers: Mapping[str, str] | None = None) -> None:
        """Hand over one record; it is in the log for certain after the next ``flush``."""
        with self._lock:
            partition = self._partitions_of(topic)[partition_of(key, topic.partitions)]
            if len(self._buffer) >= _MAX_BUFFERED_RECORDS or self._buffered_bytes >= _MAX_BUFFERED_BYTES:
                self._write()
            self._buffer.append(
                _Buffered(
                    partition_id=partition.id,
                    appended_at_us=microseconds(self._now()),
                    key=key,
                    headers=headers_text(headers),
                    value=value,
                )
            )
            self._buffered_bytes += len(value or b"")

    def flush(self) -> None:
        """Return when every record handed over so far is on the disk; raise if any is not."""
        with self._lock:
            self._write()

    def subscribe(self, topics: Sequence[Topic], group: str) -> SqliteSubscription:
        """Join a consumer group, taking these topics over from the member that had them."""
        with self._lock:
            partitions = [partition for topic in topics for partition in self._partitions_of(topic)]
        return SqliteSubscription(
            self._path, group=group, topics=[topic.name for topic in topics], partitions=partitions, bell=self._bell
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
            partitions = self._partitions_of(topic)
            ends = dict(self._database.rows("SELECT id, next_offset FROM partitions WHERE topic = ?", (topic.name,)))
        for partition in partitions:
            for row in self._rows_between(partition, begins.get(partition.partition, 0), ends[partition.id]):
                record = record_of(row, partition)
                if record.fault:
                    _log.error("%s/%d@%d is left out: %s", topic.name, record.partition, record.offset, record.fault)
                else:
                    yield record

    def maintain(self, now: datetime) -> None:
        """Remove expired records, and in compacted topics superseded ones and tombstones of over a day ago."""
        # On a connection of its own, so that appends go on meanwhile; what a power cut undoes is removed the next time.
        with closing(Database(self._path, durable=False)) as database:
            for topic in TOPICS:
                with self._lock:
                    partitions = self._partitions_of(topic)
                for partition in partitions:
                    if topic.retention is not None:
                        maintenance.expire(database, partition, now - topic.retention)
                    if topic.compacted:
                        maintenance.compact(database, partition, now - maintenance.TOMBSTONE_GRACE)
            database.give_back_pages(_PAGES_GIVEN_BACK_AT_ONCE)

    def close(self) -> None:
        """Flush, and let go of the file."""
        with self._lock:
            try:
                self._write()
            finally:
                self._database.close()

    def _write(self) -> None:
        if not self._buffer:
            return
        with self._database.writing():
            next_offsets = {
                number: self._database.rows("SELECT next_offset FROM partitions WHERE id = ?", (number,))[0][0]
                for number in {record.partition_id for record in self._buffer}
            }
            rows = []
            for record in self._buffer:
                rows.append(_row(record, next_offsets[record.partition_id]))
                next_offsets[record.partition_id] += 1
            self._database.change(f"INSERT INTO records ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608
            self._database.change("UPDATE partitions SET next_offset = ?2 WHERE id = ?1", list(next_offsets.items()))
        self._buffer.clear()
        self._buffered_bytes = 0
        self._bell.ring()

    def _partitions_of(self, topic: Topic) -> tuple[PartitionRow, ...]:
        if topic.name not in self._partitions:
            with self._database.writing():
                partitions = self._found_or_made(topic)
            self._partitions[topic.name] = partitions
        return self._partitions[topic.name]

    def _found_or_made(self, topic: Topic) -> tuple[PartitionRow, ...]:
        query = "SELECT id, partition FROM partitions WHERE topic = ? ORDER BY partition"
        found = self._database.rows(query, (topic.name,))
        if not found:
            self._database.change(
                "INSERT INTO partitions (topic, partition) VALUES (?, ?)",
                [(topic.name, partition) for partition in range(topic.partitions)],
            )
            found = self._database.rows(query, (topic.name,))
        if len(found) != topic.partitions:
            raise StorageError(
                f"{self._path}: the topic {topic.name} has {len(found)} partitions, where this program expects "
                f"{topic.partitions}: run the version of the program that wrote it"
            )
        return tuple(PartitionRow(id=number, topic=topic.name, partition=partition) for number, partition in found)

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


def _row(record: _Buffered, offset: int) -> tuple[Any, ...]:
    return (
        record.partition_id,
        offset,
        record.appended_at_us,
        checksum(record.appended_at_us, record.key, record.headers, record.value),
        record.key,
        record.headers,
        record.value,
    )
