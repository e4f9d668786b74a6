"""Running the whole pipeline in one process: films to their end, or cameras until told to stop."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from footfall.camera_crew import CameraCrew
from footfall.matching import matching
from footfall.metrics import Meters
from footfall.nightly import reconciled_nightly
from footfall.recording import new_analytics
from footfall.site import Site
from footfall.stages import Stages
from footfall.upkeep import maintained, tidy
from footfall.watching import watch_cameras, watch_films
from ingest.stopwatch import Stopwatch
from ingest.worker import CameraWorker
from matcher.state import MatcherState


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


def run_cameras(
    site: Site,
    workers: Sequence[CameraWorker],
    crew: CameraCrew,
    stop: threading.Event,
    on_state: Callable[[MatcherState], None],
) -> None:
    """Watch every camera and see its visitors recorded, until ``stop`` is set or all cameras have failed.

    ``crew`` watches those that are added meanwhile. ``on_state`` is given what the matcher knows, once it has read it.
    """
    with (
        _stages(site, stop, Stopwatch(), on_state),
        maintained(site.log, stop),
        reconciled_nightly(site.settings, site.repository, stop, Meters()),
        crew,
    ):
        watch_cameras(workers, stop, others_at_work=lambda: crew.at_work)


@contextmanager
def _stages(
    site: Site,
    stop: threading.Event,
    stopwatch: Stopwatch,
    on_state: Callable[[MatcherState], None] = lambda _: None,
) -> Iterator[None]:
    with matching(site, stopwatch, on_state) as matcher:
        analytics = new_analytics(
            site.log, site.repository, stopwatch, arrivals=site.settings.arrivals.rules(), tags_of=site.tags_of
        )
        consumers = [("matcher", matcher), ("analytics", analytics)]
        with Stages(consumers, stop):
            yield
