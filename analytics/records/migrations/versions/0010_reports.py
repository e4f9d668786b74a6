"""What reports are read from: when a FaceId first came to a store, beside each visit; an index that holds all that is
counted; the days of each store; and views for other tools.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_MOMENT = sa.DateTime(timezone=True)

# A program of the version before leaves the column null in what it writes: then the first visit is looked up.
_FIRST = (
    "UPDATE visits SET first_at = found.first_at"
    " FROM (SELECT store_id, face_id, min(began_at) AS first_at FROM visits GROUP BY store_id, face_id) AS found"
    " WHERE found.store_id = visits.store_id AND found.face_id = visits.face_id"
)


_VISITS = """
CREATE VIEW report_visits AS
SELECT visits.store_id, business_days.day AS business_day, visits.visit_id, visits.face_id AS visitor,
    visits.began_at, visits.ended_at, visits.sightings,
    CASE WHEN visits.sightings > 1 THEN {dwell_s} END AS dwell_s
FROM visits
JOIN business_days ON business_days.store_id = visits.store_id
    AND visits.began_at >= business_days.began_at AND visits.began_at < business_days.ended_at
WHERE NOT EXISTS (
    SELECT 1 FROM identities
    WHERE identities.stands_for = visits.face_id AND (identities.staff OR identities.static)
)
"""
_DAILY = """
CREATE VIEW report_daily AS
SELECT business_days.store_id, business_days.day AS business_day,
    count(report_visits.visit_id) AS pv, count(DISTINCT report_visits.visitor) AS uv_of_this_day
FROM business_days
LEFT JOIN report_visits ON report_visits.store_id = business_days.store_id
    AND report_visits.business_day = business_days.day
GROUP BY business_days.store_id, business_days.day
"""
_DWELL_S = {
    "postgresql": "extract(epoch FROM visits.ended_at - visits.began_at)::double precision",
    "sqlite": "round((julianday(visits.ended_at) - julianday(visits.began_at)) * 86400, 3)",
}


def upgrade() -> None:
    """Make all of it; the days are filled by the program that records a store, at its next start."""
    dialect = op.get_bind().dialect.name
    postgres = dialect == "postgresql"
    op.add_column("visits", sa.Column("first_at", _MOMENT))
    op.drop_index("visits_by_time", "visits")
    op.execute(_FIRST)
    covered = ["face_id", "ended_at", "sightings", "first_at"]
    if postgres:
        op.create_index("visits_by_time", "visits", ["store_id", "began_at"], postgresql_include=covered)
    else:
        op.create_index("visits_by_time", "visits", ["store_id", "began_at", *covered])
    # Empty but for what the version before has written: a start need not read every visit to find that.
    unsettled = sa.text("first_at IS NULL")
    op.create_index(
        "visits_unsettled", "visits", ["store_id", "face_id"], postgresql_where=unsettled, sqlite_where=unsettled
    )
    op.create_table(
        "business_days",
        sa.Column("store_id", sa.String(collation="C") if postgres else sa.String(), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=False),
    )
    op.create_index("business_days_by_beginning", "business_days", ["store_id", "began_at"])
    op.execute(_VISITS.format(dwell_s=_DWELL_S[dialect]))
    op.execute(_DAILY)
