"""What is done to the records: twice, out of order, a day late, and such as nobody can read."""

import heapq
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from threading import Event, Lock, Thread
from typing import Any
from uuid import UUID

from bench.chaos.fault_log import FaultLog
from schemas.codec import decode, encode
from schemas.errors import InvalidRecord, StorageError
from schemas.event_log import EventLog, Record
from schemas.messages import Coverage, CoverageState, FaceCrop
from schemas.topics import COVERAGE, CROPS, SIGHTINGS, Topic

_LOOKS_EVERY_S = 1.0
_CARRIED = {SIGHTINGS.name: SIGHTINGS, COVERAGE.name: COVERAGE}


def patiently(step: Callable[..., None], *what: Any) -> None:
    """Hand something to the log again and again until it takes it."""
    while True:
        try:
            step(*what)
        except StorageError:
            time.sleep(0.5)
        else:
            return


class Courier:
    """Carries sightings and coverage from the log of the matchers to that of the analytics.

    Most at once; a quarter up to eight seconds later, so that what came after it overtakes it; some for a second time;
    and a few ``a_day_s`` later. ``hurry`` delivers all that is still on the way.
    """

    def __init__(
        self, source: EventLog, target: EventLog, faults: FaultLog, rng: random.Random, *, a_day_s: float
    ) -> None:
        self._source = source
        self._target = target
        self._faults = faults
        self._rng = rng
        self._a_day_s = a_day_s
        self._read: dict[str, dict[int, int]] = {name: {} for name in _CARRIED}
        self._last: dict[tuple[str, int], int] = {}
        self._on_the_way: list[tuple[float, int, Record]] = []
        self._numbers = count()
        self._hurry = Event()
        self._over = Event()
        self._carrying = Lock()
        self._thread = Thread(target=self._keep_carrying, name="courier")
        self._thread.start()

    def hurry(self) -> None:
        """Hold nothing back any more."""
        self._hurry.set()

    def is_through(self) -> bool:
        """Whether everything that there is has been delivered."""
        with self._carrying, suppress(StorageError):
            return not self._on_the_way and not any(
                next(self._source.replay(topic, from_offsets=self._read[name]), None)
                for name, topic in _CARRIED.items()
            )
        return False

    def end(self) -> None:
        """Carry nothing more."""
        self._over.set()
        self._thread.join()

    def _keep_carrying(self) -> None:
        while not self._over.wait(_LOOKS_EVERY_S):
            with self._carrying:
                with suppress(StorageError):
                    self._fetch()
                self._deliver(float("inf") if self._hurry.is_set() else time.monotonic())

    def _deliver(self, now_s: float) -> None:
        due = []
        while self._on_the_way and self._on_the_way[0][0] <= now_s:
            due.append(heapq.heappop(self._on_the_way)[2])
        self._rng.shuffle(due)
        for record in due:
            patiently(self._target.append, _CARRIED[record.topic], record.key, record.value, record.headers)
            place = record.topic, record.partition
            if record.offset < self._last.get(place, -1):
                self._faults.fault("shuffled", f"{record.topic}/{record.partition}@{record.offset}")
            self._last[place] = max(record.offset, self._last.get(place, -1))
        patiently(self._target.flush)

    def _fetch(self) -> None:
        now_s = time.monotonic()
        for name, topic in _CARRIED.items():
            for record in self._source.replay(topic, from_offsets=self._read[name]):
                self._read[name][record.partition] = record.offset + 1
                fate = self._rng.random()
                if fate < 0.05:
                    self._faults.fault("delayed_a_day", f"{name}/{record.partition}@{record.offset}")
                    self._send(record, now_s + self._a_day_s)
                elif fate < 0.3:
                    self._send(record, now_s + self._rng.uniform(0.0, 8.0))
                else:
                    self._send(record, now_s)
                if self._rng.random() < 0.1:
                    self._faults.fault(f"duplicated_{name}", f"{name}/{record.partition}@{record.offset}")
                    self._send(record, now_s + self._rng.uniform(0.0, 12.0))

    def _send(self, record: Record, due_s: float) -> None:
        heapq.heappush(self._on_the_way, (due_s, next(self._numbers), record))


