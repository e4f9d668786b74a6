"""A record as a row of the file, with a checksum that notices damage."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.event_log import Record

COLUMNS = 'partition_id, "offset", appended_at_us, checksum, key, headers, value'
_EPOCH = datetime.fromtimestamp(0, tz=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionRow:
    """One partition of a topic and the number by which the file knows it."""

    id: int
    topic: str
    partition: int


def microseconds(moment: datetime) -> int:
    """Return an aware time as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def checksum(appended_at_us: int, key: str, headers: str, value: bytes | None) -> int:
    """Return the CRC-32 of what was appended. A tombstone differs from an empty value."""
    head = json.dumps([appended_at_us, key, headers, value is None], ensure_ascii=False).encode()
    return zlib.crc32(value or b"", zlib.crc32(head))


def headers_text(headers: Mapping[str, str] | None) -> str:
    """Return headers as they are stored."""
    return json.dumps(dict(headers), ensure_ascii=False) if headers else ""


def record_of(row: tuple[Any, ...], partition: PartitionRow) -> Record:
    """Return the record in a row of COLUMNS; one that is not as it was appended says so in ``fault``."""
    _, offset, appended_at_us, stored, key, headers, value = row
    sound = stored == checksum(appended_at_us, key, headers, value)
    return Record(
        topic=partition.topic,
        partition=partition.partition,
        offset=offset,
        key=key,
        value=value,
        appended_at=_EPOCH + appended_at_us * _MICROSECOND if sound else _EPOCH,
        headers=json.loads(headers) if sound and headers else {},
        fault="" if sound else "damaged on disk: the bytes are not those that were appended",
    )
