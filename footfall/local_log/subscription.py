"""A member of a consumer group of the local log."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from footfall.local_log.bell import Bell
from footfall.local_log.database import Database
from footfall.local_log.partitions import Partitions
from footfall.local_log.reader import Reader
from footfall.local_log.rows import PartitionRow
from footfall.local_log.writer import Writer
from schemas.errors import PartitionsLost, StorageError
from schemas.event_log import OnPartitions, Partition, Record
from schemas.topics import Topic


class SqliteSubscription:
    """Serves the records of all its partitions in the order in which they were appended.

    A group has one member at a time for each topic. Whoever joins last takes the topic over from its last commit on;
    ``commit`` and ``flush`` of the former member raise PartitionsLost, and its ``poll`` StorageError. So nothing has to
    expire after a crash. What a member appends is written in a transaction that asks whether it still is the member:
    that is the fence.
    """

    def __init__(
        self,
        path: Path,
        *,
        group: str,
        topics: Sequence[str],
        partitions: Sequence[PartitionRow],
        bell: Bell,
        now: Callable[[], datetime],
        on_assigned: OnPartitions,
        on_revoked: OnPartitions,
    ) -> None:
        self._path = path
        self._group = group
        self._topics = tuple(topics)
        self._partitions = {partition.id: partition for partition in partitions}
        self._bell = bell
        self._now = now
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._assigned = False
        self._appending: tuple[Database, Writer] | None = None
        self._member = str(uuid4())
        # A commit undone by a power cut only gives records again: it need not wait for the disk.
        self._database = Database(path, durable=False)
        with self._database.writing():
            self._database.change(
                "INSERT INTO members VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET member = ?3",
                [(group, topic, self._member) for topic in self._topics],
            )
            committed = dict(
                self._database.rows("SELECT partition_id, next_offset FROM commits WHERE consumer_group = ?", (group,))
            )
        self._committed = {number: int(committed.get(number, 0)) for number in self._partitions}
        self._reader = Reader(self._database, partitions, self._committed, bell, allowed=self._require_group)

    def poll(self, *, max_records: int, timeout_s: float) -> list[Record]:
        """Return the next records, possibly none after ``timeout_s``, and move the position behind them."""
        if not self._assigned:
            self._on_assigned(self._owned())
            self._assigned = True
        return self._reader.read(max_records, timeout_s)

    def append(self, topic: Topic, key: str, value: bytes | None, headers: Mapping[str, str] | None = None) -> None:
        """Hand over one record; it is in the log for certain after the next ``flush``."""
        if self._appending is None:
            database = Database(self._path, durable=True)
            partitions = Partitions(database, str(self._path))
            writer = Writer(
                database, partitions, now=self._now, written=self._bell.ring, require=self._require_membership
            )
            self._appending = (database, writer)
        _, writer = self._appending
        try:
            writer.append(topic, key, value, headers)
        except PartitionsLost:
            writer.forget()
            raise

    def flush(self) -> None:
        """Return when every record handed over so far is on the disk; raise PartitionsLost for a former member."""
        if self._appending is None:
            return
        _, writer = self._appending
        try:
            writer.flush()
        except PartitionsLost:
            writer.forget()
            raise

    def commit(self) -> None:
        """Commit the position."""
        moved = [
            (self._group, number, offset)
            for number, offset in self._reader.position.items()
            if offset != self._committed[number]
        ]
        if not moved:
            return
        with self._database.writing():
            self._require_membership(self._database)
            self._database.change(
                "INSERT INTO commits VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET next_offset = ?3", moved
            )
        self._committed = dict(self._reader.position)

    def lag(self) -> int:
        """Return how many records lie between the position and the end of the subscribed partitions."""
        with self._database.reading():
            return sum(
                int(
                    self._database.rows(
                        'SELECT count(*) FROM records WHERE partition_id = ? AND "offset" >= ?', (number, offset)
                    )[0][0]
                )
                for number, offset in self._reader.position.items()
            )

    def close(self) -> None:
        """Leave the group without committing; what was not flushed is dropped."""
        if self._appending is not None:
            self._appending[0].close()
        self._database.close()

    def _owned(self) -> list[Partition]:
        return [Partition(topic=row.topic, number=row.partition) for row in self._partitions.values()]

    def _require_group(self) -> None:
        try:
            self._require_membership(self._database)
        except PartitionsLost as lost:
            if self._assigned:
                self._assigned = False
                self._on_revoked(self._owned())
            raise StorageError(f"{lost}: stop one of the two, or give it a data_dir of its own") from lost

    def _require_membership(self, database: Database) -> None:
        rows = database.rows("SELECT topic, member FROM members WHERE consumer_group = ?", (self._group,))
        if not {(topic, self._member) for topic in self._topics} <= set(rows):
            raise PartitionsLost(f"{self._path}: another process has taken over the consumer group {self._group!r}")
