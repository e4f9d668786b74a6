"""A log of two topics on each engine, and what tests do with it."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from footfall.event_logs import open_event_log
from schemas.event_log import EventLog, Record, Subscription
from schemas.topics import Topic

TOPIC = Topic(name="events", message=None, key_field="", partitions=4, retention=timedelta(hours=1))
COPY = Topic(name="copy", message=None, key_field="", partitions=4, retention=None)
NOW = datetime.now(UTC).replace(microsecond=0)
PATIENCE_S = 120.0
# How long a member of a group may be silent before its partitions are given to others.
SESSION_S = 2.0
LOGS = [pytest.param("local"), pytest.param("kafka", marks=pytest.mark.needs_kafka)]


def clock() -> datetime:
    return NOW


def make_topics(url: str) -> None:
    log = open_event_log(url)
    log.create([TOPIC, COPY])
    log.close()


def append(log: EventLog, *values: str, key: str = "shop", topic: Topic = TOPIC) -> None:
    for value in values:
        log.append(topic, key, value.encode())
    log.flush()


def values(records: Sequence[Record]) -> list[str]:
    return [record.value.decode() for record in records if record.value is not None]


def polled(subscription: Subscription, count: int, *, max_records: int = 100) -> list[str]:
    """Poll until so many records are there, or patience ends."""
    found: list[str] = []
    deadline_s = time.monotonic() + PATIENCE_S
    while len(found) < count and time.monotonic() < deadline_s:
        found += values(subscription.poll(max_records=min(max_records, count - len(found)), timeout_s=1.0))
    return found
