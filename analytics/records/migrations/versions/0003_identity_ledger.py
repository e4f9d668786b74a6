"""The identity ledger: its entries, whom each FaceId stands for, and the sightings that a split moved."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "identity_events",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("face_id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("other_face_id", sa.Uuid),
        sa.Column("member_id", sa.String),
        sa.Column("undoes", sa.Uuid),
        sa.Column("track_ids", sa.JSON, nullable=False),
        sa.Column("visits_too", sa.Boolean, nullable=False),
    )
    op.create_index("identity_events_by_face", "identity_events", ["face_id", "at"])
    op.create_index("identity_events_by_kind", "identity_events", ["kind", "at"])
    op.create_table(
        "identities",
        sa.Column("face_id", sa.Uuid, primary_key=True),
        sa.Column("stands_for", sa.Uuid),
        sa.Column("staff", sa.Boolean, nullable=False),
        sa.Column("member_id", sa.String),
        sa.Column("erased", sa.Boolean, nullable=False),
    )
    op.create_index("identities_by_visitor", "identities", ["stands_for"])
    op.create_table(
        "moved_sightings",
        sa.Column("sighting_id", sa.Uuid, primary_key=True),
        sa.Column("face_id", sa.Uuid, nullable=False),
    )
    op.create_index("moved_sightings_by_face", "moved_sightings", ["face_id"])
