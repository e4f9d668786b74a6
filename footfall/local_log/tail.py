"""Reading on in topics of the local log, as a member of no group."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from footfall.local_log.bell import Bell
from footfall.local_log.database import Database
from footfall.local_log.reader import Reader
from footfall.local_log.rows import PartitionRow
from schemas.event_log import Partition, Record

_READ_AT_ONCE = 1_000

_log = logging.getLogger(__name__)


class SqliteTail:
    """See ``schemas.event_log.Tail``."""

    def __init__(
        self, path: Path, partitions: Sequence[PartitionRow], from_offsets: Mapping[Partition, int], bell: Bell
    ) -> None:
        self._named = named = {Partition(topic=row.topic, number=row.partition): row.id for row in partitions}
        begins = {named[partition]: offset for partition, offset in from_offsets.items() if partition in named}
        self._database = Database(path, durable=False)
        self._reader = Reader(self._database, partitions, begins, bell)

    def read(self, *, without: Collection[Partition] = ()) -> Iterator[Record]:
        """Yield the records that have come since and are sound."""
        if without:
            self._reader.pass_over([self._named[one] for one in without if one in self._named])
        while records := self._reader.read(_READ_AT_ONCE, 0.0):
            for record in records:
                if record.fault:
                    _log.error("%s/%d@%d is left out: %s", record.topic, record.partition, record.offset, record.fault)
                else:
                    yield record
            if len(records) < _READ_AT_ONCE:
                return

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
