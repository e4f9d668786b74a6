"""The transactions of the tills."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "transactions",
        sa.Column("store_id", sa.String(collation="C") if postgres else sa.String(), primary_key=True),
        sa.Column("transaction_id", sa.String, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("amount", sa.String),
        sa.Column("taken_up_at", _MOMENT, nullable=False),
    )
    op.create_index("transactions_by_time", "transactions", ["store_id", "at"])
