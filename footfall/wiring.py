"""The composition root: the one place where settings become parts, and parts are joined."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from analytics.recorder import record_batch
from analytics.repository import VisitRepository
from analytics.settings import StoreSettings
from faces.engines import Engine
from faces.packs import Pack, default_pack_name, open_pack, pack_of_model
from faces.quality import assess
from footfall.config import Settings
from footfall.consumer import Consumer
from footfall.data_dir import DataDir
from footfall.event_logs import open_event_log
from footfall.publisher import Publisher
from ingest.gates import Gates
from ingest.pipeline import CameraPipeline
from ingest.sources import open_source
from ingest.stopwatch import Stopwatch
from ingest.worker import CameraWorker, Progress
from matcher.faiss_gallery import FaissGallery
from matcher.identifier import Identifier
from matcher.policy import Policy
from matcher.recognition import Recogniser
from matcher.state import known_models, restore
from schemas.codec import decode
from schemas.errors import InvalidRecord
from schemas.event_log import EventLog, Record
from schemas.messages import Coverage, Message, Sighting
from schemas.received import Handler, Received
from schemas.topics import COVERAGE, CROPS, SIGHTINGS

MATCHER_GROUP = "matcher"
ANALYTICS_GROUP = "analytics"
_RECORDED_AT_ONCE = 512

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the stages of one process share."""

    settings: Settings
    pack: Pack
    log: EventLog
    repository: VisitRepository

    def settings_of(self, store_id: str) -> StoreSettings:
        """Return the settings of a store."""
        return store_settings_of(self.settings, store_id)


def utc_now() -> datetime:
    """Return the clock's time, aware and in UTC."""
    return datetime.now(UTC)


def store_settings_of(settings: Settings, store_id: str) -> StoreSettings:
    """Return the settings of a store: those of the configuration, under the store's own id."""
    return settings.store.model_copy(update={"id": store_id}).store_settings()


@contextmanager
def open_site(settings: Settings) -> Iterator[Site]:
    """Open what ``settings`` name: data directory, log, database, model pack; close them in reverse order."""
    data_dir = DataDir(path=settings.data_dir)
    with ExitStack() as opened:
        opened.enter_context(data_dir.held())
        log = open_event_log(data_dir.log_url)
        opened.callback(log.close)
        pack = open_pack(settings.pack or pack_known_to(log) or default_pack_name(), engine=engine_of(settings))
        measured = pack.calibration.measured_on  # a pack without one is refused before any camera is opened
        _log.info("%s", about(pack))
        _log.info("thresholds follow from what was measured on %s", measured)
        repository = open_repository(settings)
        opened.callback(repository.close)
        yield Site(settings=settings, pack=pack, log=log, repository=repository)


def engine_of(settings: Settings) -> Engine:
    """Return the engine the settings name. Raises ModelError where it is not to be had on this machine."""
    inference = settings.inference
    return Engine(library=inference.engine, device=inference.device, precision=inference.precision)


def about(pack: Pack) -> str:
    """Return which pack runs, under which licence, what to expect of it and what improves it."""
    return f"model pack {pack.name} {pack.version}, licence {pack.licence}. {sentence(pack.accuracy)}".rstrip()


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning and a full stop at its end; nothing for nothing."""
    return f"{text[0].upper()}{text[1:].removesuffix('.')}." if text else ""


def pack_known_to(log: EventLog) -> str | None:
    """Return the pack by which the visitors of a log were learnt: with another, all would be counted anew."""
    learnt = known_models(log)
    return pack_of_model(min(learnt)) if learnt else None


def open_repository(settings: Settings) -> VisitRepository:
    """Open the visits of the data directory, for those who only read them too."""
    url = DataDir(path=settings.data_dir).database_url
    return VisitRepository(url, lambda store_id: store_settings_of(settings, store_id))


def new_matcher(site: Site, stopwatch: Stopwatch) -> Consumer:
    """Return the matcher where the log says it left off; its time is added to the stage "identify"."""
    embedder = site.pack.make_embedder()
    identifier = Identifier(
        embedder=embedder,
        align=site.pack.align,
        recogniser=Recogniser(
            calibration=site.pack.calibration,
            policy=Policy(
                false_merge_budget=site.settings.matcher.false_merge_budget,
                min_consistent_shots=site.settings.matcher.min_consistent_shots,
            ),
        ),
        detector_id=site.pack.detector_id,
        new_gallery=FaissGallery,
        now=utc_now,
    )
    restore(identifier, site.log, MATCHER_GROUP, embedder.model_id)
    return Consumer(log=site.log, topics=[CROPS], group=MATCHER_GROUP, handler=timed(identifier, stopwatch, "identify"))


def new_analytics(site: Site, stopwatch: Stopwatch) -> Consumer:
    """Return the consumer that turns sightings into visits; its time is added to the stage "record"."""
    if not site.repository.stores():
        _record_again(site)
    return Consumer(
        log=site.log,
        topics=[SIGHTINGS, COVERAGE],
        group=ANALYTICS_GROUP,
        handler=timed(record_batch(site.repository), stopwatch, "record"),
        max_records=_RECORDED_AT_ONCE,
    )


def _record_again(site: Site) -> None:
    """Fill a database that is new, or whose file was moved away, with what the log still holds."""
    for topic in (SIGHTINGS, COVERAGE):
        records = site.log.replay(topic)
        while some := list(islice(records, _RECORDED_AT_ONCE)):
            messages = [message for record in some if (message := _readable(record)) is not None]
            site.repository.record(
                [message for message in messages if isinstance(message, Sighting)],
                [message for message in messages if isinstance(message, Coverage)],
            )


def _readable(record: Record) -> Message | None:
    try:
        return None if record.value is None else decode(record.value)
    except InvalidRecord:
        return None  # the consumer has put it on the dead-letter topic, or will


def timed(handler: Handler, stopwatch: Stopwatch, stage: str) -> Handler:
    """Return a handler that does the same and adds its time to a stage."""

    def handle(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        with stopwatch.stage(stage):
            return handler(batch)

    return handle


def new_cameras(
    site: Site, stop: threading.Event, on_progress: Callable[[Progress], None] | None = None
) -> Sequence[CameraWorker]:
    """Return a worker for each camera of the settings, sharing one detector. Raises for a file that cannot be used."""
    ingest = site.settings.ingest
    cameras = site.settings.camera
    sources = [
        open_source(
            camera.url.reveal(), start=camera.start, frames_per_s=ingest.detections_per_s, stall_s=ingest.stall_s
        )
        for camera in cameras
    ]
    detector = site.pack.make_detector(min_face_px=ingest.min_face_px)
    publisher = Publisher(site.log)

    def publish(message: Message) -> None:
        publisher.publish(message)
        publisher.flush()  # a crop is worth a write of its own: a cashier waits for it

    return [
        CameraWorker(
            source,
            CameraPipeline(
                site.settings.store.id,
                camera.name,
                detector,
                clock=utc_now,
                assess=partial(assess, scheme=site.pack.landmark_scheme),
                gates=Gates(min_score=site.pack.min_score),
                best_shots=ingest.shots,
            ),
            publish,
            stop,
            on_progress=on_progress,
        )
        for camera, source in zip(cameras, sources, strict=True)
    ]
