"""Records on their way into the file."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from footfall.local_log.database import Database
from footfall.local_log.partitions import Partitions
from footfall.local_log.rows import COLUMNS, checksum, headers_text, microseconds
from schemas.topics import Topic

_MAX_BUFFERED_RECORDS = 1000
_MAX_BUFFERED_BYTES = 8_000_000


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


class Writer:
    """Keeps records in memory, at most 1,000 of them or 8 MB, and writes them in one transaction.

    After a failure they wait on: the next flush tries them again. ``require`` is called inside each transaction, and
    what it raises undoes it. Not safe to use from two threads at once.
    """

    def __init__(
        self,
        database: Database,
        partitions: Partitions,
        *,
        now: Callable[[], datetime],
        written: Callable[[], None],
        require: Callable[[Database], None] = lambda _database: None,
    ) -> None:
        self._database = database
        self._partitions = partitions
        self._now = now
        self._written = written
        self._require = require
        self._buffer: list[_Buffered] = []
        self._buffered_bytes = 0

    def append(self, topic: Topic, key: str, value: bytes | None, headers: Mapping[str, str] | None) -> None:
        """Hand over one record."""
        partition = self._partitions.of(topic)[partition_of(key, topic.partitions)]
        if len(self._buffer) >= _MAX_BUFFERED_RECORDS or self._buffered_bytes >= _MAX_BUFFERED_BYTES:
            self.flush()
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
        """Return when every record handed over is on the disk."""
        if not self._buffer:
            return
        with self._database.writing():
            self._require(self._database)
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
        self.forget()
        self._written()

    def forget(self) -> None:
        """Let go of what has not been written."""
        self._buffer.clear()
        self._buffered_bytes = 0


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
