"""``footfall ingest``: cameras to best shots."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from time import monotonic

from footfall.cameras import new_cameras, new_spool
from footfall.config import Settings
from footfall.consumer import default_pauses_s
from footfall.data_dir import SPOOL_FILE, held_folder
from footfall.event_logs import open_event_log
from footfall.health import Health, told
from footfall.metrics import CAMERA_UP, FRAMES, FRAMES_DROPPED, LOST, SPOOL_BYTES, TRACKS, USABLE_TRACKS, Meters
from footfall.publisher import Publisher
from footfall.spool import Spool
from footfall.watching import watch_cameras, watch_films
from footfall.wiring import log_url_of, open_pack_for
from ingest.frames import SourceState
from ingest.worker import CameraWorker, Progress
from schemas.errors import InputError, StorageError, TransientError
from schemas.event_log import EventLog
from schemas.messages import Message
from schemas.topics import COVERAGE, CROPS

_PROBED_EVERY_S = 10.0

_log = logging.getLogger(__name__)


def run_ingest(
    settings: Settings,
    stop: threading.Event,
    *,
    once: bool,
    on_progress: Callable[[Progress], None] | None = None,
) -> None:
    """Watch the cameras of one store until ``stop`` is set, or, with ``once``, films to their end.

    What live cameras give goes by way of a spool on disk, so that no camera waits for a log that is away, not even at
    the start. Films wait for it: they lose nothing. The end is in order: sources closed, the best shots of whoever is
    in view told, the spool handed over as far as that is quickly done. Raises ConfigError where the log refuses us,
    InputError where there is nothing to watch, and with ``once`` StorageError where the log is away at the start.
    """
    if not settings.camera:
        raise InputError("there is nothing to watch: name a camera with --camera NAME=URL or --camera NAME=FILE")
    meters = Meters()
    health = Health(meters)
    with ExitStack() as opened:
        log = _LogAtHand(settings)
        opened.callback(log.close)
        at_hand = log.require() if once else log.ask()
        pack = open_pack_for(settings, at_hand)
        opened.enter_context(told(health, meters, settings.health.host, settings.health.port))
        counted = _CameraCounts(meters)
        if once:

            def tell(progress: Progress) -> None:
                counted(progress)
                health.turned()
                if on_progress is not None:
                    on_progress(progress)

            workers = new_cameras(settings, pack, patiently(log.require(), stop), stop, tell)
            watch_films(settings, workers, stop)
            return
        folder = settings.ingest.spool_dir or settings.data_dir / "ingest"
        opened.enter_context(held_folder(folder, what="spool directory", option="--spool-dir"))
        spool = opened.enter_context(closing(new_spool(settings, folder / SPOOL_FILE)))
        workers = new_cameras(settings, pack, spool.publish, stop, counted)
        watch_cameras(workers, stop, _LookingAfter(workers, spool, log, health, meters))


def patiently(log: EventLog, stop: threading.Event) -> Callable[[Message], None]:
    """Return what puts a message on the log and waits for as long as that is away, but not beyond ``stop``."""
    publisher = Publisher(log)

    def repeat(step: Callable[[], None]) -> None:
        for pause_s in default_pauses_s():
            try:
                step()
            except TransientError as error:
                if stop.is_set():
                    raise
                _log.warning("the film waits; trying again in %.1f s: %s", pause_s, error)
                stop.wait(pause_s)
            else:
                return

    def publish(message: Message) -> None:
        repeat(lambda: publisher.publish(message))
        repeat(publisher.flush)

    return publish


class _LogAtHand:
    """The event log, opened when it can be."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._log: EventLog | None = None

    def require(self) -> EventLog:
        """Return it; raises as ``open_event_log`` does."""
        if self._log is None:
            self._log = open_event_log(log_url_of(self._settings))
        return self._log

    def ask(self) -> EventLog | None:
        """Return it if it is there."""
        try:
            log = self.require()
            log.require([CROPS, COVERAGE])
        except TransientError as error:
            _log.warning("the event log is away; what is seen waits on the disk: %s", error)
            return None
        return log

    def close(self) -> None:
        """Let go of it."""
        if self._log is not None:
            with suppress(StorageError):
                self._log.close()


class _CameraCounts:
    """Enters how far each camera has come; called by its thread."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._seen: Counter[tuple[str, str]] = Counter()

    def __call__(self, progress: Progress) -> None:
        camera, source, counts = progress.camera_id, progress.source, progress.counts
        for metric, count in (
            (FRAMES, counts.frames),
            (FRAMES_DROPPED, source.dropped),
            (TRACKS, counts.tracks),
            (USABLE_TRACKS, counts.usable_tracks),
        ):
            key = (camera, metric.name)
            self._meters.add(metric, count - self._seen[key], camera=camera)
            self._seen[key] = count


class _LookingAfter:
    """Looks, every second, how cameras, spool and log are."""

    def __init__(
        self, workers: Sequence[CameraWorker], spool: Spool, log: _LogAtHand, health: Health, meters: Meters
    ) -> None:
        self._workers = workers
        self._spool = spool
        self._log = log
        self._health = health
        self._meters = meters
        self._lost: Counter[str] = Counter()
        self._probed_s = float("-inf")
        self._away = False

    def __call__(self) -> None:
        for worker in self._workers:
            watching = worker.source.status().state is SourceState.WATCHING
            self._meters.set(CAMERA_UP, watching, camera=worker.camera_id)
        self._meters.set(SPOOL_BYTES, self._spool.backlog_bytes)
        lost = Counter({loss.value: count for loss, count in self._spool.lost().items()})
        for reason, count in (lost - self._lost).items():
            self._meters.add(LOST, count, reason=reason)
        self._lost = lost
        if monotonic() - self._probed_s > _PROBED_EVERY_S:
            self._away = self._log.ask() is None
            self._probed_s = monotonic()
        self._health.turned("the event log is away; what is seen waits on the disk" if self._away else "")
