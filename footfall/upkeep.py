"""What a log needs done now and then."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from schemas.errors import StorageError
from schemas.event_log import EventLog

_EVERY_S = 60.0

_log = logging.getLogger(__name__)


@contextmanager
def maintained(log: EventLog, stop: threading.Event) -> Iterator[None]:
    """Let the log drop what is past its retention, once a minute."""

    def maintain() -> None:
        while not stop.wait(_EVERY_S):
            tidy(log)

    thread = threading.Thread(target=maintain, name="maintenance")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def tidy(log: EventLog) -> None:
    """Let the log drop what is past its retention; what hinders it is told to the operator."""
    try:
        log.maintain(datetime.now(UTC))
    except StorageError as error:
        _log.warning("the log was not tidied this time: %s", error)
