"""Which tables a database has: the number of the last migration that made them what they are."""

from sqlalchemy import Connection, inspect, text

from schemas.errors import StorageError

NEWEST = 21
"""The version that this program reads and writes: the number of the last file in ``analytics/migrations/versions``."""

VERSION_TABLE = "footfall_schema"


def version_of(connection: Connection) -> int:
    """Return the version of the tables; 0 for none, or for those of the time before they were numbered."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return 0
    return int(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() or 0)  # noqa: S608


def require_known(version: int, database: str) -> None:
    """Raise StorageError where the tables are of a version that came after this program."""
    if version > NEWEST:
        raise StorageError(
            f"database {database}: its tables are of version {version}, and this footfall knows them up to {NEWEST}; "
            "install the version that upgraded them, or a later one."
        )
