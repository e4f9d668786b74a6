"""The tables of cameras: what each watched, and those that were added while the program runs."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, String, Table, Uuid, text

from analytics.records.column_types import EnumText, UtcDateTime
from analytics.records.table_base import StoreId, metadata
from schemas.messages import CoverageState

# From when on a stretch of coverage is long, an hour and a half, by dialect.
LONG = {
    "postgresql": "ended_at - began_at > interval '90 minutes'",
    "sqlite": "julianday(ended_at) - julianday(began_at) > 0.0625",
}

# Which stretches are not put together by the hour, or were shorter then.
UNSETTLED = "(put_together_until IS NULL OR put_together_until < ended_at)"

# A camera tells a stretch a minute. `put_together_until` is how far one is in `coverage_by_hour`: to its end, but a
# program of the version before leaves it null, or as it was. That reads its reports from `coverage_by_camera` alone:
# the columns included there, and how soon autovacuum looks through the rows, are for it, and can go with it.
coverage = Table(
    "coverage",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("store_id", StoreId, nullable=False),
    Column("camera_id", String, nullable=False),
    Column("state", EnumText(CoverageState), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("frames", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("tracks", BigInteger, nullable=False),
    Column("usable_tracks", BigInteger, nullable=False),
    Column("rejected", JSON, nullable=False),
    Column("reason", String, nullable=False),
    Column("put_together_until", UtcDateTime),
    Index("coverage_by_beginning", "store_id", "began_at"),
    Index("coverage_by_end", "store_id", "ended_at"),
    Index(
        "coverage_by_camera",
        "store_id",
        "camera_id",
        "began_at",
        postgresql_include=["state", "ended_at", "tracks", "usable_tracks"],
    ),
    # Of those that began before a window and reach into it, which nothing else would find without reading all of them.
    Index(
        "coverage_long",
        "store_id",
        "began_at",
        postgresql_include=["camera_id", "state", "ended_at"],
        postgresql_where=text(LONG["postgresql"]),
        sqlite_where=text(LONG["sqlite"]),
    ),
    # Of a version before that put nothing together; empty else.
    Index(
        "coverage_unsettled",
        "store_id",
        "began_at",
        postgresql_where=text(UNSETTLED),
        sqlite_where=text(UNSETTLED),
    ),
    postgresql_with={"autovacuum_vacuum_insert_scale_factor": 0, "autovacuum_vacuum_insert_threshold": 20000},
)

# The same put together by the hour (`analytics/hourly_coverage.py`): mostly one row a camera and hour. `stretches` are
# those that began in the row, and the tracks are theirs. The cameras of a store lie side by side, hour after hour, as a
# report reads them. A row is written again with each stretch of its hour: for that Postgres leaves room on its page.
coverage_by_hour = Table(
    "coverage_by_hour",
    metadata,
    Column("store_id", StoreId, primary_key=True),
    Column("began_at", UtcDateTime, primary_key=True),
    Column("camera_id", String, primary_key=True),
    Column("state", EnumText(CoverageState), primary_key=True),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("stretches", BigInteger, nullable=False),
    Column("tracks", BigInteger, nullable=False),
    Column("usable_tracks", BigInteger, nullable=False),
    postgresql_with={"fillfactor": 85},
    sqlite_with_rowid=False,
)

# Whether a camera is up, as far as that was told.
cameras_told = Table(
    "cameras_told",
    metadata,
    Column("store_id", StoreId, primary_key=True),
    Column("camera_id", String, primary_key=True),
    Column("up", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

# The cameras that were added while the program runs, beside those of its configuration. `address` is whole, with user
# and password, and goes to the camera alone; `shown_as` is what people see of it. `through_at` is when a film was read
# to its end: it need not be read again.
kept_cameras = Table(
    "kept_cameras",
    metadata,
    Column("store_id", StoreId, primary_key=True),
    Column("camera_id", String, primary_key=True),
    Column("address", String, nullable=False),
    Column("shown_as", String, nullable=False),
    Column("start_at", UtcDateTime),
    Column("kept_at", UtcDateTime, nullable=False),
    Column("through_at", UtcDateTime),
)

# Which program watches which of those cameras, and until when it does so for certain. Beside them, for a program of the
# version before writes their rows whole.
camera_leases = Table(
    "camera_leases",
    metadata,
    Column("store_id", StoreId, primary_key=True),
    Column("camera_id", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until_at", UtcDateTime, nullable=False),
)
