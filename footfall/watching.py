"""Watching: films to their end, or cameras until told to stop."""

import threading
from collections.abc import Callable, Sequence

from footfall.config import Settings
from ingest.replay import replay
from ingest.sources import is_live
from ingest.worker import CameraWorker
from schemas.errors import ConfigError, InputError

_LOOKED_AFTER_EVERY_S = 1.0


def watch_films(settings: Settings, workers: Sequence[CameraWorker], stop: threading.Event) -> None:
    """Take every film to its end.

    The same films give the same crops, always: the cameras take turns in this thread by capture time, so that which
    track is decided first does not depend on how fast each is read. Raises as ``require_films`` does.
    """
    require_films(settings)
    replay(workers, stop)


def require_films(settings: Settings) -> None:
    """Raise ConfigError for a camera that has no end, InputError where there is none at all."""
    if not settings.camera:
        raise InputError("there is nothing to watch: name a video file with --camera NAME=FILE")
    for camera in settings.camera:
        if is_live(camera.url.reveal()):
            raise ConfigError(f"camera {camera.name} is live and has no end: leave out --once, or give a video file")


def watch_cameras(
    workers: Sequence[CameraWorker],
    stop: threading.Event,
    look_after: Callable[[], None] = lambda: None,
    others_at_work: Callable[[], bool] = lambda: False,
) -> None:
    """Watch every camera, each in a thread of its own, until ``stop`` is set; ``look_after`` is called every second.

    A camera that ends or fails leaves the others at work. When all have failed, and there are no ``others_at_work``,
    there is nothing left to do: the first failure is raised.
    """
    failures: list[Exception] = []

    def ended(_camera_id: str, error: Exception | None) -> None:
        if error is not None:
            failures.append(error)
        if len(failures) == len(workers) and not others_at_work():
            stop.set()

    threads = [worker.start(ended) for worker in workers]
    while not stop.wait(_LOOKED_AFTER_EVERY_S):
        look_after()
    for thread in threads:
        thread.join()
    if failures and len(failures) == len(workers) and not others_at_work():
        raise failures[0]
