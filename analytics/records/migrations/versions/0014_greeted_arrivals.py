"""Who was greeted, so that every screen of a store knows it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table."""
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "greeted_arrivals",
        sa.Column("arrival_id", sa.Uuid, primary_key=True),
        sa.Column("store_id", sa.String(collation="C") if postgres else sa.String(), nullable=False),
        sa.Column("greeted_by", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("greeted_arrivals_by_time", "greeted_arrivals", ["store_id", "at"])
