"""A bounded buffer on disk between cameras, which cannot wait, and a log that may be away."""

import logging
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from threading import Event, Lock, Thread

from footfall.consumer import default_pauses_s
from footfall.local_log.log import SqliteEventLog
from schemas.codec import encode
from schemas.errors import ConfigError, InvalidRecord, StorageError
from schemas.event_log import EventLog, Record
from schemas.messages import Coverage, FaceCrop
from schemas.topics import COVERAGE, CROPS, key_of, topic_of

_GROUP = "drain"
_DRAINED_AT_ONCE = 64
_IDLE_S = 0.5
_LEAVE_WITHIN_S = 5.0
_SAID_EVERY_S = 60.0
# Left free for the log's own write-ahead file, without which what lies in the spool could not be crossed off.
_KEPT_FREE_BYTES = 8_000_000

_log = logging.getLogger(__name__)


class Loss(StrEnum):
    """Why a crop did not reach the log."""

    SPOOL_FULL = "spool_full"
    DISK_FULL = "disk_full"
    TOO_LARGE = "too_large"
    DAMAGED = "damaged"


class Spool:
    """Takes what cameras publish, writes it to disk, and hands it to the log in the same order when that is there.

    Everything goes by way of the disk, also while the log is there: what ``publish`` has taken survives the end of the
    process, however it ends, and is drained by the next one, some of it for a second time. ``publish`` never waits for
    the log and never fails for want of room: a crop for which there is none is dropped, counted by its reason, and
    named in the ``rejected`` of its camera's next stretch of coverage. Coverage has room as long as the disk has.

    ``open_log`` is called in the spool's own thread, again and again while it raises StorageError or ConfigError.
    ``publish`` may be called from several threads.
    """

    def __init__(
        self,
        path: Path,
        open_log: Callable[[], EventLog],
        *,
        limit_bytes: int,
        pauses_s: Callable[[], Iterator[float]] = default_pauses_s,
    ) -> None:
        self._folder = path.parent
        self._open_log = open_log
        self._limit_bytes = limit_bytes
        self._pauses_s = pauses_s
        self._buffer = SqliteEventLog(path)
        self._buffer.create([CROPS, COVERAGE])
        self._subscription = self._buffer.subscribe([CROPS, COVERAGE], _GROUP)
        self._lock = Lock()
        self._backlog_bytes = self._buffer.unread_bytes(_GROUP)
        self._lost: Counter[Loss] = Counter()
        self._untold: dict[tuple[str, str], Counter[str]] = {}
        self._said_at_s = float("-inf")
        self._stop = Event()
        self._target: EventLog | None = None
        self._in_hand: list[Record] = []
        self._handed_over = 0
        self._thread = Thread(target=self._drain_until_stopped, name="spool")
        self._thread.start()

    def publish(self, message: FaceCrop | Coverage) -> None:
        """Take one message for good, or drop and count it. Raises InvalidRecord for what its schema does not allow."""
        camera = (message.store_id, message.camera_id)
        with self._lock:
            untold = self._untold.get(camera, Counter())
            if isinstance(message, Coverage) and untold:
                message = replace(message, rejected=dict(Counter(message.rejected) + untold))
            value = encode(message)
            if loss := self._loss_of(message, value):
                self._count(message, loss)
                return
            try:
                self._buffer.append(topic_of(message), key_of(message), value)
                self._buffer.flush()
            except StorageError as error:
                self._buffer.forget()
                self._count(message, Loss.DISK_FULL)
                _log.warning("the spool cannot be written: %s", error)
                return
            self._backlog_bytes += len(value)
            if isinstance(message, Coverage):
                self._untold.pop(camera, None)

    @property
    def backlog_bytes(self) -> int:
        """How much waits for the log."""
        return self._backlog_bytes

    def lost(self) -> Counter[Loss]:
        """Return how many messages were dropped since the start, by reason."""
        with self._lock:
            return self._lost.copy()

    def close(self) -> None:
        """Hand over what still waits, for a few seconds at most, and let go; the rest is for the next start."""
        self._stop.set()
        self._thread.join()
        self._subscription.close()
        self._buffer.close()
        if self._target is not None:
            with suppress(StorageError):
                self._target.close()

    def _loss_of(self, message: FaceCrop | Coverage, value: bytes) -> Loss | None:
        if shutil.disk_usage(self._folder).free < _KEPT_FREE_BYTES:
            return Loss.DISK_FULL
        if isinstance(message, FaceCrop) and self._backlog_bytes + len(value) > self._limit_bytes:
            return Loss.SPOOL_FULL
        return None

    def _count(self, message: FaceCrop | Coverage, loss: Loss) -> None:
        self._lost[loss] += 1
        if isinstance(message, FaceCrop):
            self._untold.setdefault((message.store_id, message.camera_id), Counter())[loss.value] += 1
        if time.monotonic() - self._said_at_s > _SAID_EVERY_S:
            self._said_at_s = time.monotonic()
            counts = ", ".join(f"{count} {reason}" for reason, count in self._lost.items())
            _log.error("crops are being lost: %s. The log has been away for too long, or the disk is too small", counts)

    def _drain_until_stopped(self) -> None:
        pauses_s = self._pauses_s()
        while not self._stop.is_set():
            try:
                if not self._drain_some(_IDLE_S):
                    self._buffer.give_back_space()
                pauses_s = self._pauses_s()
            except (StorageError, ConfigError) as error:
                pause_s = next(pauses_s)
                _log.warning(
                    "%d kB wait in the spool; trying again in %.1f s: %s", self._backlog_bytes // 1000, pause_s, error
                )
                self._stop.wait(pause_s)
        leave_at_s = time.monotonic() + _LEAVE_WITHIN_S
        with suppress(StorageError, ConfigError):
            while time.monotonic() < leave_at_s and self._drain_some(0.0):
                pass

    def _drain_some(self, timeout_s: float) -> bool:
        """Take some records over to the log; return whether there were any. After an error, the same ones again."""
        if self._target is None:
            self._target = self._open_log()
        if not self._in_hand:
            self._in_hand = self._subscription.poll(max_records=_DRAINED_AT_ONCE, timeout_s=timeout_s)
        self._hand_over(self._target, self._in_hand)
        drained = self._in_hand
        if drained:
            self._subscription.commit()
            self._buffer.forget_read(_GROUP)
            with self._lock:
                self._backlog_bytes -= sum(len(record.value or b"") for record in drained)
        self._in_hand, self._handed_over = [], 0
        return bool(drained)

    def _hand_over(self, target: EventLog, records: Sequence[Record]) -> None:
        # A log that did not acknowledge what it took keeps it: only what it did not take is handed over again.
        for record in records[self._handed_over :]:
            if record.fault:
                self._lose(Loss.DAMAGED, f"{record.topic} {record.key}: {record.fault}")
            else:
                try:
                    target.append(_TOPICS[record.topic], record.key, record.value, record.headers)
                except InvalidRecord as error:
                    self._lose(Loss.TOO_LARGE, str(error))
            self._handed_over += 1
        while True:
            try:
                target.flush()
            except InvalidRecord as error:
                self._lose(Loss.TOO_LARGE, str(error))
            else:
                return

    def _lose(self, loss: Loss, reason: str) -> None:
        with self._lock:
            self._lost[loss] += 1
        _log.error("a record of the spool is lost: %s", reason)


_TOPICS = {topic.name: topic for topic in (CROPS, COVERAGE)}
