"""How often the matcher errs in each store, beside its visits: written by night, read by every report."""

from collections.abc import Iterable

from sqlalchemy import Engine, delete, select

from analytics.error_rates import ErrorRates, Share
from analytics.records import tables
from analytics.records.bulk import upsert
from analytics.records.database import reading, writing

_kept = tables.error_rates.c


class KeptRates:
    """Reads and writes the table of error rates. Raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, store_id: str) -> ErrorRates | None:
        """Return the rates of a store as they were reckoned last; None where they could not be."""
        with reading(self._engine) as connection:
            row = connection.execute(select(tables.error_rates).where(_kept.store_id == store_id)).first()
        if row is None:
            return None
        return ErrorRates(
            store_id=row.store_id,
            fnir=Share(mean=row.fnir, sd=row.fnir_sd),
            fpir=Share(mean=row.fpir, sd=row.fpir_sd),
            decided=row.decided,
            measured_on=row.measured_on,
            at=row.at,
        )

    def keep(self, rates: Iterable[ErrorRates], *, of_stores: Iterable[str]) -> None:
        """Keep rates in place of all that were kept of these stores."""
        rows = [
            (one.store_id, one.fnir.mean, one.fnir.sd, one.fpir.mean, one.fpir.sd, one.decided, one.measured_on, one.at)
            for one in rates
        ]
        with writing(self._engine) as connection:
            connection.execute(delete(tables.error_rates).where(_kept.store_id.in_(list(of_stores))))
            upsert(connection, tables.error_rates, rows)
