"""What a database holds: its tables, their rows, and the room they take."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, inspect, select, table, text

from analytics.records.bulk import is_postgres
from analytics.records.database import reading
from analytics.records.database_errors import name_of
from analytics.records.months import months_of
from analytics.records.schema_version import NEWEST, version_of
from analytics.records.tables import metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """A table, or a month of the sightings; ``size_bytes`` with its indexes, None where the database cannot say."""

    name: str
    rows: int
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """A database as it was found; ``version`` is that of its tables, 0 for none or for unnumbered ones."""

    database: str
    version: int
    newest: int
    tables: tuple[TableSize, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as programs read it."""
        return asdict(self)


def inventory(engine: Engine) -> Inventory:
    """Count what there is, whatever version it is of."""
    with reading(engine) as connection:
        there = set(inspect(connection).get_table_names())
        names = [name for name in sorted(metadata.tables) if name in there]
        if is_postgres(connection) and "sightings" in names:
            names.remove("sightings")
            names += months_of(connection)
        return Inventory(
            database=name_of(engine),
            version=version_of(connection),
            newest=NEWEST,
            tables=tuple(_size(connection, name) for name in names),
        )


def _size(connection: Connection, name: str) -> TableSize:
    rows = connection.execute(select(func.count()).select_from(table(name))).scalar_one()
    size = None
    if is_postgres(connection):
        size = connection.execute(text("SELECT pg_total_relation_size(to_regclass(:name))"), {"name": name}).scalar()
    return TableSize(name=name, rows=rows, size_bytes=size)
