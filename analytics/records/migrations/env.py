"""What Alembic runs for each of its commands."""

from alembic import context

from analytics.records.schema_version import VERSION_TABLE
from analytics.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
