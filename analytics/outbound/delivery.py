"""A message on its way to one receiver, and what came of an attempt. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from analytics.outbound.events import EventKind, Outgoing

MAIL_TARGET = "mailto:"
"""What the name of a receiver begins with that is a mailbox; every other is the id of a webhook."""


class DeliveryState(StrEnum):
    """Whether a message has arrived: it waits, it did, it was given up after days, or its receiver was disabled."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given up"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A receiver: where it is, what is sent there, and the secret that signs it.

    ``events`` are kinds that can be subscribed to; ``stores`` None means every store. ``failing_since`` is when the
    first attempt came to nothing since one last arrived; ``disabled_for`` says why nothing is sent any more.
    """

    webhook_id: str
    url: str
    secret: str
    events: frozenset[EventKind]
    stores: frozenset[str] | None
    made_at: datetime
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_for: str = ""

    def wants(self, message: Outgoing) -> bool:
        """Tell whether a message is for it."""
        return (
            self.disabled_at is None
            and message.kind in self.events
            and (self.stores is None or message.store_id in self.stores)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message that this process has claimed to send, under a ``lease`` that ends should it die.

    ``webhook`` is None where ``target`` is a mailbox. ``attempts`` counts this one.
    """

    message: Outgoing
    target: str
    attempts: int
    lease: UUID
    webhook: Webhook | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an attempt. ``status`` is what the receiver answered, None where it did not.

    ``problem`` says why it did not arrive; without one it did. ``gone`` is a receiver that wants nothing any more,
    ``asked_for`` how long it asked us to wait.
    """

    status: int | None
    problem: str = ""
    gone: bool = False
    asked_for: timedelta | None = None
    took_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A line of the delivery log."""

    at: datetime
    message_id: UUID
    kind: EventKind
    target: str
    status: int | None
    problem: str
    took_ms: int
    state: DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message that has not arrived at a receiver yet, and when it is tried next."""

    kind: EventKind
    made_at: datetime
    attempts: int
    due_at: datetime
