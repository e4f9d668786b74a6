"""The cameras, put together, and where what they see goes."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from faces.liveness import open_liveness
from faces.packs import Pack, known_pack
from faces.ports import FaceDetector
from faces.quality import assess
from footfall.config import Settings
from footfall.data_dir import SPOOL_FILE, DataDir
from footfall.event_logs import open_event_log
from footfall.publisher import Publisher
from footfall.spool import Spool
from footfall.wiring import engine_of, log_url_of, utc_now
from ingest.frames import FrameSource
from ingest.gates import Gates
from ingest.pipeline import CameraPipeline
from ingest.sources import open_source
from ingest.worker import CameraWorker, Progress
from schemas.event_log import EventLog
from schemas.messages import Coverage, FaceCrop, Message


@contextmanager
def spooled(settings: Settings) -> Iterator[Callable[[FaceCrop | Coverage], None] | None]:
    """Give what live cameras publish to: a spool before a log that may be away, and nothing before one on this disk."""
    if settings.events.url is None:
        yield None
        return
    folder = settings.ingest.spool_dir
    file = folder / SPOOL_FILE if folder else DataDir(path=settings.data_dir).spool
    with closing(new_spool(settings, file)) as spool:
        yield spool.publish


def new_spool(settings: Settings, file: Path) -> Spool:
    """Return a spool in ``file`` before the event log."""
    return Spool(file, lambda: open_event_log(log_url_of(settings)), limit_bytes=settings.ingest.spool_mb * 1_000_000)


def new_cameras(
    settings: Settings,
    pack: Pack,
    publish: Callable[[FaceCrop | Coverage], None],
    stop: threading.Event,
    on_progress: Callable[[Progress], None] | None = None,
) -> Sequence[CameraWorker]:
    """Return a worker for each camera of the settings, sharing one detector. Raises for a file that cannot be used."""
    ingest = settings.ingest
    sources = _open_sources(settings)
    detector = pack.make_detector(min_face_px=ingest.min_face_px)
    return [
        new_camera(
            settings, pack, detector, settings.store.id, camera.name, source, publish, stop, on_progress=on_progress
        )
        for camera, source in zip(settings.camera, sources, strict=True)
    ]


def new_camera(
    settings: Settings,
    pack: Pack,
    detector: FaceDetector,
    store_id: str,
    camera_id: str,
    source: FrameSource,
    publish: Callable[[FaceCrop | Coverage], None],
    stop: threading.Event,
    *,
    on_progress: Callable[[Progress], None] | None = None,
) -> CameraWorker:
    """Return a worker for one camera; ``detector`` may be shared by several."""
    return CameraWorker(
        source,
        CameraPipeline(
            store_id,
            camera_id,
            detector,
            clock=utc_now,
            assess=partial(assess, scheme=pack.landmark_scheme),
            gates=Gates(min_score=pack.min_score),
            best_shots=settings.ingest.shots,
            liveness=open_liveness(engine_of(settings)) if settings.ingest.liveness else None,
        ),
        publish,
        stop,
        on_progress=on_progress,
    )


def require_usable(settings: Settings) -> None:
    """Raise ModelError for a pack that is not known, InputError for a file that cannot be used as a camera.

    To be asked before anything is made for them.
    """
    if settings.pack is not None:
        known_pack(settings.pack)
    for source in _open_sources(settings):
        source.close()


def _open_sources(settings: Settings) -> list[FrameSource]:
    rate, stall_s = settings.ingest.detections_per_s, settings.ingest.stall_s
    return [
        open_source(camera.url.reveal(), start=camera.start, frames_per_s=rate, stall_s=stall_s)
        for camera in settings.camera
    ]


def publishing(log: EventLog) -> Callable[[Message], None]:
    """Return what puts a message straight on the log, and raises when that is away."""
    publisher = Publisher(log)

    def publish(message: Message) -> None:
        publisher.publish(message)
        publisher.flush()  # a crop is worth a write of its own: a cashier waits for it

    return publish
