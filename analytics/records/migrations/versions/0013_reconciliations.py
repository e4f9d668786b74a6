"""The nights on which everybody was looked at again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "reconciliations",
        sa.Column("day", sa.String, primary_key=True),
        sa.Column("runner", sa.String, nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("merged", sa.Integer),
        sa.Column("split", sa.Integer),
        sa.Column("to_review", sa.Integer),
    )
