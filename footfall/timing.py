"""How long a handler takes."""

from collections.abc import Sequence

from ingest.stopwatch import Stopwatch
from schemas.messages import Message
from schemas.received import Handler, Received


def timed(handler: Handler, stopwatch: Stopwatch, stage: str) -> Handler:
    """Return a handler that does the same and adds its time to a stage."""

    def handle(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        with stopwatch.stage(stage):
            return handler(batch)

    return handle
