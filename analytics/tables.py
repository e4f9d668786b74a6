"""The tables, the same on every database that SQLAlchemy speaks to."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    Uuid,
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC times in Python; ``timestamptz`` where the database has it, sortable text in UTC where it has not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Drop the zone where the database would not keep it."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData()

# One row a store. Writers lock it first, so that a store has one writer at a time and its changes are numbered in the
# order in which they are committed. `session_gap_s` is the gap with which the visits of the store were built.
stores = Table(
    "stores",
    metadata,
    Column("store_id", String, primary_key=True),
    Column("session_gap_s", Float, nullable=False),
    Column("last_change", BigInteger, nullable=False),
)

# The form of each sighting that stands. `change` is the number of the store's change that wrote the row.
sightings = Table(
    "sightings",
    metadata,
    Column("sighting_id", Uuid, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("track_id", Uuid, nullable=False),
    Column("store_id", String, nullable=False),
    Column("camera_id", String, nullable=False),
    Column("phase", String, nullable=False),
    Column("decision", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("face_id", Uuid),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("best_shot_at", UtcDateTime, nullable=False),
    Column("box", JSON, nullable=False),
    Column("shots", Integer, nullable=False),
    Column("quality", Float, nullable=False),
    Column("distance", Float),
    Column("threshold", Float),
    Column("model_id", String, nullable=False),
    Column("produced_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("change", BigInteger, nullable=False),
    Index("sightings_by_face", "store_id", "face_id", "began_at"),
    Index("sightings_by_time", "store_id", "began_at"),
    Index("sightings_by_change", "store_id", "change"),
)

# Visits as the standing sightings give them, kept so that a report need not build them again.
visits = Table(
    "visits",
    metadata,
    Column("visit_id", Uuid, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("face_id", Uuid, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("sightings", Integer, nullable=False),
    # Both cover the counts: who began a visit when, and when a FaceId was first here.
    Index("visits_by_time", "store_id", "began_at", "face_id"),
    Index("visits_by_face", "store_id", "face_id", "began_at"),
)

coverage = Table(
    "coverage",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("camera_id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("frames", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("tracks", BigInteger, nullable=False),
    Column("usable_tracks", BigInteger, nullable=False),
    Column("rejected", JSON, nullable=False),
    Column("reason", String, nullable=False),
    Index("coverage_by_beginning", "store_id", "began_at"),
    Index("coverage_by_end", "store_id", "ended_at"),
)
