"""What is told to the outside: kinds of events, and a message with the bytes that are sent. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from analytics.arrivals import arrival_json
from schemas.messages import Arrival

_ROOT = UUID("6f6f7466-616c-5c21-8a3d-0f00fa11c0de")
_MESSAGE = uuid5(_ROOT, "outbound")


class EventKind(StrEnum):
    """What a message tells of. The first four can be subscribed to; the others come to whoever they are meant for."""

    ARRIVAL = "arrival"
    DAILY_REPORT = "report.daily"
    CAMERA_DOWN = "camera.down"
    CAMERA_UP = "camera.up"
    SCHEDULED_REPORT = "report.scheduled"
    TEST = "test"


SUBSCRIBABLE = (EventKind.ARRIVAL, EventKind.DAILY_REPORT, EventKind.CAMERA_DOWN, EventKind.CAMERA_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message: its id, the same however often it is sent, what it tells of, and the text that is sent and signed.

    ``store_id`` is None for what is of no store. ``face_id`` is the visitor it names: erasing them takes it along.
    """

    message_id: UUID
    kind: EventKind
    store_id: str | None
    made_at: datetime
    body: str
    face_id: UUID | None = None


def message_id_of(*cause: str) -> UUID:
    """Return the id of a message from what causes it: the same cause is one message."""
    return uuid5(_MESSAGE, "\x1f".join(cause))


def arrival_message(arrival: Arrival, change: int, *, now: datetime) -> Outgoing:
    """Return what is told of an arrival under the number of its store's change."""
    return Outgoing(
        message_id=message_id_of(EventKind.ARRIVAL, str(arrival.arrival_id), str(change)),
        kind=EventKind.ARRIVAL,
        store_id=arrival.store_id,
        made_at=now,
        body=body_of(EventKind.ARRIVAL, arrival_json(arrival), now),
        face_id=arrival.face_id,
    )


def daily_report_message(store_id: str, day: date, report: Mapping[str, Any], *, now: datetime) -> Outgoing:
    """Return what is told of a business day that is over: the report as programs read it, without single visits."""
    told = {name: value for name, value in report.items() if name != "visits"}
    return Outgoing(
        message_id=daily_report_id(store_id, day),
        kind=EventKind.DAILY_REPORT,
        store_id=store_id,
        made_at=now,
        body=body_of(EventKind.DAILY_REPORT, told, now),
    )


def daily_report_id(store_id: str, day: date) -> UUID:
    """Return the id of the report on a business day: a store's day is told of once."""
    return message_id_of(EventKind.DAILY_REPORT, store_id, day.isoformat())


def camera_message(store_id: str, camera_id: str, *, up: bool, since: datetime, reason: str, now: datetime) -> Outgoing:
    """Return what is told of a camera that has gone or come back, ``since`` when that has been so."""
    kind = EventKind.CAMERA_UP if up else EventKind.CAMERA_DOWN
    told = {"store": store_id, "camera": camera_id, "since": since.isoformat(), "reason": reason}
    return Outgoing(
        message_id=message_id_of(kind, store_id, camera_id, since.isoformat()),
        kind=kind,
        store_id=store_id,
        made_at=now,
        body=body_of(kind, told, now),
    )


def trial_message(webhook_id: str, message_id: UUID, *, now: datetime) -> Outgoing:
    """Return a message that says nothing but that the way is open."""
    told = {"webhook": webhook_id, "says": "This is a test from Footfall."}
    return Outgoing(
        message_id=message_id, kind=EventKind.TEST, store_id=None, made_at=now, body=body_of(EventKind.TEST, told, now)
    )


def body_of(kind: EventKind, data: Mapping[str, Any], now: datetime) -> str:
    """Return the text of a message as the Standard Webhooks specification lays it out: type, timestamp, data."""
    return json.dumps({"type": kind.value, "timestamp": now.astimezone(UTC).isoformat(), "data": data})
