"""The end that was asked for: SIGINT and SIGTERM."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Give an Event that the first SIGINT or SIGTERM sets; the second kills the process at once (exit 130 or 143).

    To be entered in the main thread; ValueError elsewhere. The former handlers come back at the end.
    """
    stop = threading.Event()
    heard, told = socket.socketpair()
    with heard, told:
        # Python calls signal handlers between two steps of the main thread: too late when that waits inside a library,
        # and in danger of a deadlock when it holds the Event's own lock. What C writes here reaches a thread at once.
        told.setblocking(False)
        former_fd = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        former = {number: signal.signal(number, _leave_to_watcher) for number in _SIGNALS}
        watcher = threading.Thread(target=_watch, args=(heard, stop), name="signals", daemon=True)
        watcher.start()
        try:
            yield stop
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(former_fd)
            told.close()
            watcher.join()


def _watch(heard: socket.socket, stop: threading.Event) -> None:
    asked = False
    while number := heard.recv(1):
        if number[0] not in _SIGNALS:
            continue
        if asked:
            os._exit(128 + number[0])
        asked = True
        stop.set()


def _leave_to_watcher(number: int, frame: object) -> None:
    """Do nothing: the watcher has heard the signal."""
