"""The arrivals of members that were told of."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "arrivals",
        sa.Column("arrival_id", sa.Uuid, primary_key=True),
        sa.Column("sighting_id", sa.Uuid, nullable=False),
        sa.Column("store_id", sa.String(collation="C") if postgres else sa.String(), nullable=False),
        sa.Column("face_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("produced_at", _MOMENT, nullable=False),
        sa.Column("change", sa.BigInteger, nullable=False),
    )
    op.create_index("arrivals_by_time", "arrivals", ["store_id", "seen_at"])
    op.create_index("arrivals_by_change", "arrivals", ["store_id", "change"])
