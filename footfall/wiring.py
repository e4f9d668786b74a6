"""The composition root: the one place where settings become parts, and parts are joined."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

from analytics.recorder import record_batch
from analytics.repository import VisitRepository
from analytics.settings import StoreSettings
from faces.engines import Engine
from faces.packs import Pack, default_pack_name, open_pack, pack_of_model
from faces.ports import Embedder
from faces.quality import assess
from footfall.config import Settings
from footfall.consumer import Consumer, Turn
from footfall.data_dir import DataDir
from footfall.databases import open_repository
from footfall.event_logs import open_event_log
from footfall.fail_points import fail_point
from footfall.publisher import Publisher
from footfall.snapshot_file import SNAPSHOT_FILE, open_state
from footfall.snapshot_keeper import SnapshotKeeper
from footfall.spool import Spool
from ingest.gates import Gates
from ingest.pipeline import CameraPipeline
from ingest.sources import open_source
from ingest.stopwatch import Stopwatch
from ingest.worker import CameraWorker, Progress
from matcher.faiss_gallery import FaissGallery
from matcher.identifier import Identifier
from matcher.policy import Policy
from matcher.recognition import Recogniser
from matcher.state import MatcherState, model_known_to
from schemas.codec import decode
from schemas.errors import InvalidRecord
from schemas.event_log import EventLog, Record
from schemas.messages import Coverage, FaceCrop, Message, Sighting
from schemas.received import Handler, Received
from schemas.topics import COVERAGE, CROPS, SIGHTINGS

MATCHER_GROUP = "matcher"
ANALYTICS_GROUP = "analytics"
RECORDED_AT_ONCE = 512

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


def log_url_of(settings: Settings) -> str:
    """Return where the events go: where ``events.url`` says, or into the data directory."""
    url = settings.events.url
    return DataDir(path=settings.data_dir).log_url if url is None else url.get_secret_value()


@contextmanager
def open_site(settings: Settings) -> Iterator[Site]:
    """Open what ``settings`` name: data directory, log, database, model pack; close them in reverse order."""
    data_dir = DataDir(path=settings.data_dir)
    with ExitStack() as opened:
        opened.enter_context(data_dir.held())
        if settings.database is None:
            data_dir.prepare_database()
        log = open_event_log(log_url_of(settings))
        opened.callback(log.close)
        pack = open_pack_for(settings, log)
        repository = open_repository(settings)
        opened.callback(repository.close)
        yield Site(settings=settings, pack=pack, log=log, repository=repository)


def engine_of(settings: Settings) -> Engine:
    """Return the engine the settings name. Raises ModelError where it is not to be had on this machine."""
    return Engine(library=settings.inference.engine, device=settings.inference.device)


def about(pack: Pack) -> str:
    """Return which pack runs, under which licence, what to expect of it and what improves it."""
    return f"model pack {pack.name} {pack.version}, licence {pack.licence}. {sentence(pack.accuracy)}".rstrip()


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning and a full stop at its end; nothing for nothing."""
    return f"{text[0].upper()}{text[1:].removesuffix('.')}." if text else ""


def open_pack_for(settings: Settings, log: EventLog | None) -> Pack:
    """Open the pack that is set, else that by which the visitors of a log were learnt, else the default one.

    With another than that of the log, all visitors would be counted anew. Raises ModelError for one that cannot be used
    or has no calibration.
    """
    known = pack_known_to(log) if log is not None and settings.pack is None else None
    pack = open_pack(settings.pack or known or default_pack_name(), engine=engine_of(settings))
    measured = pack.calibration.measured_on  # a pack without one is refused before any camera is opened
    _log.info("%s", about(pack))
    _log.info("thresholds follow from what was measured on %s", measured)
    return pack


def pack_known_to(log: EventLog) -> str | None:
    """Return the pack by which the visitors of a log were learnt."""
    learnt = model_known_to(log)
    return pack_of_model(learnt) if learnt else None


@contextmanager
def matching(site: Site, stopwatch: Stopwatch) -> Iterator[Consumer]:
    """Give the matcher where the log says it left off, its snapshots kept in the data directory meanwhile.

    Its time is added to the stage "identify".
    """
    embedder = site.pack.make_embedder()
    file = site.settings.data_dir / SNAPSHOT_FILE
    state = new_state(site.log, embedder, file)
    state.follow()
    with SnapshotKeeper(state, file, now=utc_now):
        yield new_matcher(
            site.settings,
            site.pack,
            site.log,
            embedder,
            state,
            around=lambda handler: timed(handler, stopwatch, "identify"),
        )


