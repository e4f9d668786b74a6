"""How each store is counted: its zone, day start, session gap and opening hours."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table, empty: the program that records a store fills it at its next start."""
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "store_settings",
        sa.Column("store_id", sa.String(collation="C") if postgres else sa.String(), primary_key=True),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("day_start", sa.String, nullable=False),
        sa.Column("session_gap_s", sa.Float, nullable=False),
        sa.Column("opening_hours", sa.JSON),
    )
