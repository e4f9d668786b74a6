"""The outbox: what is to be sent, to whom, claimed by whoever sends it, until it has arrived.

A message is written in the transaction of what it tells, so that neither is there without the other. Several processes
may send at once: a claim is a lease, and what a process that died had claimed falls due again when the lease ends. So a
message may be sent twice, under the same id; it is never lost.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, Row, delete, func, insert, or_, select, update

from analytics.outbound.delivery import Attempt, Delivery, DeliveryState, Outcome, Waiting, Webhook
from analytics.outbound.events import EventKind, Outgoing
from analytics.outbound.patience import Patience, wait_after
from analytics.outbound.webhooks import disable, webhook_of
from analytics.records import tables
from analytics.records.bulk import insert_missing
from analytics.records.database import reading, writing

LEASE = timedelta(minutes=2)
"""Longer than an attempt may take."""

KEPT = timedelta(days=8)
"""How long a message and its attempts are kept."""

_hook = tables.webhooks.c
_out = tables.outbox.c
_way = tables.deliveries.c
_tried = tables.delivery_attempts.c


def enqueue(connection: Connection, messages: Sequence[Outgoing]) -> None:
    """Put messages into the outbox for every webhook that wants them; one that is there already stays as it is.

    What no webhook wants is not kept.
    """
    if not messages:
        return
    hooks = [webhook_of(row) for row in connection.execute(select(tables.webhooks).where(_hook.disabled_at.is_(None)))]
    wanted = [(message, [hook.webhook_id for hook in hooks if hook.wants(message)]) for message in messages]
    enqueue_for(connection, [(message, targets) for message, targets in wanted if targets])


def enqueue_for(connection: Connection, messages: Iterable[tuple[Outgoing, Collection[str]]]) -> None:
    """Put messages into the outbox, each for the targets named with it."""
    rows, ways = [], []
    for one, targets in messages:
        rows.append((one.message_id, one.kind, one.store_id, one.made_at, one.body, one.face_id))
        waiting = (DeliveryState.WAITING, one.made_at, 0, None, None)
        ways += [(one.message_id, target, *waiting) for target in targets]
    insert_missing(connection, tables.outbox, rows)
    insert_missing(connection, tables.deliveries, ways)


def forget_messages(connection: Connection, face_ids: Collection[UUID]) -> None:
    """Send nothing more that names one of some visitors, and keep nothing of what was sent."""
    named = select(_out.message_id).where(_out.face_id.in_(face_ids))
    connection.execute(delete(tables.deliveries).where(_way.message_id.in_(named)))
    connection.execute(delete(tables.outbox).where(_out.face_id.in_(face_ids)))


class Outbox:
    """Claims and settles what is due. Safe to use from several threads; raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, messages: Iterable[tuple[Outgoing, Collection[str]]]) -> None:
        """Put messages into the outbox, each for the targets named with it, in a transaction of their own."""
        with writing(self._engine) as connection:
            enqueue_for(connection, messages)

    def put_claimed(self, message: Outgoing, webhook: Webhook) -> Delivery:
        """Put a message into the outbox that the caller sends at once; should it die, nobody else does."""
        lease = uuid4()
        with writing(self._engine) as connection:
            enqueue_for(connection, [(message, [webhook.webhook_id])])
            mine = (_way.message_id == message.message_id) & (_way.target == webhook.webhook_id)
            claimed = {"lease": lease, "leased_until": message.made_at + KEPT, "attempts": 1}
            connection.execute(update(tables.deliveries).where(mine).values(claimed))
        return Delivery(message=message, target=webhook.webhook_id, attempts=1, lease=lease, webhook=webhook)

    def holds(self, message_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
        """Return which of some messages are there, and for whom."""
        query = select(_way.message_id, _way.target).where(_way.message_id.in_(message_ids))
        with reading(self._engine) as connection:
            return {(row.message_id, row.target) for row in connection.execute(query)}

    def state_of(self, message_id: UUID, target: str) -> DeliveryState | None:
        """Return what became of a message on its way to a target; None where it is not, or no longer, there."""
        query = select(_way.state).where(_way.message_id == message_id, _way.target == target)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def due_targets(self, now: datetime) -> list[str]:
        """Return to whom something is to be sent that nobody is sending."""
        query = select(_way.target).where(*_is_due(now)).distinct().order_by(_way.target)
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def claim(self, target: str, limit: int, now: datetime) -> list[Delivery]:
        """Claim at most ``limit`` of what is due for a target, the oldest first; nobody else is given it meanwhile."""
        due = (
            select(_way.message_id)
            .where(_way.target == target, *_is_due(now))
            .order_by(_way.due_at, _way.message_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        lease = uuid4()
        with writing(self._engine) as connection:
            ids = list(connection.execute(due).scalars())
            claimed = (_way.target == target) & _way.message_id.in_(ids)
            if ids:
                leased = {"lease": lease, "leased_until": now + LEASE, "attempts": _way.attempts + 1}
                connection.execute(update(tables.deliveries).where(claimed).values(leased))
            hook = connection.execute(select(tables.webhooks).where(_hook.webhook_id == target)).one_or_none()
            query = (
                select(tables.outbox, _way.attempts)
                .join(tables.deliveries, _way.message_id == _out.message_id)
                .where(claimed)
                .order_by(_way.due_at, _way.message_id)
            )
            rows = connection.execute(query).all() if ids else []
        webhook = None if hook is None else webhook_of(hook)
        return [
            Delivery(message=_message_of(row), target=target, attempts=row.attempts, lease=lease, webhook=webhook)
            for row in rows
        ]

    def settle(
        self, delivery: Delivery, outcome: Outcome, now: datetime, patience: Patience, share: Callable[[], float]
    ) -> str:
        """Write down what came of an attempt, and when it is tried again; return why its receiver was disabled, if so.

        ``share`` gives the random part of the wait. A message that others have claimed since stays theirs, unless it
        has arrived.
        """
        mine = (_way.message_id == delivery.message.message_id) & (_way.target == delivery.target)
        held = mine & (_way.lease == delivery.lease) & (_way.state == DeliveryState.WAITING)
        free = {"lease": None, "leased_until": None}
        with writing(self._engine) as connection:
            # First, and by everybody: who disables a receiver goes on to all that waits for it.
            hook = connection.execute(
                select(tables.webhooks).where(_hook.webhook_id == delivery.target).with_for_update()
            ).one_or_none()
            _note(connection, delivery, outcome, now)
            if not outcome.problem:
                connection.execute(update(tables.deliveries).where(mine).values(state=DeliveryState.DELIVERED, **free))
                if hook is not None and hook.failing_since is not None:
                    _answers_again(connection, delivery.target, now)
                return ""
            if now - delivery.message.made_at >= patience.give_up_after:
                later: dict[str, Any] = {"state": DeliveryState.GIVEN_UP}
            else:
                later = {"due_at": now + wait_after(delivery.attempts, share, asked_for=outcome.asked_for)}
            connection.execute(update(tables.deliveries).where(held).values(**later, **free))
            if hook is None or hook.disabled_at is not None or delivery.message.kind == EventKind.TEST:
                return ""  # a mailbox, a webhook that was removed or disabled meanwhile, or a test by hand
            return _failed(connection, webhook_of(hook), outcome, now, patience)

    def attempts(self, limit: int, *, target: str | None = None) -> list[Attempt]:
        """Return the last attempts, to all targets or one, oldest first."""
        query = (
            select(tables.delivery_attempts, _out.kind, _way.state)
            .join(tables.outbox, _out.message_id == _tried.message_id)
            .join(tables.deliveries, (_way.message_id == _tried.message_id) & (_way.target == _tried.target))
            .order_by(_tried.at.desc(), _tried.attempt_id)
            .limit(limit)
        )
        if target is not None:
            query = query.where(_tried.target == target)
        with reading(self._engine) as connection:
            return [_attempt_of(row) for row in connection.execute(query)][::-1]

    def waiting(self) -> dict[str, int]:
        """Return how many messages have not arrived yet, by target."""
        query = (
            select(_way.target, func.count().label("waiting"))
            .where(_way.state == DeliveryState.WAITING)
            .group_by(_way.target)
        )
        with reading(self._engine) as connection:
            return {row.target: row.waiting for row in connection.execute(query)}

    def waiting_for(self, target: str, limit: int) -> list[Waiting]:
        """Return what has not arrived yet at a target, the next to be tried first."""
        query = (
            select(_out.kind, _out.made_at, _way.attempts, _way.due_at)
            .join(tables.deliveries, _way.message_id == _out.message_id)
            .where(_way.target == target, _way.state == DeliveryState.WAITING)
            .order_by(_way.due_at, _way.message_id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [Waiting(**row._mapping) for row in connection.execute(query)]

    def tidy(self, now: datetime) -> None:
        """Let go of what is past the time for which it is kept."""
        old = select(_out.message_id).where(_out.made_at < now - KEPT)
        with writing(self._engine) as connection:
            connection.execute(delete(tables.deliveries).where(_way.message_id.in_(old)))
            connection.execute(delete(tables.outbox).where(_out.made_at < now - KEPT))
            connection.execute(delete(tables.delivery_attempts).where(_tried.at < now - KEPT))


def _is_due(now: datetime) -> tuple[Any, ...]:
    free = or_(_way.leased_until.is_(None), _way.leased_until <= now)
    return _way.state == DeliveryState.WAITING, _way.due_at <= now, free


def _note(connection: Connection, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    connection.execute(
        insert(tables.delivery_attempts).values(
            attempt_id=uuid4(),
            message_id=delivery.message.message_id,
            target=delivery.target,
            at=now,
            status=outcome.status,
            problem=outcome.problem,
            took_ms=outcome.took_ms,
        )
    )


def _answers_again(connection: Connection, target: str, now: datetime) -> None:
    """Let what waits for a receiver that took nothing for a while wait no longer."""
    connection.execute(update(tables.webhooks).where(_hook.webhook_id == target).values(failing_since=None))
    later = (_way.target == target) & (_way.state == DeliveryState.WAITING) & (_way.due_at > now)
    connection.execute(update(tables.deliveries).where(later).values(due_at=now))


def _failed(connection: Connection, hook: Webhook, outcome: Outcome, now: datetime, patience: Patience) -> str:
    """Remember since when a receiver takes nothing; disable it, and return why, where that is too long."""
    since = hook.failing_since or now
    if outcome.gone:
        why = f"it answered {outcome.status}: it wants nothing any more"
    elif now - since >= patience.disable_after:
        why = f"it has taken nothing since {since:%Y-%m-%d %H:%M} UTC; last: {outcome.problem}"
    else:
        waits = select(_way.message_id).where(_way.target == hook.webhook_id, _way.state == DeliveryState.WAITING)
        # With nothing left to send nobody finds out whether it would be taken: what comes later begins anew.
        known_since = since if connection.execute(waits.limit(1)).first() else None
        kept = update(tables.webhooks).where(_hook.webhook_id == hook.webhook_id)
        connection.execute(kept.values(failing_since=known_since))
        return ""
    disable(connection, hook.webhook_id, why, now)
    return why


def _message_of(row: Row[Any]) -> Outgoing:
    return Outgoing(
        message_id=row.message_id, kind=row.kind, store_id=row.store_id, made_at=row.made_at, body=row.body,
        face_id=row.face_id,
    )  # fmt: skip


def _attempt_of(row: Row[Any]) -> Attempt:
    return Attempt(
        at=row.at, message_id=row.message_id, kind=row.kind, target=row.target, status=row.status,
        problem=row.problem, took_ms=row.took_ms, state=row.state,
    )  # fmt: skip
