"""Which program watches a camera that was added: one at a time, however many work on one database."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, or_, select, tuple_, update

from analytics.records import camera_tables
from analytics.records.bulk import insert_missing
from analytics.records.database import clock_of, writing

CameraKey = tuple[str, str]
"""A store and the name of a camera in it."""
_lease = camera_tables.camera_leases.c


class CameraLeases:
    """Gives cameras to programs for a time, by the clock of the database's server. Raises as ``VisitRepository`` does.

    A program that dies lets go of nothing: once its time is over, the cameras are anybody's.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(
        self, cameras: Collection[CameraKey], *, holder: str, lasts: timedelta
    ) -> tuple[set[CameraKey], set[CameraKey]]:
        """Hold, for so long from now, those cameras that no other program holds, and no others.

        Return which those are, and which others hold now, asked for or not.
        """
        mine = _lease.holder == holder
        with writing(self._engine) as connection:
            now = clock_of(connection) or datetime.now(UTC)
            until = now + lasts
            connection.execute(
                delete(camera_tables.camera_leases).where(
                    mine, tuple_(_lease.store_id, _lease.camera_id).not_in(cameras)
                )
            )
            insert_missing(
                connection, camera_tables.camera_leases, [(*camera, holder, until) for camera in sorted(cameras)]
            )
            connection.execute(
                update(camera_tables.camera_leases)
                .where(tuple_(_lease.store_id, _lease.camera_id).in_(cameras), or_(mine, _lease.until_at < now))
                .values(holder=holder, until_at=until)
            )
            leases = connection.execute(select(camera_tables.camera_leases).where(_lease.until_at >= now)).all()
        held = {(row.store_id, row.camera_id): row.holder == holder for row in leases}
        return {key for key, is_ours in held.items() if is_ours}, {key for key, is_ours in held.items() if not is_ours}

    def release(self, holder: str) -> None:
        """Let go of all that a program holds: others may begin at once."""
        with writing(self._engine) as connection:
            connection.execute(delete(camera_tables.camera_leases).where(_lease.holder == holder))
