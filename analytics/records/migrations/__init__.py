"""How a database comes to have its tables, one step a file in ``versions``; run by Alembic.

A step that was released is not changed any more. It may add, and take away what no program uses that may still be at
work beside the new one: the version before reads and writes on while machines are upgraded one by one.
"""

import logging

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from analytics.records.bulk import is_postgres
from analytics.records.schema_version import require_known, version_of

# Any number will do that nobody else locks: it stands for upgrading.
_LOCK = 6_702_114_001
_UNNUMBERED = "0001"


def migrate(connection: Connection, database: str) -> int:
    """Take every step that is missing, in the transaction of ``connection``; return the version there was before.

    Two at once are safe: the second waits, and finds nothing left to do. Raises StorageError for tables that are newer.
    """
    if is_postgres(connection):
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # an upgrade is waited for
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    before = version_of(connection)
    require_known(before, database)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = configuration(connection)
    if before == 0 and not is_postgres(connection) and inspect(connection).has_table("sightings"):
        command.stamp(config, _UNNUMBERED)  # made by version 0.1, which did not number its tables
    command.upgrade(config, "head")
    return before


def configuration(connection: Connection) -> Config:
    """Return Alembic's view of this folder, at work on ``connection``."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "analytics.records:migrations")
    config.set_main_option("path_separator", "os")
    return config
