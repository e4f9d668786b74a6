"""When a FaceId first came to a store, beside each visit, and an index that holds all that a report counts."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

# A program of the version before leaves the column null in what it writes: then the first visit is looked up.
_FIRST = (
    "UPDATE visits SET first_at = found.first_at"
    " FROM (SELECT store_id, face_id, min(began_at) AS first_at FROM visits GROUP BY store_id, face_id) AS found"
    " WHERE found.store_id = visits.store_id AND found.face_id = visits.face_id"
)


def upgrade() -> None:
    """Add the column, fill it, and make the index again."""
    op.add_column("visits", sa.Column("first_at", sa.DateTime(timezone=True)))
    op.drop_index("visits_by_time", "visits")
    op.execute(_FIRST)
    covered = ["face_id", "ended_at", "sightings", "first_at"]
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("visits_by_time", "visits", ["store_id", "began_at"], postgresql_include=covered)
    else:
        op.create_index("visits_by_time", "visits", ["store_id", "began_at", *covered])
