"""Who did what to whom: written in the transaction that does it, so that nothing is done untold."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from analytics.records import tables
from analytics.records.database import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """What somebody did: ``actor`` to ``subject``, such as a user, a key or an address."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: str = ""


def write_down(connection: Connection, entry: AuditEntry) -> None:
    """Add an entry within a transaction."""
    connection.execute(
        insert(tables.audit).values(
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            detail=entry.detail,
        )
    )


class Audit:
    """Reads the entries. Raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest(self, limit: int) -> list[AuditEntry]:
        """Return the last ``limit`` entries, oldest first."""
        kept = tables.audit.c
        query = (
            select(kept.at, kept.actor, kept.action, kept.subject, kept.detail)
            .order_by(kept.at.desc(), kept.entry_id.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(query)][::-1]
