"""Whether a sighting shows somebody who comes in, or a picture: how far the face moved, and how alive it looks."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the columns, empty for what was seen before."""
    op.add_column("sightings", sa.Column("moved", sa.Float, nullable=True))
    op.add_column("sightings", sa.Column("liveness", sa.Float, nullable=True))
