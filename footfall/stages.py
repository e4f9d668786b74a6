"""Running the stages of one process side by side, and ending them in order."""

import logging
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from footfall.consumer import Consumer

_log = logging.getLogger(__name__)


class Stages(AbstractContextManager["Stages"]):
    """Consumers in a chain, each in a thread of its own; each ends when its upstream has ended and all is read.

    Leaving the context is the ordered shutdown: the caller's sources have stopped by then and their best shots are
    flushed; the matcher reads what they left and ends; the analytics read what the matcher left and end. Should a
    consumer fail, ``stop`` is set so that the sources end too, what is downstream finishes, and the failure is raised
    on leaving. Nothing is lost in either case: what was not committed is read again at the next start.
    """

    def __init__(self, consumers: Sequence[tuple[str, Consumer]], stop: threading.Event) -> None:
        self._stop = stop
        self._failures: list[BaseException] = []
        self._ended = [threading.Event() for _ in range(len(consumers) + 1)]
        self._threads = [
            threading.Thread(target=self._run, args=(index, consumer), name=name)
            for index, (name, consumer) in enumerate(consumers)
        ]

    def __enter__(self) -> "Stages":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended[0].set()
        for thread in self._threads:
            thread.join()
        if error is None and self._failures:
            raise self._failures[0]

    def _run(self, index: int, consumer: Consumer) -> None:
        try:
            consumer.run(self._ended[index])
            consumer.drain(threading.Event())
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller's thread must raise it
            _log.error("%s failed: %s", threading.current_thread().name, error)
            self._failures.append(error)
            self._stop.set()
        finally:
            consumer.close()
            self._ended[index + 1].set()
