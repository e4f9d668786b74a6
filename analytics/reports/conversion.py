"""How many visits ended at the till. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from analytics.presentation.language import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Transactions ÷ PV of a range. ``transactions`` is None where none is known: that is not nought."""

    transactions: int | None
    pv: int

    @property
    def share(self) -> float | None:
        """Transactions ÷ PV; None where either is not known, or nobody came. Above 1 it is a fault in the data."""
        return self.transactions / self.pv if self.transactions is not None and self.pv else None

    @property
    def fault(self) -> str:
        """A sentence where more was sold than there were visits, which cannot be; else empty."""
        if self.transactions is None or self.transactions <= self.pv:
            return ""
        return _(
            "Data fault: the till tells of {transactions} transactions where {pv} visits were counted. Visits were "
            "missed, or the till's clock or store is wrong.",
            transactions=self.transactions,
            pv=self.pv,
        )


def conversion_of(transactions: int, pv: int) -> Conversion:
    """Return the conversion of a store."""
    return Conversion(transactions=transactions or None, pv=pv)


def conversion_together(parts: Iterable[Conversion]) -> Conversion:
    """Return that of several stores: not known where one has visits, and no transactions are known of it."""
    every = [part for part in parts if part.pv or part.transactions]
    known = [part.transactions for part in every if part.transactions is not None]
    return Conversion(
        transactions=sum(known) if known and len(known) == len(every) else None, pv=sum(part.pv for part in every)
    )
