"""Webhooks, the outbox of what is sent to them and to mailboxes, every attempt, and what was told of cameras."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    store_id = sa.String(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.String()
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", sa.String, primary_key=True),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("secret", sa.String, nullable=False),
        sa.Column("events", sa.JSON, nullable=False),
        sa.Column("stores", sa.JSON),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("failing_since", _MOMENT),
        sa.Column("disabled_at", _MOMENT),
        sa.Column("disabled_for", sa.String, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("store_id", store_id),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("body", sa.String, nullable=False),
        sa.Column("face_id", sa.Uuid),
    )
    op.create_index("outbox_by_face", "outbox", ["face_id"])
    op.create_index("outbox_by_time", "outbox", ["made_at"])
    op.create_table(
        "deliveries",
        sa.Column("message_id", sa.Uuid, primary_key=True),
        sa.Column("target", sa.String, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease", sa.Uuid),
        sa.Column("leased_until", _MOMENT),
    )
    op.create_index("deliveries_by_due", "deliveries", ["state", "target", "due_at"])
    op.create_table(
        "delivery_attempts",
        sa.Column("attempt_id", sa.Uuid, primary_key=True),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("took_ms", sa.Integer, nullable=False),
    )
    op.create_index("delivery_attempts_by_time", "delivery_attempts", ["at"])
    op.create_table(
        "cameras_told",
        sa.Column("store_id", store_id, primary_key=True),
        sa.Column("camera_id", sa.String, primary_key=True),
        sa.Column("up", sa.Boolean, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
    )
