"""Rows of the tables to messages and back."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row

from analytics.visits import Visit
from schemas.messages import Arrival, Coverage, IdentityEvent, Sighting

_CHUNK = 500

Item = TypeVar("Item")

# Read by the writer for each message of a batch: the fields in the order of the table's columns. Who was seen beside
# whom is kept in the log, for the matcher.
sighting_values = attrgetter(*(field.name for field in fields(Sighting) if field.name != "beside"))
_COVERAGE = tuple(field.name for field in fields(Coverage))
# Beside a stretch, and no part of it, lies how far it is put together by the hour: to its end.
coverage_values = attrgetter(*_COVERAGE, "ended_at")
# Tags are added to what is told; they are not kept.
_ARRIVAL = tuple(field.name for field in fields(Arrival) if field.name != "tags")
arrival_values = attrgetter(*_ARRIVAL)
# When the visitor first came is kept beside a visit, and no part of it.
_VISIT = tuple(field.name for field in fields(Visit))
visit_values = attrgetter(*_VISIT)


def sighting_of(row: Row[Any]) -> Sighting:
    """Return the sighting in a row of the sightings table."""
    values = dict(row._mapping)
    values.pop("change")
    return Sighting(**values | {"box": tuple(values["box"])})


def coverage_of(row: Row[Any]) -> Coverage:
    """Return the stretch in a row of the coverage table."""
    return Coverage(**dict(zip(_COVERAGE, row[:-1], strict=True)))


def visit_of(row: Row[Any]) -> Visit:
    """Return the visit in a row of the visits table."""
    return Visit(**dict(zip(_VISIT, row, strict=False)))


def entry_values(entry: IdentityEvent) -> tuple[Any, ...]:
    """Return an entry of the ledger in the order of the table's columns."""
    values = (getattr(entry, field.name) for field in fields(IdentityEvent))
    return tuple([str(one) for one in value] if isinstance(value, tuple) else value for value in values)


def entry_of(row: Row[Any]) -> IdentityEvent:
    """Return the entry in a row of the identity_events table."""
    values = dict(row._mapping)
    return IdentityEvent(**values | {"track_ids": tuple(map(UUID, values["track_ids"])), "tags": tuple(values["tags"])})


def arrival_of(row: Row[Any]) -> Arrival:
    """Return the arrival in a row that has the columns of the arrivals table."""
    return Arrival(**{name: row._mapping[name] for name in _ARRIVAL})


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Cut items into lists short enough for one statement's parameters."""
    everything = list(items)
    for start in range(0, len(everything), _CHUNK):
        yield everything[start : start + _CHUNK]
