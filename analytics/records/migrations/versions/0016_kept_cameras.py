"""The cameras that were added while the program runs."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "kept_cameras",
        sa.Column("store_id", sa.String(collation="C") if postgres else sa.String(), primary_key=True),
        sa.Column("camera_id", sa.String, primary_key=True),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("shown_as", sa.String, nullable=False),
        sa.Column("start_at", _MOMENT),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.Column("through_at", _MOMENT),
    )