class RecordFaults:
    """Crops a second time, and poison: records that no reader can make anything of."""

    def __init__(
        self, early: EventLog, late: EventLog, stores: list[str], faults: FaultLog, rng: random.Random
    ) -> None:
        self._early = early
        self._late = late
        self._stores = stores
        self._faults = faults
        self._rng = rng
        self._lock = Lock()
        self._poison: set[tuple[str, str, bytes | None]] = set()

    def poison(self) -> set[tuple[str, str, bytes | None]]:
        """Return all poison: topic, key and bytes."""
        with self._lock:
            return set(self._poison)

    def duplicate_crops(self) -> None:
        """Put some crops on the log again."""
        crops = self._some_crops()
        for crop in crops:
            patiently(self._early.append, CROPS, crop.key, crop.value)
        patiently(self._early.flush)
        if crops:
            self._faults.fault("duplicated_crops", f"{len(crops)} of {crops[0].key}", count=len(crops))

    def add_poison(self) -> None:
        """Put a record on the log that cannot be handled."""
        kind, topic, key, value = self._rng.choice(
            [self._noise, self._unknown_type, self._tombstone, self._wrong_type, self._truncated, self._broken_picture]
        )()
        if (topic.name, key, value) in self._poison:
            return
        with self._lock:
            self._poison.add((topic.name, key, value))
        # What the matchers follow may be spoilt too: they pass over it, and the courier carries it on.
        log = self._early if topic is CROPS or self._rng.random() < 0.3 else self._late
        patiently(log.append, topic, key, value)
        patiently(log.flush)
        self._faults.fault("poison", f"{kind} in {topic.name}")

    def _noise(self) -> tuple[str, Topic, str, bytes | None]:
        return "noise", self._topic(), self._store(), self._rng.randbytes(self._rng.randrange(1, 5000))

    def _unknown_type(self) -> tuple[str, Topic, str, bytes | None]:
        return "a type nobody knows", self._topic(), self._store(), b"\xc3\x01" + self._rng.randbytes(60)

    def _tombstone(self) -> tuple[str, Topic, str, bytes | None]:
        return "a tombstone", self._topic(), f"nobody-{self._rng.randrange(1 << 40)}", None

    def _wrong_type(self) -> tuple[str, Topic, str, bytes | None]:
        now = datetime.now(UTC)
        store = self._store()
        stretch = Coverage(
            event_id=self._uuid(),
            store_id=store,
            camera_id="door",
            state=CoverageState.SEEN,
            began_at=now,
            ended_at=now,
        )
        return "coverage", self._rng.choice([CROPS, SIGHTINGS]), store, encode(stretch)

    def _truncated(self) -> tuple[str, Topic, str, bytes | None]:
        for crop in self._some_crops():
            assert crop.value is not None
            cut = self._rng.randrange(12, len(crop.value))
            return "a crop cut short", CROPS, crop.key, crop.value[:cut]
        return self._noise()

    def _broken_picture(self) -> tuple[str, Topic, str, bytes | None]:
        for record in self._some_crops():
            assert record.value is not None
            crop = decode(record.value)
            assert isinstance(crop, FaceCrop)
            shot = replace(crop.shots[0], jpeg=b"\xff\xd8\xff" + self._rng.randbytes(2000))
            broken = replace(crop, event_id=self._uuid(), track_id=self._uuid(), shots=(shot, *crop.shots[1:]))
            return "a picture that is none", CROPS, record.key, encode(broken)
        return self._noise()

    def _some_crops(self) -> list[Record]:
        with suppress(StorageError):
            state = self._early.describe(CROPS)
            ends = {number: end for number, end in state.ends.items() if end} if state else {}
            if ends:
                number, end = self._rng.choice(list(ends.items()))
                nothing = dict.fromkeys(range(CROPS.partitions), 1 << 62)
                records = self._early.replay(CROPS, from_offsets=nothing | {number: self._rng.randrange(end)})
                found = [record for record, _ in zip(records, range(12), strict=False) if _is_crop(record)]
                return self._rng.sample(found, min(len(found), self._rng.randrange(1, 6)))
        return []

    def _topic(self) -> Topic:
        return self._rng.choice([CROPS, SIGHTINGS, COVERAGE])

    def _store(self) -> str:
        return self._rng.choice(self._stores)

    def _uuid(self) -> UUID:
        return UUID(bytes=self._rng.randbytes(16), version=4)


def _is_crop(record: Record) -> bool:
    # Not of our own poison: a second copy of that would be a second dead letter.
    with suppress(InvalidRecord):
        message = None if record.value is None else decode(record.value, CROPS.message)
        return isinstance(message, FaceCrop) and all(shot.jpeg[-2:] == b"\xff\xd9" for shot in message.shots)
    return False
