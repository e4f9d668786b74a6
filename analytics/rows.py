"""Rows of the tables to messages and back, and the statements that depend on the database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

from analytics.visits import Visit
from schemas.messages import Coverage, CoverageState, Decision, Phase, Sighting

_CHUNK = 500

Item = TypeVar("Item")


def sighting_of(row: Row[Any]) -> Sighting:
    """Return the sighting in a row of the sightings table."""
    values = dict(row._mapping)
    values.pop("change")
    values |= {
        "phase": Phase(values["phase"]),
        "decision": Decision(values["decision"]),
        "box": tuple(values["box"]),
    }
    return Sighting(**values)


def coverage_of(row: Row[Any]) -> Coverage:
    """Return the stretch in a row of the coverage table."""
    values = dict(row._mapping)
    return Coverage(**values | {"state": CoverageState(values["state"])})


def visit_of(row: Row[Any]) -> Visit:
    """Return the visit in a row of the visits table."""
    return Visit(**row._mapping)


def values_of(message: Sighting | Coverage | Visit) -> dict[str, Any]:
    """Return the columns of a message: its fields, enumerations as their text."""
    values = {field.name: getattr(message, field.name) for field in fields(message)}
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in values.items()}


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, replacing those whose primary key is there already."""
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    key = [column.name for column in table.primary_key]
    replaced = {column.name: statement.excluded[column.name] for column in table.c if column.name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=replaced), rows)


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Cut items into lists short enough for one statement's parameters."""
    everything = list(items)
    for start in range(0, len(everything), _CHUNK):
        yield everything[start : start + _CHUNK]
