"""The transactions of every store's till, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select

from analytics.records import tables
from analytics.records.bulk import upsert
from analytics.records.database import reading, writing
from analytics.records.rows import chunks
from analytics.transactions import Transaction

_kept = tables.transactions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUp:
    """How many transactions were new, were there with other contents, and were there already."""

    new: int
    changed: int
    unchanged: int


class Till:
    """Reads and writes the table of transactions. Raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take_up(self, store_id: str, transactions: Sequence[Transaction], *, now: datetime) -> TakenUp:
        """Keep transactions of a store, of each id one, all or none of them.

        One whose id is there takes its place, and is known from ``now`` on; one that is there just so stays.
        """
        with writing(self._engine) as connection:
            there = _contents(connection, store_id, transactions)
            news = [one for one in transactions if there.get(one.transaction_id) != one]
            rows = [(store_id, one.transaction_id, one.at, one.amount, now) for one in news]
            upsert(connection, tables.transactions, rows)
        changed = sum(one.transaction_id in there for one in news)
        return TakenUp(new=len(news) - changed, changed=changed, unchanged=len(transactions) - len(news))

    def count(
        self, store_id: str, began_at: datetime, ended_at: datetime, *, taken_up_by: datetime | None = None
    ) -> int:
        """Return how many transactions lie in [``began_at``, ``ended_at``); of those taken up by a moment."""
        query = (
            select(func.count())
            .select_from(tables.transactions)
            .where(_kept.store_id == store_id, _kept.at >= began_at, _kept.at < ended_at)
        )
        if taken_up_by is not None:
            query = query.where(_kept.taken_up_at <= taken_up_by)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())


def _contents(connection: Connection, store_id: str, asked: Sequence[Transaction]) -> dict[str, Transaction]:
    found: dict[str, Transaction] = {}
    for some in chunks(one.transaction_id for one in asked):
        query = select(_kept.transaction_id, _kept.at, _kept.amount).where(
            _kept.store_id == store_id, _kept.transaction_id.in_(some)
        )
        found |= {row.transaction_id: Transaction(**row._mapping) for row in connection.execute(query)}
    return found
