"""Running the whole pipeline in one process: films to their end, or cameras until told to stop."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from footfall.matching import matching
from footfall.recording import new_analytics
from footfall.stages import Stages
from footfall.upkeep import maintained, tidy
from footfall.watching import watch_cameras, watch_films
from footfall.wiring import Site
from ingest.stopwatch import Stopwatch
from ingest.worker import CameraWorker


def run_films(site: Site, workers: Sequence[CameraWorker], stop: threading.Event) -> dict[str, float]:
    """Take every film to its end and see its visitors recorded; return the seconds each stage took."""
    stopwatch = Stopwatch()
    with _stages(site, stop, stopwatch):
        watch_films(site.settings, workers, stop)
    tidy(site.log)
    seconds: Counter[str] = Counter()
    for worker in workers:
        seconds.update(worker.progress().seconds)
    return {**seconds, **stopwatch.seconds()}


def run_cameras(site: Site, workers: Sequence[CameraWorker], stop: threading.Event) -> None:
    """Watch every camera and see its visitors recorded, until ``stop`` is set or all cameras have failed."""
    with _stages(site, stop, Stopwatch()), maintained(site.log, stop):
        watch_cameras(workers, stop)


@contextmanager
def _stages(site: Site, stop: threading.Event, stopwatch: Stopwatch) -> Iterator[None]:
    with matching(site, stopwatch) as matcher:
        analytics = new_analytics(
            site.log, site.repository, stopwatch, arrivals=site.settings.arrivals.rules(), tags_of=site.tags_of
        )
        consumers = [("matcher", matcher), ("analytics", analytics)]
        with Stages(consumers, stop):
            yield
