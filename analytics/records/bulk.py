"""Many rows in one statement: what is not the same on every database.

Postgres is given each column as one array and takes the rows from ``unnest``: with a thousand rows a tenth of the work
that a parameter for each value makes. SQLite has no round trip to save and runs the statement for each row; rows to be
looked up it takes from ``json_each``.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Insert,
    Integer,
    Interval,
    Select,
    String,
    Subquery,
    Table,
    Uuid,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import TypeEngine

from analytics.records.column_types import EnumText, UtcDateTime
from analytics.visit_columns import us_of
from schemas.errors import InvalidRecord

Columns = tuple[Column[Any], ...]
Values = Sequence[Any]

_EPOCH = literal_column("timestamptz 'epoch'", DateTime(timezone=True))
_MICROSECOND = literal_column("interval '1 microsecond'", Interval())


def is_postgres(connection: Connection) -> bool:
    """Return whether the other side is Postgres."""
    return connection.dialect.name == "postgresql"


def upsert(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert rows, in the order of the table's columns, in place of those with the same key. No key comes twice."""
    if rows:
        _insert(connection, table, rows, replace=True)


def insert_new(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Do the same with rows whose key, as was looked up, is not there yet: Postgres is spared to look once more."""
    if not rows:
        return
    if not is_postgres(connection):
        upsert(connection, table, rows)
        return
    try:
        with connection.begin_nested():
            connection.execute(_plain_insertion(table), _arrays(tuple(table.c), rows))
    except IntegrityError:  # it is there after all
        upsert(connection, table, rows)


def insert_missing(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert the rows whose key is not there yet."""
    if rows:
        _insert(connection, table, rows, replace=False)


class Given:
    """Rows that a statement is given to look up: a name and the columns it looks like."""

    def __init__(self, name: str, *columns: Column[Any]) -> None:
        self._name = name
        self._columns = columns

    def rows(self, dialect: str) -> Subquery:
        """Return what stands for the rows in a statement on ``dialect``, with columns of the same names."""
        if dialect == "postgresql":
            return select(*_unnested(self._columns)).subquery(self._name)
        each = func.json_each(bindparam("rows", type_=String)).table_valued("value")
        columns = [
            func.json_extract(each.c.value, f"$[{index}]", type_=column.type).label(column.name)
            for index, column in enumerate(self._columns)
        ]
        return select(*columns).subquery(self._name)

    def parameters(self, connection: Connection, rows: Sequence[Values]) -> dict[str, str]:
        """Return the parameters with which the statement is executed."""
        if is_postgres(connection):
            return _arrays(self._columns, rows)
        kept = [_kept_in_sqlite(connection, column) for column in self._columns]
        return {"rows": json.dumps([[keep(value) for keep, value in zip(kept, row, strict=True)] for row in rows])}


def for_each(dialect: str, given: Subquery, query: Select[Any]) -> Select[Any]:
    """Return the statement that finds the rows of ``query`` for each given row, to which it refers.

    Postgres is told to go from one given row to the next: left to choose, it reads a whole table or index as long as it
    takes them for small, or the given rows for many.
    """
    if dialect != "postgresql":
        return query
    found = query.offset(0).lateral()
    return select(found).select_from(given.join(found, true()))


def _insert(connection: Connection, table: Table, rows: Sequence[Values], *, replace: bool) -> None:
    statement = _insertion(table, connection.dialect.name, replace)
    if is_postgres(connection):
        connection.execute(statement, _arrays(tuple(table.c), rows))
    else:
        names = [column.name for column in table.c]
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


@cache
def _plain_insertion(table: Table) -> Insert:
    return postgresql.insert(table).from_select(table.c.keys(), select(*_unnested(tuple(table.c))))


@cache
def _insertion(table: Table, dialect: str, replace: bool) -> Insert:
    names = [column.name for column in table.c]
    insert: postgresql.Insert | sqlite.Insert
    if dialect == "postgresql":
        key = table.info.get("postgresql_key") or table.primary_key.columns.keys()
        insert = postgresql.insert(table).from_select(names, select(*_unnested(tuple(table.c))))
    else:
        key = table.primary_key.columns.keys()
        insert = sqlite.insert(table)
    if not replace:
        return insert.on_conflict_do_nothing(index_elements=key)
    replaced = {name: insert.excluded[name] for name in names if name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=replaced)


def _unnested(columns: Columns) -> list[Any]:
    return [_rows_of(column).label(column.name) for column in columns]


def _rows_of(column: Column[Any]) -> Any:
    rows = func.unnest(cast(bindparam(column.name, type_=String), ARRAY(_sent_as(column.type))))
    if not isinstance(column.type, UtcDateTime):
        return rows
    # A double counts microseconds exactly beyond the year 2200. To write and read them as text is a tenth of all work.
    return type_coerce(_EPOCH + rows * _MICROSECOND, column.type)


def _sent_as(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type of an array's elements, which cannot have a collation: moments are whole microseconds."""
    if isinstance(kind, String | EnumText):
        return String()
    return BigInteger() if isinstance(kind, UtcDateTime) else kind


def _arrays(columns: Columns, rows: Sequence[Values]) -> dict[str, str]:
    return {
        column.name: "{" + ",".join(_elements(column, values)) + "}"
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    }


def _elements(column: Column[Any], values: Values) -> Sequence[str]:
    """Return values as Postgres reads them between the braces of an array."""
    text_of = _TEXT_OF[type(column.type)]
    if text_of is _quoted:
        # Names repeat all through a batch.
        known = {value: "NULL" if value is None else _quoted(value) for value in set(values)}
        return [known[value] for value in values]
    if column.nullable:
        return ["NULL" if value is None else text_of(value) for value in values]
    return list(map(text_of, values))


def _quoted(text: str) -> str:
    if "\x00" in text:
        raise InvalidRecord(f"{text!r} holds a character that Postgres cannot keep")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _json(value: Any) -> str:
    return _quoted(json.dumps(value))


def _ticks(moment: datetime) -> str:
    return repr(us_of(moment))


_TEXT_OF: dict[type[TypeEngine[Any]], Callable[[Any], str]] = {
    Uuid: UUID.hex.fget,  # type: ignore[attr-defined]
    UtcDateTime: _ticks,
    Date: date.isoformat,
    String: _quoted,
    EnumText: _quoted,
    JSON: _json,
    Float: repr,
    Boolean: str,
    Integer: repr,
    BigInteger: repr,
}


def _kept_in_sqlite(connection: Connection, column: Column[Any]) -> Callable[[Any], Any]:
    return column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
