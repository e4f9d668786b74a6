"""Indexes from which a report reads what cameras watched: a stretch a minute, so that a month of two has 40,000."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the indexes, and in Postgres have stretches looked through soon after they came in."""
    postgres = op.get_bind().dialect.name == "postgresql"
    covered = ["state", "ended_at", "tracks", "usable_tracks"]
    by_camera = ["store_id", "camera_id", "began_at"]
    if postgres:
        op.create_index("coverage_by_camera", "coverage", by_camera, postgresql_include=covered)
        long = sa.text("ended_at - began_at > interval '90 minutes'")
        # An index alone is enough for rows that were looked through, which by itself happens with each fifth more.
        op.execute(
            "ALTER TABLE coverage SET "
            "(autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000)"
        )
    else:
        op.create_index("coverage_by_camera", "coverage", [*by_camera, *covered])
        long = sa.text("julianday(ended_at) - julianday(began_at) > 0.0625")
    # Covered in Postgres, which would take them for so many otherwise that it reads all stretches of the store.
    op.create_index(
        "coverage_long",
        "coverage",
        ["store_id", "began_at"],
        postgresql_include=["camera_id", "state", "ended_at"],
        postgresql_where=long,
        sqlite_where=long,
    )
