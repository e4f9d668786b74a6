"""Users, keys, sessions, attempts to log in, and the audit of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("stores", sa.JSON),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("stores", sa.JSON),
        sa.Column("key_hash", sa.String, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("user_name", sa.String, nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
    )
    op.create_index("sessions_by_user", "sessions", ["user_name"])
    op.create_table(
        "login_attempts",
        sa.Column("attempt_id", sa.Uuid, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("login_attempts_by_subject", "login_attempts", ["subject", "at"])
    op.create_index("login_attempts_by_time", "login_attempts", ["at"])
    op.create_table(
        "audit",
        sa.Column("entry_id", sa.Integer, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("detail", sa.String, nullable=False),
    )
    op.create_index("audit_by_time", "audit", ["at"])
