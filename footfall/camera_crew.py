"""Watching the cameras that are added and taken away while the program runs."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Self

from analytics.camera_work import CameraNow
from analytics.records.camera_leases import CameraKey
from analytics.records.kept_cameras import KeptCamera
from analytics.records.repository import VisitRepository
from faces.errors import FacesError
from faces.packs import Pack
from faces.ports import FaceDetector
from footfall.cameras import new_camera
from footfall.config import Settings
from footfall.wiring import utc_now
from ingest.addresses import redact
from ingest.frames import SourceState
from ingest.sources import open_source
from ingest.worker import CameraWorker
from schemas.errors import FootfallError, StorageError
from schemas.messages import Coverage, FaceCrop

_LOOKS_EVERY_S = 1.0
_LEASE = timedelta(seconds=20)
_RENEWED_EVERY_S = 5.0
_FAILED_AGAIN_S = 60.0
"""A camera that failed is tried again after so long: many lock an account after a few wrong passwords."""

_ELSEWHERE = CameraNow(is_watching=False, problem="", fraction_done=None, is_elsewhere=True)

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class _Watch:
    """A kept camera at work, or why it is not. ``failed_s`` is when it failed, by the monotonic clock."""

    camera: KeptCamera
    stop: threading.Event = field(default_factory=threading.Event)
    worker: CameraWorker | None = None
    thread: threading.Thread | None = None
    problem: str = ""
    failed_s: float | None = None


class CameraCrew:
    """Watches the cameras that are kept with the visits, while its context lasts.

    Every second it looks which there are: it begins with what was added, and leaves what was taken away or given
    another address. Of several programs over one database each camera is watched by one, the ``holder`` of its lease.
    Where that one dies, or fails at the camera, another begins within half a minute; one that is cut off from the
    database watches on, so that nothing is missed, until it hears that another has taken over. A camera that fails
    leaves the others at work, and is tried again after a minute. Leaving the context leaves every camera; what they saw
    is published by then.
    """

    def __init__(
        self,
        settings: Settings,
        pack: Pack,
        repository: VisitRepository,
        publish: Callable[[FaceCrop | Coverage], None],
        *,
        holder: str,
    ) -> None:
        """``holder`` tells this program from others, and is the same after a restart."""
        self._settings = settings
        self._pack = pack
        self._repository = repository
        self._publish = publish
        self._holder = holder
        self._asked: set[CameraKey] = set()
        self._held: set[CameraKey] = set()
        self._elsewhere: set[CameraKey] = set()
        self._renewed_s = float("-inf")
        self._detector: FaceDetector | None = None
        self._watches: dict[CameraKey, _Watch] = {}
        self._leaving: list[_Watch] = []
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._looking = threading.Thread(target=self._look_again, name="cameras")

    @property
    def at_work(self) -> bool:
        """Whether any camera is watched that was added, here or by another program."""
        with self._lock:
            return bool(self._watches) or bool(self._elsewhere)

    def fare(self) -> Mapping[CameraKey, CameraNow]:
        """Return how each kept camera fares, by store and name."""
        with self._lock:
            ours = {key: _now(watch) for key, watch in self._watches.items()}
            return ours | dict.fromkeys(self._elsewhere, _ELSEWHERE)

    def workers(self) -> Sequence[CameraWorker]:
        """Return those that watch the kept cameras."""
        with self._lock:
            return [watch.worker for watch in self._watches.values() if watch.worker is not None]

    def look(self) -> None:
        """Begin with what was added since the last look, leave what was taken away. Raises StorageError."""
        configured = {(self._settings.store.id, camera.name) for camera in self._settings.camera}
        kept = {(one.store_id, one.camera_id): one for one in self._repository.cameras.all()}
        for key in configured & kept.keys():
            del kept[key]  # the configuration has named one so since: it is that one
        if kept or self._asked:
            self._hold({key for key, camera in kept.items() if camera.through_at is None and not self._is_failing(key)})
        with self._lock:
            for key, watch in list(self._watches.items()):
                if _is_over(watch, kept.get(key)) or (key in self._elsewhere and watch.failed_s is None):
                    self._leave(key)
            self._leaving = [watch for watch in self._leaving if watch.thread is not None and watch.thread.is_alive()]
            busy = {(watch.camera.store_id, watch.camera.camera_id) for watch in self._leaving}
            for key, camera in kept.items():
                if key in self._held and key not in self._watches and key not in busy:
                    self._watches[key] = self._begin(camera)

    def __enter__(self) -> Self:
        self._looking.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end.set()
        self._looking.join()
        with self._lock:
            for key in list(self._watches):
                self._leave(key)
        for watch in self._leaving:
            if watch.thread is not None:
                watch.thread.join()
        with suppress(StorageError):  # else others wait until the lease is over
            self._repository.camera_leases.release(self._holder)

    def _look_again(self) -> None:
        while True:
            try:
                self.look()
            except StorageError as error:
                _log.warning("which cameras were added cannot be read: %s", error)
            except Exception:  # noqa: BLE001 - cameras are watched also where following them has a bug
                _log.exception("which cameras were added cannot be followed")
            if self._end.wait(_LOOKS_EVERY_S):
                return

    def _is_failing(self, key: CameraKey) -> bool:
        """Tell whether a camera cannot be watched from here for now: another program may be nearer to it."""
        watch = self._watches.get(key)
        return watch is not None and watch.failed_s is not None and not _is_to_be_tried_again(watch)

    def _hold(self, cameras: set[CameraKey]) -> None:
        began_s = monotonic()
        if cameras != self._asked or began_s - self._renewed_s >= _RENEWED_EVERY_S:
            held, elsewhere = self._repository.camera_leases.claim(cameras, holder=self._holder, lasts=_LEASE)
            self._renewed_s = began_s
            with self._lock:
                self._asked, self._held, self._elsewhere = cameras, held, elsewhere

    def _begin(self, camera: KeptCamera) -> _Watch:
        watch = _Watch(camera=camera)
        ingest = self._settings.ingest
        try:
            source = open_source(
                camera.address, start=camera.start, frames_per_s=ingest.detections_per_s, stall_s=ingest.stall_s
            )
            if self._detector is None:
                self._detector = self._pack.make_detector(min_face_px=ingest.min_face_px)
            watch.worker = new_camera(
                self._settings, self._pack, self._detector, camera.store_id, camera.camera_id, source, self._publish,
                watch.stop,
            )  # fmt: skip
        except (FootfallError, FacesError) as error:  # of one camera, or of networks that are not in place
            self._failed(watch, error)
            return watch
        _log.info("store %s: camera %s is watched: %s", camera.store_id, camera.camera_id, camera.shown_as)
        watch.thread = watch.worker.start(partial(self._ended, watch))
        return watch

    def _leave(self, key: CameraKey) -> None:
        watch = self._watches.pop(key)
        watch.stop.set()
        self._leaving.append(watch)

    def _ended(self, watch: _Watch, _camera_id: str, error: Exception | None) -> None:
        if error is not None:
            self._failed(watch, error)
        elif not watch.stop.is_set():
            try:
                self._repository.cameras.read_through(watch.camera, at=utc_now())
            except StorageError as failure:  # it is read once more at the next start, and gives the same visits
                _log.warning("camera %s was read to its end, and that cannot be kept: %s", _camera_id, failure)

    def _failed(self, watch: _Watch, error: Exception) -> None:
        watch.problem = redact(str(error)) or type(error).__name__
        watch.failed_s = monotonic()


def _is_over(watch: _Watch, kept: KeptCamera | None) -> bool:
    """Tell whether a camera was taken away or given another address, or has failed and is to be begun with anew."""
    if kept is None or kept.kept_at != watch.camera.kept_at:
        return True
    return _is_to_be_tried_again(watch)


def _is_to_be_tried_again(watch: _Watch) -> bool:
    return watch.failed_s is not None and monotonic() - watch.failed_s > _FAILED_AGAIN_S


def _now(watch: _Watch) -> CameraNow:
    if watch.worker is None or watch.failed_s is not None:
        return CameraNow(is_watching=False, problem=watch.problem, fraction_done=None)
    status = watch.worker.source.status()
    return CameraNow(
        is_watching=status.state is SourceState.WATCHING, problem=status.problem, fraction_done=status.fraction_done
    )
