"""An iterator moved to a thread of its own, so that decoding goes on while faces are sought."""

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_POLL_S = 0.2


class Prefetch(Generic[T]):
    """Gives the items of ``produce()`` in their order; a daemon thread stays up to ``depth`` items ahead.

    An exception in the producer is raised where its next item would have been. ``close`` ends both sides; it waits at
    most ``close_s`` for the producer, which may hang in a library.
    """

    def __init__(
        self, produce: Callable[[], Generator[T, None, None]], *, depth: int, name: str, close_s: float = 2.0
    ) -> None:
        self._produce = produce
        self._queue: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(maxsize=depth)
        self._stop = threading.Event()
        self._close_s = close_s
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __iter__(self) -> Iterator[T]:
        self._thread.start()
        try:
            while not self._stop.is_set():
                try:
                    item = self._queue.get(timeout=_POLL_S)
                except queue.Empty:
                    continue
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item[0]
        finally:
            self._stop.set()

    def close(self) -> None:
        """End the iteration and the thread."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(self._close_s)

    def _run(self) -> None:
        try:
            with contextlib.closing(self._produce()) as items:
                for item in items:
                    if not self._put((item,)):
                        return
            self._put(None)
        except BaseException as error:  # noqa: BLE001 - carried over to the reader's thread, which raises it
            self._put(error)

    def _put(self, item: tuple[T] | BaseException | None) -> bool:
        while not self._stop.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(item, timeout=_POLL_S)
                return True
        return False
