"""The months into which Postgres cuts the sightings.

A month is made with the first sighting that falls into it, or into the month before it: so it is there ahead of its
first day, and no sighting is too old, too late or too far ahead to be kept. What a batch needs is made in the batch's
own transaction, before it locks anything else.
"""

from collections.abc import Iterable
from datetime import MAXYEAR, UTC, datetime

from sqlalchemy import ColumnElement, Connection, bindparam, text

from schemas.errors import InvalidRecord

# Any number will do that nobody else locks: it stands for the making of months.
_LOCK = 6_702_114_003
_LAST_YEAR = MAXYEAR - 1


def make_months(connection: Connection, moments: Iterable[datetime]) -> None:
    """Make the months in which ``moments`` lie and the one after each, where they are missing.

    Raises InvalidRecord for a moment after which the calendar has no month left.
    """
    every = set(moments)
    if not every:
        return
    begun = {_month_of(min(every)), _month_of(max(every))}
    if len(begun) > 1:
        begun = {_month_of(moment) for moment in every}
    if max(begun).year > _LAST_YEAR:
        raise InvalidRecord(f"{max(begun):%Y-%m} lies after the last month that can be made", "began_at")
    needed = {_name(month): month for month in sorted(begun | {_after(month) for month in begun})}
    if needed.keys() <= set(months_of(connection)):
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    there = set(months_of(connection))  # another may have made some meanwhile
    for name, month in needed.items():
        if name not in there:
            _make(connection, name, month)


def among_months(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the condition that tells which months to open: from the parameter ``earliest`` to ``latest``."""
    return moment.between(bindparam("earliest"), bindparam("latest"))


def months_of(connection: Connection) -> list[str]:
    """Return the names of the months there are, oldest first."""
    # From the table of tables, not by to_regclass(): that may answer from before the lock.
    query = text(
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
        " WHERE inhparent = 'sightings'::regclass ORDER BY relname"
    )
    return list(connection.execute(query).scalars())


def _make(connection: Connection, name: str, month: datetime) -> None:
    # Attached, not created in place: that would lock everybody out of all sightings until the batch is committed.
    connection.execute(text(f"CREATE TABLE {name} (LIKE sightings INCLUDING DEFAULTS)"))
    span = f"FROM ('{month.isoformat()}') TO ('{_after(month).isoformat()}')"
    connection.execute(text(f"ALTER TABLE sightings ATTACH PARTITION {name} FOR VALUES {span}"))


def _month_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _after(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _name(month: datetime) -> str:
    return f"sightings_{month:%Y_%m}"