def new_state(log: EventLog, embedder: Embedder, file: Path) -> MatcherState:
    """Return what a matcher knows from its snapshot in ``file``, or nothing yet where there is none."""
    return open_state(
        file,
        log,
        group=MATCHER_GROUP,
        model_id=embedder.model_id,
        dim=embedder.dim,
        new_gallery=FaissGallery,
        now=utc_now(),
    )


def new_matcher(
    settings: Settings,
    pack: Pack,
    log: EventLog,
    embedder: Embedder,
    state: MatcherState,
    *,
    around: Callable[[Handler], Handler],
    on_turn: Callable[[Turn], None] | None = None,
) -> Consumer:
    """Return a member of the matchers' group; ``around`` is put around its handler."""
    identifier = Identifier(
        embedder=embedder,
        align=pack.align,
        recogniser=Recogniser(
            calibration=pack.calibration,
            policy=Policy(
                false_merge_budget=settings.matcher.false_merge_budget,
                min_consistent_shots=settings.matcher.min_consistent_shots,
            ),
        ),
        detector_id=pack.detector_id,
        state_of=state.of,
        now=utc_now,
    )
    return Consumer(
        log=log,
        topics=[CROPS],
        group=MATCHER_GROUP,
        handler=around(identifier),
        on_turn=on_turn,
        on_assigned=state.assign,
        on_revoked=state.revoke,
    )


def new_analytics(
    log: EventLog,
    repository: VisitRepository,
    stopwatch: Stopwatch,
    *,
    around: Callable[[Handler], Handler] = lambda handler: handler,
    on_turn: Callable[[Turn], None] | None = None,
) -> Consumer:
    """Return the consumer that turns sightings into visits; its time is added to the stage "record"."""
    if not repository.stores():
        _record_again(log, repository)
    return Consumer(
        log=log,
        topics=[SIGHTINGS, COVERAGE],
        group=ANALYTICS_GROUP,
        handler=around(timed(recorded(repository), stopwatch, "record")),
        on_turn=on_turn,
        max_records=RECORDED_AT_ONCE,
    )


def recorded(repository: VisitRepository) -> Handler:
    """Return the handler that records, and dies behind it where a test asks for that."""
    record = record_batch(repository)

    def handle(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        stages = record(batch)
        fail_point("after-database-commit")
        return stages

    return handle


def _record_again(log: EventLog, repository: VisitRepository) -> None:
    """Fill a database that is new, or whose file was moved away, with what the log still holds."""
    for topic in (SIGHTINGS, COVERAGE):
        records = log.replay(topic)
        while some := list(islice(records, RECORDED_AT_ONCE)):
            messages = [message for record in some if (message := _readable(record)) is not None]
            repository.record(
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


@contextmanager
def spooled(settings: Settings) -> Iterator[Callable[[FaceCrop | Coverage], None] | None]:
    """Give what live cameras publish to: a spool before a log that may be away, and nothing before one on this disk."""
    if settings.events.url is None:
        yield None
        return
    with closing(new_spool(settings, DataDir(path=settings.data_dir).spool)) as spool:
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
    cameras = settings.camera
    sources = [
        open_source(
            camera.url.reveal(), start=camera.start, frames_per_s=ingest.detections_per_s, stall_s=ingest.stall_s
        )
        for camera in cameras
    ]
    detector = pack.make_detector(min_face_px=ingest.min_face_px)
    return [
        CameraWorker(
            source,
            CameraPipeline(
                settings.store.id,
                camera.name,
                detector,
                clock=utc_now,
                assess=partial(assess, scheme=pack.landmark_scheme),
                gates=Gates(min_score=pack.min_score),
                best_shots=ingest.shots,
            ),
            publish,
            stop,
            on_progress=on_progress,
        )
        for camera, source in zip(cameras, sources, strict=True)
    ]


def publishing(log: EventLog) -> Callable[[Message], None]:
    """Return what puts a message straight on the log, and raises when that is away."""
    publisher = Publisher(log)

    def publish(message: Message) -> None:
        publisher.publish(message)
        publisher.flush()  # a crop is worth a write of its own: a cashier waits for it

    return publish
