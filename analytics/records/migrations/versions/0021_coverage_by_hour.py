"""What cameras told, by the hour: of a month of two, a report reads 660 rows instead of 40,000 stretches."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_MOMENT = sa.DateTime(timezone=True)

# Each stretch cut at every whole hour, and within an hour what overlaps or touches as one. A stretch counts, with its
# tracks, where it began.
_PUT_TOGETHER = """
INSERT INTO coverage_by_hour (store_id, began_at, camera_id, state, ended_at, stretches, tracks, usable_tracks)
WITH RECURSIVE rest AS (
    SELECT store_id, camera_id, state, {hour} AS hour, began_at, ended_at, 1 AS stretches, tracks, usable_tracks
    FROM coverage
    UNION ALL
    SELECT store_id, camera_id, state, {hour_after}, {hour_after}, ended_at, 0, 0, 0
    FROM rest WHERE ended_at > {hour_after}
),
pieces AS (
    SELECT store_id, camera_id, state, hour, began_at, {least}(ended_at, {hour_after}) AS ended_at, stretches, tracks,
        usable_tracks
    FROM rest
),
reached AS (
    SELECT pieces.*, max(ended_at) OVER (
        PARTITION BY store_id, camera_id, state, hour ORDER BY began_at, ended_at
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS before
    FROM pieces
),
numbered AS (
    SELECT reached.*, sum(CASE WHEN began_at <= before THEN 0 ELSE 1 END) OVER (
        PARTITION BY store_id, camera_id, state, hour ORDER BY began_at, ended_at ROWS UNBOUNDED PRECEDING
    ) AS number
    FROM reached
)
SELECT store_id, min(began_at), camera_id, state, max(ended_at), sum(stretches), sum(tracks), sum(usable_tracks)
FROM numbered GROUP BY store_id, camera_id, state, hour, number
"""
_IN = {
    "postgresql": {
        "hour": "date_trunc('hour', began_at, 'UTC')",
        "hour_after": "hour + interval '1 hour'",
        "least": "least",
    },
    "sqlite": {
        "hour": "substr(began_at, 1, 13) || ':00:00.000000'",
        # Of the last hour that it knows it cannot say what comes after.
        "hour_after": "coalesce(strftime('%Y-%m-%d %H:00:00.000000', hour, '+1 hour'), '9999-12-31 23:59:59.999999')",
        "least": "min",
    },
}
_UNSETTLED = "(put_together_until IS NULL OR put_together_until < ended_at)"


def upgrade() -> None:
    """Make the table, put together what there is, and let stretches say that they are."""
    dialect = op.get_bind().dialect.name
    postgres = dialect == "postgresql"
    # First: in Postgres nobody writes or reads a stretch from here on, until all is done. Those that are there are put
    # together as far as now, which goes without writing each anew: one that the version before lets grow ends later
    # than that, but for films of the past, whose stretches are told once.
    now = sa.text("now()") if postgres else None
    op.add_column("coverage", sa.Column("put_together_until", _MOMENT, server_default=now))
    op.create_table(
        "coverage_by_hour",
        sa.Column("store_id", sa.String(collation="C") if postgres else sa.String(), primary_key=True),
        sa.Column("began_at", _MOMENT, primary_key=True),
        sa.Column("camera_id", sa.String(), primary_key=True),
        sa.Column("state", sa.String(), primary_key=True),
        sa.Column("ended_at", _MOMENT, nullable=False),
        sa.Column("stretches", sa.BigInteger, nullable=False),
        sa.Column("tracks", sa.BigInteger, nullable=False),
        sa.Column("usable_tracks", sa.BigInteger, nullable=False),
        postgresql_with={"fillfactor": 85},
        sqlite_with_rowid=False,
    )
    op.execute(sa.text(_PUT_TOGETHER.format(**_IN[dialect]).replace(":", r"\:")))
    if postgres:
        op.alter_column("coverage", "put_together_until", server_default=None)
    else:
        op.execute("UPDATE coverage SET put_together_until = ended_at")
    # Empty but for what the version before has written: a start need not read every stretch to find that.
    unsettled = sa.text(_UNSETTLED)
    op.create_index(
        "coverage_unsettled",
        "coverage",
        ["store_id", "began_at"],
        postgresql_where=unsettled,
        sqlite_where=unsettled,
    )
