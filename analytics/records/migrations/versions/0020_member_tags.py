"""Tags of members: with the entry that binds one, and beside what the entries say of each FaceId."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the columns, without a tag for whoever is bound already, and the index by which an arrival finds them."""
    for table in ("identity_events", "identities"):
        op.add_column(table, sa.Column("tags", sa.JSON, nullable=False, server_default="[]"))
    op.create_index("identities_by_member", "identities", ["member_id"])
