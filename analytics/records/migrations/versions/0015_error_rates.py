"""How often the matcher errs in each store, so that a report can say how sure its UV is."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the table."""
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "error_rates",
        sa.Column("store_id", sa.String(collation="C") if postgres else sa.String(), primary_key=True),
        sa.Column("fnir", sa.Float, nullable=False),
        sa.Column("fnir_sd", sa.Float, nullable=False),
        sa.Column("fpir", sa.Float, nullable=False),
        sa.Column("fpir_sd", sa.Float, nullable=False),
        sa.Column("decided", sa.Integer, nullable=False),
        sa.Column("measured_on", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
