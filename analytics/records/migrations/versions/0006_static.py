"""What never moves nor changes, and is nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; a program that does not know it yet leaves it false."""
    op.add_column("identities", sa.Column("static", sa.Boolean, nullable=False, server_default=sa.false()))
