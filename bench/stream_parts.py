"""Matcher and analytics of bench.stream: processes of their own on cores of their own, put together as the roles are.

A part joins its group, holds until everything it is to handle is in the log, and then runs until it is told to end.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.stream_load import StoredVectors
from faces.packs import open_pack
from footfall.config import Settings
from footfall.config_loading import load_settings
from footfall.consumer import Consumer, Turn
from footfall.databases import open_repository
from footfall.event_logs import open_event_log
from footfall.logs import configure_logs
from footfall.matching import new_matcher, new_state
from footfall.recording import new_analytics
from footfall.snapshot_file import SNAPSHOT_FILE
from ingest.stopwatch import Stopwatch
from schemas.messages import Message, Sighting
from schemas.received import Handler, Received

GIVEN_UP_AFTER_S = 60.0
# Of half a second each: who has given partitions up must poll on until the other has them.
_TURNS_UNTIL_ALL_IS_SHARED_OUT = 8
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a part works: the log, the database, the cores, and how many partitions it waits for before it holds."""

    log_url: str
    database_url: str
    cores: frozenset[int]
    partitions: int

    def settings(self, folder: str) -> Settings:
        """Return the settings of a role. One shot makes a visitor known: the events have no more."""
        return load_settings(
            None,
            data_dir=folder,
            events={"url": self.log_url},
            database=self.database_url,
            matcher={"min_consistent_shots": 1},
        )


@dataclass(frozen=True, slots=True)
class Signals:
    """How parts and bench wait for each other, and what the parts tell when they have ended."""

    holding: Barrier
    stop: Event
    told: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a part tells at its end: its time on a processor, and how old best shots were when they were counted."""

    cpu_s: float
    latencies_s: Sequence[float] = ()


def match(place: Place, signals: Signals, pack_name: str, stored: bool) -> Told:
    """Be a matcher; with ``stored`` vectors instead of embedding."""
    with _at(place) as folder:
        settings = place.settings(folder)
        pack = open_pack(pack_name)
        if stored:
            embedder: Any = StoredVectors(pack.model_id, pack.embedder.dimension)
            pack = replace(pack, align_all=embedder.align_all)
        else:
            embedder = pack.make_embedder(threads=1)
        with closing(open_event_log(place.log_url)) as log:
            state = new_state(log, pack, Path(folder) / SNAPSHOT_FILE, settings)
            cpu_s = _run(
                place,
                signals,
                lambda watch: new_matcher(
                    settings, pack, log, embedder, state, around=lambda handler: handler, on_turn=watch
                ),
            )
    return Told(cpu_s=cpu_s)


def record(place: Place, signals: Signals) -> Told:
    """Be the analytics."""
    latencies_s: list[float] = []

    def measured(handler: Handler) -> Handler:
        def handle(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
            stages = handler(batch)
            now = datetime.now(UTC)
            latencies_s.extend(
                (now - one.message.produced_at).total_seconds() for one in batch if isinstance(one.message, Sighting)
            )
            return stages

        return handle

    with (
        _at(place) as folder,
        closing(open_event_log(place.log_url)) as log,
        closing(open_repository(place.settings(folder))) as repository,
    ):
        cpu_s = _run(
            place,
            signals,
            lambda watch: new_analytics(log, repository, Stopwatch(), around=measured, on_turn=watch),
        )
    return Told(cpu_s=cpu_s, latencies_s=latencies_s)


@contextmanager
def at_work(*parts: tuple[Any, ...]) -> Iterator[tuple[Barrier, list[Told]]]:
    """Give what parts wait at, each a function and its arguments but for the signals, and what they tell at the end.

    Twice they wait: when they hold, and until the log is filled. They end with the context.
    """
    signals = Signals(_SPAWN.Barrier(len(parts) + 1), _SPAWN.Event(), _SPAWN.Queue())
    processes = [_SPAWN.Process(target=_tell, args=(signals, *part), daemon=True) for part in parts]
    for process in processes:
        process.start()
    told: list[Told] = []
    try:
        yield signals.holding, told
        signals.stop.set()
        told.extend(signals.told.get(timeout=GIVEN_UP_AFTER_S) for _ in processes)
        for process in processes:
            process.join(GIVEN_UP_AFTER_S)
    finally:
        for process in processes:
            process.kill()


def _tell(signals: Signals, work: Callable[..., Told], place: Place, *more: Any) -> None:
    signals.told.put(work(place, signals, *more))


def _run(place: Place, signals: Signals, make: Callable[[Callable[[Turn], None]], Consumer]) -> float:
    """Take part until told to end; return the time on a processor since the log was filled."""
    began_s = 0.0
    held, has_its_share = False, 0

    def hold(turn: Turn) -> None:
        nonlocal held, has_its_share, began_s
        # Where they cannot be shared out evenly, some hold one more.
        has_its_share = has_its_share + 1 if turn.partitions - place.partitions in (0, 1) else 0
        if not held and has_its_share == _TURNS_UNTIL_ALL_IS_SHARED_OUT:
            held = True
            for _ in ("it holds", "the log is filled"):
                signals.holding.wait(GIVEN_UP_AFTER_S)
            began_s = time.process_time()

    with closing(make(hold)) as consumer:
        consumer.run(signals.stop)
        return time.process_time() - began_s


@contextmanager
def _at(place: Place) -> Iterator[str]:
    os.sched_setaffinity(0, place.cores)
    configure_logs(level="warning", format="text")
    with TemporaryDirectory() as folder:
        yield folder
