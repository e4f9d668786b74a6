"""Columns of a result as arrays: the database puts each together as one value, so that one row is all that is fetched.

All columns of a statement come in the same order. How a value looks is not the same on every database: Postgres sends
what it keeps, eight bytes for a moment and sixteen for an id; SQLite keeps both as text of a fixed length.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    FunctionElement,
    LargeBinary,
    Select,
    String,
    Uuid,
    func,
    literal_column,
    select,
    type_coerce,
)

from analytics.records.column_types import UtcDateTime
from analytics.visit_columns import FACE, us_of

Array: TypeAlias = NDArray[Any]

_NEVER = "0001-01-01 00:00:00.000000"  # NEVER_US, as text
_MOMENT = np.dtype(f"S{len(_NEVER)}")
_POSTGRES_EPOCH_US = us_of(datetime(2000, 1, 1, tzinfo=UTC))


def gathered(dialect: str, columns: Sequence[ColumnElement[Any]], source: FromClause | None = None) -> Select[Any]:
    """Return the statement that puts columns of ids, moments and whole numbers together, for ``fetched``."""
    query = select(*(together(dialect, column) for column in columns))
    return query if source is None else query.select_from(source)


def together(dialect: str, column: ColumnElement[Any], where: ColumnElement[bool] | None = None) -> ColumnElement[Any]:
    """Return a column put together, of all rows or of those for which a condition holds, for ``column_of``."""
    put = (_together_in_postgres if dialect == "postgresql" else _together_in_sqlite)(column)
    return put if where is None else put.filter(where)


def fetched(
    connection: Connection,
    query: Select[Any],
    columns: Sequence[ColumnElement[Any]],
    parameters: Mapping[str, Any],
) -> list[Array]:
    """Return the columns of what ``gathered`` made: faces, microseconds since 1970, or whole numbers."""
    values = connection.execute(query, parameters).one()
    return [column_of(connection.dialect.name, column, value) for column, value in zip(columns, values, strict=True)]


def column_of(dialect: str, column: ColumnElement[Any], value: Any) -> Array:
    """Return the column that was put together in a value; an empty one of null."""
    return (_read_from_postgres if dialect == "postgresql" else _read_from_sqlite)(column, value)


def _together_in_postgres(column: ColumnElement[Any]) -> FunctionElement[Any]:
    if isinstance(column.type, Uuid):
        sent = func.uuid_send(column)
    elif isinstance(column.type, UtcDateTime):
        sent = func.timestamptz_send(_or_never(column, column, f"'{_NEVER}+00'::timestamptz"))
    else:
        sent = func.int4send(column)
    return func.string_agg(sent, literal_column("''::bytea"), type_=LargeBinary)


def _or_never(column: ColumnElement[Any], kept: ColumnElement[Any], never: str) -> ColumnElement[Any]:
    """Return what is kept in a column of moments, with NEVER_US where that may be null."""
    filled = isinstance(column, Column) and not column.nullable
    return kept if filled else func.coalesce(kept, literal_column(never))


def _read_from_postgres(column: ColumnElement[Any], value: bytes | None) -> Array:
    if isinstance(column.type, Uuid):
        return np.frombuffer(value or b"", dtype=FACE)
    if isinstance(column.type, UtcDateTime):
        return np.frombuffer(value or b"", dtype=">i8").astype(np.int64) + _POSTGRES_EPOCH_US
    return np.frombuffer(value or b"", dtype=">i4").astype(np.int64)


def _together_in_sqlite(column: ColumnElement[Any]) -> FunctionElement[Any]:
    kept: ColumnElement[Any] = type_coerce(column, String)
    if isinstance(column.type, UtcDateTime):
        kept = _or_never(column, kept, f"'{_NEVER}'")
    # Not as parameters: SQLite copies those for each row, which takes longer than all the rest.
    between = "''" if isinstance(column.type, Uuid | UtcDateTime) else "char(10)"
    return func.group_concat(kept, literal_column(between), type_=String)


def _read_from_sqlite(column: ColumnElement[Any], value: str | None) -> Array:
    if isinstance(column.type, Uuid):
        return np.frombuffer(bytes.fromhex(value or ""), dtype=FACE)
    if isinstance(column.type, UtcDateTime):
        return np.frombuffer((value or "").encode(), dtype=_MOMENT).astype("datetime64[us]").astype(np.int64)
    return np.array(value.split("\n") if value else [], dtype=np.int64)
