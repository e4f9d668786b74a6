"""One camera at work: from its source, through its pipeline, to the log."""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from ingest.addresses import redact
from ingest.frames import Frame, FrameSource, Gap, SourceStatus
from ingest.last_picture import LastPicture
from ingest.pipeline import CameraPipeline, PipelineCounts
from schemas.errors import FootfallError
from schemas.messages import FILM_ENDED, Coverage, FaceCrop

log = logging.getLogger(__name__)

_WATCH_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a camera has come. ``seconds`` is the time each stage took: decode, motion, detect, track, quality."""

    camera_id: str
    source: SourceStatus
    counts: PipelineCounts
    seconds: Mapping[str, float]


class CameraWorker:
    """Carries what a camera gives through its pipeline to ``publish``, until the source ends or ``stop`` is set.

    At the end, however it comes, the source is closed, and the best shots of the tracks still alive are published: of a
    recording only if it came to its own end. ``publish`` takes one message; what it raises ends the worker.
    ``on_progress`` is called after each frame.
    """

    def __init__(
        self,
        source: FrameSource,
        pipeline: CameraPipeline,
        publish: Callable[[FaceCrop | Coverage], None],
        stop: threading.Event,
        *,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.source = source
        self._pipeline = pipeline
        self._publish = publish
        self._stop = stop
        self._on_progress = on_progress

    @property
    def camera_id(self) -> str:
        """The camera's name."""
        return self._pipeline.camera_id

    @property
    def store_id(self) -> str:
        """The store the camera belongs to."""
        return self._pipeline.store_id

    @property
    def last_picture(self) -> LastPicture | None:
        """What the camera last saw; None before its first frame. To be asked for from any thread."""
        return self._pipeline.last_picture

    def run(self) -> None:
        """Work in this thread. Raises what the source, the pipeline or ``publish`` raised, after leaving the source."""
        over = threading.Event()
        # A live source blocks while its camera is away: only closing it wakes it up.
        watcher = threading.Thread(target=self._close_on_stop, args=(over,), name=f"stop {self.camera_id}", daemon=True)
        watcher.start()
        with ExitStack() as ending:
            ending.callback(over.set)
            ending.callback(self.leave)
            for item in self.source:
                self.take(item)
            if not self._stop.is_set():
                self.finish()

    def start(self, on_end: Callable[[str, Exception | None], None]) -> threading.Thread:
        """Work in a thread of its own; ``on_end`` is told the camera, and what ended it if it should not have ended."""
        thread = threading.Thread(target=self._run_and_tell, args=(on_end,), name=f"camera {self.camera_id}")
        thread.start()
        return thread

    def take(self, item: Frame | Gap) -> None:
        """Handle one item of the source and publish what comes of it."""
        messages = self._pipeline.gap(item) if isinstance(item, Gap) else self._pipeline.process(item)
        for message in messages:
            self._publish(message)
        self._tell_progress()

    def finish(self) -> None:
        """Close the source and publish what the pipeline still holds."""
        is_film = self.source.status().fraction_done is not None
        self.source.close()
        for message in self._pipeline.flush(FILM_ENDED if is_film else ""):
            self._publish(message)
        self._tell_progress()

    def leave(self) -> None:
        """Close the source before its end. A camera is finished with; a recording's last tracks are not told of.

        They are cut short. The next run over the same recording gives them whole, under the same ids: told of now, they
        would already be decided by then, on less than there is to see.
        """
        if self.source.status().fraction_done is None:
            self.finish()
        else:
            self.source.close()

    def progress(self) -> Progress:
        """Return how far the camera has come."""
        status = self.source.status()
        return Progress(
            camera_id=self.camera_id,
            source=status,
            counts=self._pipeline.counts(),
            seconds={"decode": status.decode_s, **self._pipeline.seconds()},
        )

    def _run_and_tell(self, on_end: Callable[[str, Exception | None], None]) -> None:
        try:
            self.run()
        except FootfallError as error:
            log.error("camera %s has stopped: %s", self.camera_id, redact(str(error)))
            on_end(self.camera_id, error)
        except Exception as error:
            log.exception("camera %s has stopped on a fault of the program", self.camera_id)
            on_end(self.camera_id, error)
        else:
            on_end(self.camera_id, None)

    def _close_on_stop(self, over: threading.Event) -> None:
        while not over.is_set():
            if self._stop.wait(_WATCH_S):
                self.source.close()
                return

    def _tell_progress(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self.progress())
