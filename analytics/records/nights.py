"""Which process reconciles after which business day: of all over one database, one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, func, select, update

from analytics.records import tables
from analytics.records.bulk import insert_missing
from analytics.records.database import reading, writing

GIVEN_UP_AFTER = timedelta(hours=6)
"""Whoever has not ended a night's work by then is taken to have died, and another may begin it anew."""

_kept = tables.reconciliations.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What came of the night after a business day; None of each for the day on which the counting of nights began."""

    day: date
    merged: int | None
    split: int | None
    to_review: int | None


class Nights:
    """Reads and writes the table of reconciliations. Raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, day: date, *, runner: str, now: datetime) -> bool:
        """Return whether ``runner`` is to reconcile after a business day, which nobody else is told from then on.

        Not where that was done, nor where another is at it. Of the first day ever asked about nothing is done: what a
        database holds when it is set up, or comes to hold from an old log, its people know.
        """
        with writing(self._engine) as connection:
            if not connection.execute(select(func.count()).select_from(tables.reconciliations)).scalar_one():
                _begin(connection, day, runner, now, ended_at=now)
                return False
            _begin(connection, day, runner, now)
            taken_over = (
                update(tables.reconciliations)
                .where(_kept.day == day.isoformat(), _kept.ended_at.is_(None), _kept.began_at < now - GIVEN_UP_AFTER)
                .values(runner=runner, began_at=now)
            )
            connection.execute(taken_over)
            held = select(_kept.runner).where(_kept.day == day.isoformat(), _kept.ended_at.is_(None))
            return connection.execute(held).scalar() == runner

    def give_up(self, day: date, *, runner: str) -> None:
        """Let a day that ``runner`` claimed be claimed again: nothing came of it."""
        mine = (_kept.day == day.isoformat()) & (_kept.runner == runner) & _kept.ended_at.is_(None)
        with writing(self._engine) as connection:
            connection.execute(tables.reconciliations.delete().where(mine))

    def end(self, night: Night, *, runner: str, now: datetime) -> None:
        """Keep what came of a night that ``runner`` claimed."""
        mine = (_kept.day == night.day.isoformat()) & (_kept.runner == runner)
        with writing(self._engine) as connection:
            connection.execute(
                update(tables.reconciliations)
                .where(mine)
                .values(ended_at=now, merged=night.merged, split=night.split, to_review=night.to_review)
            )

    def last(self) -> Night | None:
        """Return the last night of which the work was ended."""
        query = select(tables.reconciliations).where(_kept.ended_at.is_not(None)).order_by(_kept.day.desc()).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return Night(day=date.fromisoformat(row.day), merged=row.merged, split=row.split, to_review=row.to_review)


def _begin(connection: Connection, day: date, runner: str, now: datetime, *, ended_at: datetime | None = None) -> None:
    row = (day.isoformat(), runner, now, ended_at, None, None, None)
    insert_missing(connection, tables.reconciliations, [row])
