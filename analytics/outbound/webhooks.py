"""The webhooks, as they are kept; every change is written down."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from analytics.access.accounts import in_words, stores_of
from analytics.access.audit import AuditEntry, write_down
from analytics.outbound.delivery import DeliveryState, Webhook
from analytics.outbound.events import EventKind
from analytics.records import tables
from analytics.records.database import reading, writing
from schemas.errors import InputError

_hook = tables.webhooks.c
_way = tables.deliveries.c
_ID_BYTES = 4


class Webhooks:
    """Keeps webhooks. ``by`` is who does it, ``at`` when. Raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[Webhook]:
        """Return all webhooks, those that are disabled included, oldest first."""
        with reading(self._engine) as connection:
            query = select(tables.webhooks).order_by(_hook.made_at, _hook.webhook_id)
            return [webhook_of(row) for row in connection.execute(query)]

    def get(self, webhook_id: str) -> Webhook:
        """Return a webhook. Raises InputError where there is none of that id."""
        with reading(self._engine) as connection:
            row = connection.execute(select(tables.webhooks).where(_hook.webhook_id == webhook_id)).one_or_none()
        if row is None:
            raise _unknown(webhook_id)
        return webhook_of(row)

    def add(self, webhook: Webhook, *, by: str) -> None:
        """Send to a receiver from now on."""
        values = {
            "url": webhook.url,
            "secret": webhook.secret,
            "events": sorted(event.value for event in webhook.events),
            "stores": None if webhook.stores is None else sorted(webhook.stores),
            "made_at": webhook.made_at,
            "disabled_for": "",
        }
        told = f"{', '.join(sorted(webhook.events))} of {in_words(webhook.stores)}"
        with writing(self._engine) as connection:
            connection.execute(insert(tables.webhooks).values(webhook_id=webhook.webhook_id, **values))
            _write_down(connection, "add", webhook.webhook_id, told, by, webhook.made_at)

    def remove(self, webhook_id: str, *, by: str, at: datetime) -> None:
        """Send nothing more to a receiver, nor what waits. Raises InputError where there is none of that id."""
        with writing(self._engine) as connection:
            if not connection.execute(delete(tables.webhooks).where(_hook.webhook_id == webhook_id)).rowcount:
                raise _unknown(webhook_id)
            connection.execute(delete(tables.deliveries).where(_way.target == webhook_id))
            _write_down(connection, "remove", webhook_id, "", by, at)

    def disable(self, webhook_id: str, *, by: str, at: datetime) -> None:
        """Send nothing to a receiver until it is enabled, nor what waits. Raises InputError where there is none."""
        self.get(webhook_id)
        with writing(self._engine) as connection:
            disable(connection, webhook_id, f"by {by}", at, by=by)

    def enable(self, webhook_id: str, *, by: str, at: datetime) -> None:
        """Send again to a receiver that was disabled, from now on. Raises InputError where there is none of that id."""
        fresh = {"failing_since": None, "disabled_at": None, "disabled_for": ""}
        with writing(self._engine) as connection:
            changed = update(tables.webhooks).where(_hook.webhook_id == webhook_id).values(**fresh)
            if not connection.execute(changed).rowcount:
                raise _unknown(webhook_id)
            _write_down(connection, "enable", webhook_id, "", by, at)


def new_webhook_id() -> str:
    """Return an id by which people speak of a webhook."""
    return secrets.token_hex(_ID_BYTES)


def webhook_of(row: Row[Any]) -> Webhook:
    """Return the webhook in a row of the table."""
    return Webhook(
        webhook_id=row.webhook_id,
        url=row.url,
        secret=row.secret,
        events=frozenset(map(EventKind, row.events)),
        stores=stores_of(row.stores),
        made_at=row.made_at,
        failing_since=row.failing_since,
        disabled_at=row.disabled_at,
        disabled_for=row.disabled_for,
    )


def disable(connection: Connection, webhook_id: str, why: str, now: datetime, *, by: str = "footfall") -> None:
    """Send nothing more to a receiver; what waits for it is dropped. ``by`` is who does it, by itself the program."""
    disabled = {"disabled_at": now, "disabled_for": why}
    connection.execute(update(tables.webhooks).where(_hook.webhook_id == webhook_id).values(**disabled))
    waiting = (_way.target == webhook_id) & (_way.state == DeliveryState.WAITING)
    dropped = {"state": DeliveryState.DROPPED, "lease": None, "leased_until": None}
    connection.execute(update(tables.deliveries).where(waiting).values(**dropped))
    _write_down(connection, "disable", webhook_id, why, by, now)


def _write_down(connection: Connection, action: str, webhook_id: str, detail: str, by: str, at: datetime) -> None:
    entry = AuditEntry(at=at, actor=by, action=f"webhook {action}", subject=webhook_id, detail=detail)
    write_down(connection, entry)


def _unknown(webhook_id: str) -> InputError:
    return InputError(f"there is no webhook {webhook_id}: `footfall webhook list` shows them")
