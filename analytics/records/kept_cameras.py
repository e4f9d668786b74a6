"""The cameras that were added while the program runs; every change is written down."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, delete, select, update

from analytics.access.audit import AuditEntry, write_down
from analytics.records import camera_tables
from analytics.records.bulk import upsert
from analytics.records.database import reading, writing
from schemas.errors import InputError

_kept = camera_tables.kept_cameras.c


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCamera:
    """A camera of a store, or a film in its place.

    ``address`` is whole, for whoever reads the camera alone; ``shown_as`` is without user and password. ``start`` is
    when a film's first picture was taken, ``through_at`` when it was read to its end.
    """

    store_id: str
    camera_id: str
    address: str = field(repr=False)
    shown_as: str
    start: datetime | None
    kept_at: datetime
    through_at: datetime | None = None


class KeptCameras:
    """Keeps cameras. ``by`` is who does it, ``at`` when. Raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[KeptCamera]:
        """Return all cameras by store and name."""
        query = select(camera_tables.kept_cameras).order_by(_kept.store_id, _kept.camera_id)
        with reading(self._engine) as connection:
            return [
                KeptCamera(
                    store_id=row.store_id,
                    camera_id=row.camera_id,
                    address=row.address,
                    shown_as=row.shown_as,
                    start=row.start_at,
                    kept_at=row.kept_at,
                    through_at=row.through_at,
                )
                for row in connection.execute(query)
            ]

    def keep(self, camera: KeptCamera, *, by: str) -> None:
        """Watch a camera from now on, in place of the one of that name in its store."""
        row = (
            camera.store_id,
            camera.camera_id,
            camera.address,
            camera.shown_as,
            camera.start,
            camera.kept_at,
            camera.through_at,
        )
        told = camera.shown_as if camera.start is None else f"{camera.shown_as} from {camera.start.isoformat()}"
        mine = (_kept.store_id == camera.store_id) & (_kept.camera_id == camera.camera_id)
        with writing(self._engine) as connection:
            there = connection.execute(select(_kept.kept_at).where(mine)).scalar() is not None
            upsert(connection, camera_tables.kept_cameras, [row])
            entry = AuditEntry(
                at=camera.kept_at,
                actor=by,
                action="camera change" if there else "camera add",
                subject=f"{camera.store_id}/{camera.camera_id}",
                detail=told,
            )
            write_down(connection, entry)

    def remove(self, store_id: str, camera_id: str, *, by: str, at: datetime) -> None:
        """Watch a camera no more; what it saw stays. Raises InputError where none of that name was added."""
        mine = (_kept.store_id == store_id) & (_kept.camera_id == camera_id)
        with writing(self._engine) as connection:
            if not connection.execute(delete(camera_tables.kept_cameras).where(mine)).rowcount:
                raise InputError(
                    f"no camera {camera_id} was added to store {store_id}: one of the configuration is taken away there"
                )
            entry = AuditEntry(at=at, actor=by, action="camera remove", subject=f"{store_id}/{camera_id}")
            write_down(connection, entry)

    def read_through(self, camera: KeptCamera, *, at: datetime) -> None:
        """Note that a film was read to its end, unless another has taken its place meanwhile."""
        mine = (_kept.store_id == camera.store_id) & (_kept.camera_id == camera.camera_id)
        with writing(self._engine) as connection:
            same = mine & (_kept.kept_at == camera.kept_at)
            connection.execute(update(camera_tables.kept_cameras).where(same).values(through_at=at))
