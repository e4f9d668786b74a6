"""Kafka's records as ours."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.event_log import Record

_EPOCH = datetime.fromtimestamp(0, tz=UTC)


def record_of(found: Any, prefix: str) -> Record:
    """Return a ConsumerRecord of the client's, its topic without the prefix.

    One whose key or headers are no text says so in ``fault``.
    """
    key, headers, fault = "", {}, ""
    try:
        key = (found.key or b"").decode()
        headers = {name: (value or b"").decode() for name, value in found.headers}
    except UnicodeDecodeError:
        fault = "its key or a header is not UTF-8 text: it was not written by this program"
    return Record(
        topic=found.topic.removeprefix(prefix),
        partition=found.partition,
        offset=found.offset,
        key=key,
        value=found.value,
        appended_at=_EPOCH + timedelta(milliseconds=max(0, found.timestamp)),
        headers=headers,
        fault=fault,
    )
