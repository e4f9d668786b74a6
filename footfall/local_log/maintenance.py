"""Retention and compaction, in transactions short enough for others to get in between."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from footfall.local_log.database import Database
from footfall.local_log.rows import PartitionRow, microseconds

_RECORDS_AT_ONCE = 200


def expire(database: Database, partition: PartitionRow, before: datetime) -> None:
    """Remove the records at the beginning of a partition that were appended before a moment."""
    while True:
        oldest = database.rows(
            'SELECT "offset", appended_at_us FROM records WHERE partition_id = ? ORDER BY "offset" LIMIT ?',
            (partition.id, _RECORDS_AT_ONCE),
        )
        expired = [offset for offset, appended_at_us in oldest if appended_at_us < microseconds(before)]
        _remove(database, partition, expired)
        if len(expired) < _RECORDS_AT_ONCE:
            return


def compact(database: Database, partition: PartitionRow, tombstones_before: datetime) -> None:
    """Remove the records that a later one of the same key supersedes, and last tombstones of before a moment."""
    doomed = database.rows(
        'SELECT "offset" FROM ('
        '  SELECT "offset", appended_at_us, value IS NULL AS tombstone,'
        '         row_number() OVER (PARTITION BY key ORDER BY "offset" DESC) AS age'
        "  FROM records WHERE partition_id = ?"
        ') WHERE age > 1 OR (tombstone AND appended_at_us < ?) ORDER BY "offset"',
        (partition.id, microseconds(tombstones_before)),
    )
    for some in _slices([offset for (offset,) in doomed]):
        _remove(database, partition, some)


def unread_bytes(database: Database, group: str) -> int:
    """Return the size of all values behind what a group has committed."""
    ((size,),) = database.rows(
        "SELECT coalesce(sum(length(value)), 0) FROM records LEFT JOIN commits "
        "ON commits.partition_id = records.partition_id AND consumer_group = ? "
        'WHERE "offset" >= coalesce(next_offset, 0)',
        (group,),
    )
    return int(size)


def forget_read(database: Database, group: str) -> None:
    """Remove the records that a group has committed."""
    with database.writing():
        committed = database.rows("SELECT partition_id, next_offset FROM commits WHERE consumer_group = ?", (group,))
        database.change('DELETE FROM records WHERE partition_id = ? AND "offset" < ?', committed)


def has_free_pages(database: Database) -> bool:
    """Return whether the file is longer than it needs to be."""
    return bool(database.rows("PRAGMA freelist_count")[0][0])


def _remove(database: Database, partition: PartitionRow, offsets: Sequence[int]) -> None:
    with database.writing():
        database.change(
            'DELETE FROM records WHERE partition_id = ? AND "offset" = ?',
            [(partition.id, offset) for offset in offsets],
        )


def _slices(offsets: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(offsets), _RECORDS_AT_ONCE):
        yield offsets[begin : begin + _RECORDS_AT_ONCE]
