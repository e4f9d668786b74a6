"""Taking a matcher's snapshot: now and then beside its work, and at the end."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType

from footfall.chain_file import ChainKeeper
from footfall.snapshot_file import CHAIN_FILE, write_atomically
from matcher.state import MatcherState
from schemas.errors import FootfallError

_SHARE_OF_TIME = 0.01
_REWRITTEN_EVERY_H = 6

_log = logging.getLogger(__name__)


class SnapshotKeeper(AbstractContextManager["SnapshotKeeper"]):
    """Writes what a matcher knows to its file every so often while the context lasts, and on leaving it.

    It works in a thread of its own, writes only what has changed, and takes at most a hundredth of the time; except for
    what the chain's gallery has learnt, which is small and took long: that is kept at the next look. What cannot
    be written is told to the operator; the matcher goes on without.
    """

    def __init__(self, state: MatcherState, file: Path, *, now: Callable[[], datetime], every_s: float) -> None:
        self._state = state
        self._file = file
        self._now = now
        self._every_s = every_s
        self._written: object = None
        self._chain = ChainKeeper(file.with_name(CHAIN_FILE), state.model_id)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="snapshots", daemon=True)

    def __enter__(self) -> "SnapshotKeeper":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if error is None:
            self.save()

    def save(self) -> None:
        """Write a snapshot if anything has changed since the last one, and what was learnt if that is another."""
        with _told():
            frozen = self._state.freeze(self._now())
            offsets = {number: settled.offset for number, settled in frozen.settled.items()}
            # Now and then also the unchanged: a snapshot of over a day ago is not used.
            reached = (frozen.templates_at, frozen.identity_at, offsets, frozen.taken_at.hour // _REWRITTEN_EVERY_H)
            if reached != self._written:
                write_atomically(self._file, frozen.pieces())
                self._written = reached
            self._chain.save(self._state.people.chain)

    def _keep(self) -> None:
        due_s = time.monotonic() + self._every_s
        while not self._over.wait(self._every_s):
            began_s = time.monotonic()
            if began_s < due_s:
                with _told():
                    self._chain.save(self._state.people.chain)
                continue
            self.save()
            due_s = time.monotonic() + max(self._every_s, (time.monotonic() - began_s) / _SHARE_OF_TIME)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except FootfallError as error:
        _log.warning("no snapshot this time: %s", error)
