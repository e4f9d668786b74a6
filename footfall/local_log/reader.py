"""Reading on in partitions of the file, in the order in which their records were appended."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from footfall.local_log.bell import Bell
from footfall.local_log.database import Database
from footfall.local_log.rows import COLUMNS, PartitionRow, record_of
from schemas.event_log import Record

_OTHER_PROCESSES_EVERY_S = 0.05


class Reader:
    """Stands at an offset in each partition, and moves on. ``allowed`` is asked within each reading transaction."""

    def __init__(
        self,
        database: Database,
        partitions: Sequence[PartitionRow],
        begins: Mapping[int, int],
        bell: Bell,
        *,
        allowed: Callable[[], None] = lambda: None,
    ) -> None:
        """``begins`` are offsets by the ids of partitions; the others are read from their oldest record."""
        self._database = database
        self._partitions = {partition.id: partition for partition in partitions}
        self._bell = bell
        self._allowed = allowed
        self._nothing_new_since: int | None = None
        self.position = {number: int(begins.get(number, 0)) for number in self._partitions}

    def read(self, max_records: int, timeout_s: float) -> list[Record]:
        """Return the next records, possibly none after ``timeout_s``, and move behind them."""
        deadline = time.monotonic() + timeout_s
        while True:
            rung = self._bell.rung
            records = self._fetch(max_records)
            left_s = deadline - time.monotonic()
            if records or left_s <= 0:
                return records
            self._bell.wait(rung, min(left_s, _OTHER_PROCESSES_EVERY_S))

    def pass_over(self, partitions: Sequence[int]) -> None:
        """Move behind what lies in partitions, by their ids, without reading it."""
        with self._database.reading():
            for number in partitions:
                ((end,),) = self._database.rows(
                    'SELECT coalesce(max("offset") + 1, 0) FROM records WHERE partition_id = ?', (number,)
                )
                self.position[number] = max(self.position[number], end)

    def _fetch(self, max_records: int) -> list[Record]:
        version = self._database.version()
        if version == self._nothing_new_since:
            return []
        with self._database.reading():
            self._allowed()
            ids = sorted(chain.from_iterable(self._waiting(number, max_records) for number in self.position))
            chosen = ids[:max_records]
            rows = self._database.rows(
                f"SELECT {COLUMNS} FROM records WHERE id IN ({', '.join('?' * len(chosen))}) ORDER BY id",  # noqa: S608
                chosen,
            )
        self._nothing_new_since = version if len(ids) == len(chosen) else None
        for row in rows:
            self.position[row[0]] = row[1] + 1
        return [record_of(row, self._partitions[row[0]]) for row in rows]

    def _waiting(self, number: int, max_records: int) -> list[int]:
        rows = self._database.rows(
            'SELECT id FROM records WHERE partition_id = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?',
            (number, self.position[number], max_records + 1),
        )
        return [row[0] for row in rows]
