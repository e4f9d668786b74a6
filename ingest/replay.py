"""Several recordings as one day: their frames in the order in which they were taken."""

import heapq
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import TypeAlias

from ingest.frames import Frame, Gap
from ingest.worker import CameraWorker

_Item: TypeAlias = tuple[datetime, int, CameraWorker, Frame | Gap]


def replay(workers: Sequence[CameraWorker], stop: threading.Event) -> None:
    """Carry several files through their pipelines in one thread, by capture time, until they end or ``stop`` is set.

    The same files give the same messages in the same order; of two frames of one instant, the camera named first goes
    first. Raises what a source, a pipeline or ``publish`` raised. Files that did not come to their end are left as
    ``CameraWorker.leave`` says.
    """
    with ExitStack() as ending:
        for worker in workers:
            ending.callback(worker.leave)
        streams = [_items(number, worker) for number, worker in enumerate(workers)]
        for _, _, worker, item in heapq.merge(*streams, key=lambda entry: entry[:2]):
            if stop.is_set():
                return
            worker.take(item)


def _items(number: int, worker: CameraWorker) -> Iterator[_Item]:
    for item in worker.source:
        yield (item.began_at if isinstance(item, Gap) else item.captured_at), number, worker, item
    # Its last tracks are known now: they belong before what the other cameras see later.
    worker.finish()
