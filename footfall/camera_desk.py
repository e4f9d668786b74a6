"""What the pages ask about cameras: trying one out, keeping it, taking it away."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import BoundedSemaphore, Lock

from pydantic import ValidationError

from analytics.camera_work import CameraNow, CameraPicture, CameraWork, TriedCamera
from analytics.records.kept_cameras import KeptCamera
from analytics.records.repository import VisitRepository
from footfall.camera_trial import first_picture
from footfall.config import Camera, Settings
from footfall.wiring import utc_now
from ingest.boxed_still import boxed_still
from ingest.last_picture import LastPicture
from ingest.sources import is_live
from ingest.still import coarse_still
from ingest.worker import CameraWorker
from schemas.errors import ConfigError, InputError

_TICKET_HOLDS = timedelta(minutes=15)
_TICKETS_AT_MOST = 32
_TRIED_AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    camera: KeptCamera
    told: TriedCamera


class CameraDesk:
    """Tries cameras out and keeps them. Safe to use from several threads.

    Between the two the address stays here, so that no page has to carry it.
    """

    def __init__(
        self,
        settings: Settings,
        repository: VisitRepository,
        *,
        fare: Callable[[], Mapping[tuple[str, str], CameraNow]] = dict,
        workers: Callable[[], Iterable[CameraWorker]] = tuple,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """``fare`` gives how the cameras fare that were added, ``workers`` those that watch any camera here."""
        self._configured = {(settings.store.id, camera.name) for camera in settings.camera}
        self._repository = repository
        self._fare = fare
        self._workers = workers if settings.web.camera_pictures else tuple
        self._now = now
        self._tried: dict[str, _Tried] = {}
        self._lock = Lock()
        self._places = BoundedSemaphore(_TRIED_AT_ONCE)

    def work(self) -> CameraWork:
        """Return the requests that the pages may make."""
        return CameraWork(
            try_out=self.try_out, keep=self.keep, remove=self.remove, now=self._fare, pictures=self.pictures
        )

    def try_out(self, store_id: str, camera_id: str, address: str, start: datetime | None) -> TriedCamera:
        """Return a first picture of a camera, and by what it is kept. Raises InputError where there is none."""
        camera = self._checked(store_id, camera_id.strip(), address.strip(), start)
        with self._places:
            image = first_picture(camera.address, start)
        height, width = image.shape[:2]
        told = TriedCamera(
            ticket=secrets.token_urlsafe(16),
            store_id=store_id,
            camera_id=camera.camera_id,
            shown_as=camera.shown_as,
            is_film=not is_live(camera.address),
            start=start,
            picture=coarse_still(image),
            width_px=width,
            height_px=height,
        )
        with self._lock:
            self._tried[told.ticket] = _Tried(camera=camera, told=told)
            while len(self._tried) > _TICKETS_AT_MOST:
                del self._tried[next(iter(self._tried))]
        return told

    def keep(self, ticket: str, actor: str) -> TriedCamera:
        """Keep a camera that was tried out. Raises InputError for a ticket that holds no more."""
        with self._lock:
            tried = self._tried.pop(ticket, None)
        if tried is None or self._now() - tried.camera.kept_at > _TICKET_HOLDS:
            raise InputError("the camera was tried out too long ago: test it again")
        self._repository.cameras.keep(tried.camera, by=actor)
        return tried.told

    def remove(self, store_id: str, camera_id: str, actor: str) -> None:
        """Watch a camera no more. Raises InputError for one that was not added."""
        self._repository.cameras.remove(store_id, camera_id, by=actor, at=self._now())

    def pictures(self) -> Mapping[tuple[str, str], CameraPicture]:
        """Return what each camera last saw, by store and name; nothing where pictures are not to be shown."""
        seen = [(worker, worker.last_picture) for worker in self._workers()]
        return {(worker.store_id, worker.camera_id): _shown(last) for worker, last in seen if last is not None}

    def _checked(self, store_id: str, camera_id: str, address: str, start: datetime | None) -> KeptCamera:
        if "://" not in address and ("@" in address or address.lower().startswith(("rtsp", "//"))):
            raise InputError("the address looks like a camera's and lacks its beginning: write rtsp:// before it")
        try:
            checked = Camera.model_validate({"name": camera_id, "url": address, "start": start})
            is_film = not is_live(address)
        except ValidationError as error:
            first = error.errors()[0]
            said = first["msg"].removeprefix("Value error, ")
            raise InputError(f"the {'address' if first['loc'][0] == 'url' else first['loc'][0]} {said}") from None
        except ConfigError as error:
            raise InputError(str(error)) from error
        if (store_id, camera_id) in self._configured:
            raise InputError(f"camera {camera_id} of store {store_id} is one of the configuration: give another name")
        return KeptCamera(
            store_id=store_id,
            camera_id=camera_id,
            address=address,
            shown_as=checked.url.redacted,
            start=checked.start if is_film else None,
            kept_at=self._now(),
        )


def _shown(last: LastPicture) -> CameraPicture:
    return CameraPicture(
        captured_at=last.captured_at,
        faces=len(last.faces),
        usable_faces=sum(face.is_usable for face in last.faces),
        jpeg=partial(boxed_still, last),
    )
