"""Stores, sightings, visits and coverage, as version 0.1 had them in SQLite; in Postgres sightings by months."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    postgres = op.get_bind().dialect.name == "postgresql"
    store_id = sa.String(collation="C") if postgres else sa.String()
    op.create_table(
        "stores",
        sa.Column("store_id", store_id, primary_key=True),
        sa.Column("session_gap_s", sa.Float, nullable=False),
        sa.Column("last_change", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "sightings",
        sa.Column("sighting_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("track_id", sa.Uuid, nullable=False),
        sa.Column("store_id", store_id, nullable=False),
        sa.Column("camera_id", sa.String, nullable=False),
        sa.Column("phase", sa.String, nullable=False),
        sa.Column("decision", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("face_id", sa.Uuid),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=False),
        sa.Column("best_shot_at", _MOMENT, nullable=False),
        sa.Column("box", sa.JSON, nullable=False),
        sa.Column("shots", sa.Integer, nullable=False),
        sa.Column("quality", sa.Float, nullable=False),
        sa.Column("distance", sa.Float),
        sa.Column("threshold", sa.Float),
        sa.Column("model_id", sa.String, nullable=False),
        sa.Column("produced_at", _MOMENT, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sighting_id", *(["began_at"] if postgres else [])),
        postgresql_partition_by="RANGE (began_at)",
    )
    op.create_index("sightings_by_face", "sightings", ["store_id", "face_id", "began_at"])
    if postgres:
        op.create_index("sightings_by_time", "sightings", ["began_at"], postgresql_using="brin")
    else:
        op.create_index("sightings_by_time", "sightings", ["store_id", "began_at"])
    op.create_index("sightings_by_change", "sightings", ["store_id", "change"])
    op.create_table(
        "visits",
        sa.Column("visit_id", sa.Uuid, primary_key=True),
        sa.Column("store_id", store_id, nullable=False),
        sa.Column("face_id", sa.Uuid, nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=False),
        sa.Column("sightings", sa.Integer, nullable=False),
        postgresql_with={"fillfactor": 85},
    )
    if postgres:
        op.create_index("visits_by_time", "visits", ["store_id", "began_at"], postgresql_include=["face_id"])
    else:
        op.create_index("visits_by_time", "visits", ["store_id", "began_at", "face_id"])
    op.create_index("visits_by_face", "visits", ["store_id", "face_id", "began_at"])
    op.create_table(
        "coverage",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("store_id", store_id, nullable=False),
        sa.Column("camera_id", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=False),
        sa.Column("frames", sa.BigInteger, nullable=False),
        sa.Column("dropped", sa.BigInteger, nullable=False),
        sa.Column("tracks", sa.BigInteger, nullable=False),
        sa.Column("usable_tracks", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.JSON, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
    op.create_index("coverage_by_beginning", "coverage", ["store_id", "began_at"])
    op.create_index("coverage_by_end", "coverage", ["store_id", "ended_at"])
