"""A FaceId first, in the indexes by FaceId: so that one of them serves a store and the whole chain."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make both indexes again."""
    op.drop_index("sightings_by_face", "sightings")
    op.create_index("sightings_by_face", "sightings", ["face_id", "began_at"])
    op.drop_index("visits_by_face", "visits")
    op.create_index("visits_by_face", "visits", ["face_id", "store_id", "began_at"])
