"""Running the whole pipeline in one process: films to their end, or cameras until told to stop."""

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from footfall.stages import Stages
from footfall.wiring import Site, matching, new_analytics, utc_now
from ingest.replay import replay
from ingest.sources import is_live
from ingest.stopwatch import Stopwatch
from ingest.worker import CameraWorker
from schemas.errors import ConfigError, StorageError
from schemas.event_log import EventLog

_MAINTAIN_EVERY_S = 60.0

_log = logging.getLogger(__name__)


def run_films(site: Site, workers: Sequence[CameraWorker], stop: threading.Event) -> dict[str, float]:
    """Take every film to its end and see its visitors recorded; return the seconds each stage took.

    The same films give the same visits, always: the cameras take turns in this thread by capture time, so that which
    track is decided first does not depend on how fast each is read. Raises ConfigError for a camera that has no end.
    """
    for camera in site.settings.camera:
        if is_live(camera.url.reveal()):
            raise ConfigError(f"camera {camera.name} is live and has no end: leave out --once, or give a video file")
    stopwatch = Stopwatch()
    with _stages(site, stop, stopwatch):
        replay(workers, stop)
    _tidy(site.log)
    seconds: Counter[str] = Counter()
    for worker in workers:
        seconds.update(worker.progress().seconds)
    return {**seconds, **stopwatch.seconds()}


def run_cameras(site: Site, workers: Sequence[CameraWorker], stop: threading.Event) -> None:
    """Watch every camera, each in a thread of its own, until ``stop`` is set.

    A camera that ends or fails leaves the others at work. When all have failed, there is nothing left to do: the first
    failure is raised.
    """
    failures: list[Exception] = []

    def ended(_camera_id: str, error: Exception | None) -> None:
        if error is not None:
            failures.append(error)
        if len(failures) == len(workers):
            stop.set()

    with _stages(site, stop, Stopwatch()):
        threads = [worker.start(ended) for worker in workers]
        with _maintained(site.log, stop):
            stop.wait()
        for thread in threads:
            thread.join()
    if failures and len(failures) == len(workers):
        raise failures[0]


@contextmanager
def _stages(site: Site, stop: threading.Event, stopwatch: Stopwatch) -> Iterator[None]:
    with matching(site, stopwatch) as matcher:
        consumers = [("matcher", matcher), ("analytics", new_analytics(site, stopwatch))]
        with Stages(consumers, stop):
            yield


@contextmanager
def _maintained(log: EventLog, stop: threading.Event) -> Iterator[None]:
    """Let the log drop what is past its retention, once a minute."""

    def maintain() -> None:
        while not stop.wait(_MAINTAIN_EVERY_S):
            _tidy(log)

    thread = threading.Thread(target=maintain, name="maintenance")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _tidy(log: EventLog) -> None:
    try:
        log.maintain(utc_now())
    except StorageError as error:
        _log.warning("the log was not tidied this time: %s", error)
