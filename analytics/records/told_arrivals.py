"""Arrivals as screens read them, and what somebody at a screen says of one: that they have greeted the member."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, Select, func, insert, select, update

from analytics.access.audit import AuditEntry, write_down
from analytics.records import tables
from analytics.records.database import reading, writing
from analytics.records.rows import arrival_of
from schemas.errors import InputError
from schemas.messages import Arrival

_told = tables.arrivals.c
_greeted = tables.greeted_arrivals.c
_who = tables.identities.c
_visit = tables.visits.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalChange:
    """An arrival as it was last told, and the number of that change within its store.

    ``last_visit_at`` is when the visit before this one to the same store began, None where there was none;
    ``greeted_by`` whoever said at a screen that they greeted the member.
    """

    change: int
    arrival: Arrival
    last_visit_at: datetime | None = None
    greeted_by: str | None = None


class ToldArrivals:
    """Reads what was told, and keeps who was greeted. Raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest(
        self, store_id: str, *, after: int = 0, limit: int, standing_at: datetime | None = None
    ) -> list[ArrivalChange]:
        """Return the last ``limit`` arrivals of a store that were told under a number above ``after``, oldest first.

        One that was told again stands once, as it was told last. With ``standing_at`` those that had expired by then
        are left out.
        """
        query = _latest.where(_told.store_id == store_id, _told.change > after)
        if standing_at is not None:
            query = query.where(_told.expires_at >= standing_at)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(_told.change.desc()).limit(limit)).all()
        return [_change_of(row) for row in reversed(rows)]

    def greet(self, store_id: str, arrival_id: UUID, *, by: str, at: datetime) -> None:
        """Keep that the member of an arrival was greeted, and tell every screen of the store; once is enough.

        Raises InputError where the store has no such arrival, or no longer.
        """
        with writing(self._engine) as connection:
            # Changes are numbered by whoever holds the store's row, as those who record do.
            last = connection.execute(
                select(tables.stores.c.last_change).where(tables.stores.c.store_id == store_id).with_for_update()
            ).scalar()
            member = connection.execute(
                select(_told.member_id).where(_told.store_id == store_id, _told.arrival_id == arrival_id)
            ).scalar()
            if last is None or member is None:
                raise InputError(f"store {store_id} has told of no arrival {arrival_id}, or it was withdrawn for good")
            if connection.execute(select(_greeted.arrival_id).where(_greeted.arrival_id == arrival_id)).scalar():
                return
            kept = {"arrival_id": arrival_id, "store_id": store_id, "greeted_by": by, "at": at}
            connection.execute(insert(tables.greeted_arrivals).values(kept))
            connection.execute(update(tables.arrivals).where(_told.arrival_id == arrival_id).values(change=last + 1))
            connection.execute(
                update(tables.stores).where(tables.stores.c.store_id == store_id).values(last_change=last + 1)
            )
            entry = AuditEntry(at=at, actor=by, action="arrival greeted", subject=str(arrival_id), detail=store_id)
            write_down(connection, entry)


def _change_of(row: Row[Any]) -> ArrivalChange:
    return ArrivalChange(
        change=row._mapping["change"],
        arrival=arrival_of(row),
        last_visit_at=row.last_visit_at,
        greeted_by=row.greeted_by,
    )


def _latest_query() -> Select[Any]:
    # Two levels deep, the arrival would else be any arrival.
    visitor = select(_who.stands_for).where(_who.face_id == _told.face_id).correlate(tables.arrivals).scalar_subquery()
    before = (
        select(func.max(_visit.began_at))
        .where(
            _visit.face_id == func.coalesce(visitor, _told.face_id),
            _visit.store_id == _told.store_id,
            _visit.ended_at < _told.seen_at,
        )
        .scalar_subquery()
    )
    greeted = select(_greeted.greeted_by).where(_greeted.arrival_id == _told.arrival_id).scalar_subquery()
    return select(tables.arrivals, before.label("last_visit_at"), greeted.label("greeted_by"))


_latest = _latest_query()
