"""Transactions of a store's till, and the CSV files and lists in which tills give them out. Pure."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from schemas.errors import InputError

_COLUMNS = ("time", "id", "amount")
_YEARS = (1970, 2200)
_LONGEST_ID = 200
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One sale, or return, as the till says.

    ``at`` is in UTC; ``amount`` is a decimal number in the shop's currency, None where it is not known.
    """

    transaction_id: str
    at: datetime
    amount: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A row that cannot be taken up: the line of the file on which it begins, or its place in a list, and why."""

    line: int
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TillFile:
    """What a file holds: one transaction for each id, in the order of the rows, and the rows that are faulty."""

    transactions: tuple[Transaction, ...]
    faults: tuple[Fault, ...]


def read_till_file(lines: Iterable[str], zone: ZoneInfo) -> TillFile:
    """Return the transactions in the lines of a CSV file: columns ``time``, ``id`` and, if it is there, ``amount``.

    The columns may stand in any order among others. A time is by the clock of ``zone`` unless it ends in an offset from
    UTC. A row that stands twice counts once; of one id with different contents, the later rows are faulty. Bytes that
    are no UTF-8 are expected as surrogate escapes. Raises InputError where the first row does not name the columns.
    """
    rows = csv.reader(lines, strict=True)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
    except csv.Error as error:
        raise InputError(f"line 1: {error}; the first line must name the columns time and id") from error
    missing = [name for name in _COLUMNS[:2] if header.count(name) != 1]
    if missing or header.count("amount") > 1:
        told = f"no column {missing[0]}, or several" if missing else "several columns amount"
        raise InputError(f"line 1: {told}: the first line must name the columns time, id and, if there is one, amount")
    found: dict[str, tuple[int, Transaction]] = {}
    faults = []
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows)
            if row:
                one = _transaction(header, row, zone)
                before, same = found.setdefault(one.transaction_id, (line, one))
                if same != one:
                    raise ValueError(f"id {one.transaction_id!r} stands in line {before} with other contents")
        except StopIteration:
            break
        except (csv.Error, ValueError) as error:
            faults.append(Fault(line=line, says=str(error)))
    return TillFile(transactions=tuple(one for _, one in found.values()), faults=tuple(faults))


def read_till_rows(rows: Iterable[Any], zone: ZoneInfo) -> TillFile:
    """Return the transactions in rows as programs send them: objects with ``time``, ``id`` and, if known, ``amount``.

    By the same rules as ``read_till_file``; of a fault, ``line`` is the place of the row in the list, from 0. An amount
    may be a number, too, or null.
    """
    found: dict[str, tuple[int, Transaction]] = {}
    faults = []
    for index, row in enumerate(rows):
        try:
            one = _of_fields(_fields(row), zone)
            before, same = found.setdefault(one.transaction_id, (index, one))
            if same != one:
                raise ValueError(f"id {one.transaction_id!r} stands in row {before} with other contents")
        except ValueError as error:
            faults.append(Fault(line=index, says=str(error)))
    return TillFile(transactions=tuple(one for _, one in found.values()), faults=tuple(faults))


def _fields(row: Any) -> dict[str, str]:
    """Return the fields of a row as a file would hold them. Raises ValueError for what can be none."""
    if not isinstance(row, Mapping):
        raise ValueError("a row is an object with time, id and, if it is known, amount")
    unknown = sorted(name for name in row if name not in _COLUMNS)
    if unknown:
        raise ValueError(f"there is no field {unknown[0]!a}: a row has time, id and, if it is known, amount")
    for name in _COLUMNS[:2]:
        if not isinstance(row.get(name), str):
            raise ValueError(f"the {name} is missing, or no text")
    amount = row.get("amount")
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, str | int | float)):
        raise ValueError("the amount is neither a number nor a text that holds one")
    return {
        "time": row["time"].strip(),
        "id": row["id"].strip(),
        "amount": "" if amount is None else str(amount).strip(),
    }


def _transaction(header: Sequence[str], row: Sequence[str], zone: ZoneInfo) -> Transaction:
    """Return the transaction in a row of a file. Raises ValueError with the reason why there is none."""
    if len(row) != len(header):
        raise ValueError(f"{len(row)} fields where the first line has {len(header)}")
    return _of_fields({name: value.strip() for name, value in zip(header, row, strict=True) if name in _COLUMNS}, zone)


def _of_fields(field: Mapping[str, str], zone: ZoneInfo) -> Transaction:
    if not field["id"]:
        raise ValueError("the id is missing")
    if len(field["id"]) > _LONGEST_ID:
        raise ValueError(f"the id has {len(field['id'])} characters, more than {_LONGEST_ID}")
    if "\x00" in field["id"] or any("\ud800" <= letter <= "\udfff" for letter in field["id"]):
        raise ValueError("the id holds what is no text in UTF-8")
    return Transaction(
        transaction_id=field["id"], at=_moment(field["time"], zone), amount=_amount(field.get("amount", ""))
    )


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or ":" not in text:
        raise ValueError(f"time {text!a} is none: write it as 2026-05-04T09:30:00")
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError(f"time {text} lies outside the years {_YEARS[0]} to {_YEARS[1]}")
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    utc = moment.replace(tzinfo=zone).astimezone(UTC)
    if utc.astimezone(zone).replace(tzinfo=None) != moment:
        raise ValueError(f"time {text} did not exist in {zone.key}, where the clock was put forward over it")
    return utc


def _amount(text: str) -> str | None:
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("nan")
    digits = amount.as_tuple()
    if not amount.is_finite() or abs(amount.adjusted()) > _MOST_DIGITS or len(digits.digits) > _MOST_DIGITS:
        raise ValueError(f"amount {text!a} is no number that can be kept: write it as 12.50")
    return f"{amount:f}"
