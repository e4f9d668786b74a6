"""How fast sightings are recorded into a database that is full, by processes as several analytics are."""

import gc
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from uuid import UUID

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from evaluation.invented_sightings import invented_sighting
from schemas import ids
from schemas.messages import Sighting

BATCH = 8_192  # as the consumer gives them
_BATCHES = 40
_PEOPLE = 100_000
_OPENED = datetime(2026, 12, 31, 9, tzinfo=UTC)
_OPEN = timedelta(hours=11)
_WAITS_S = 300

_ready: Barrier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    """So many processes, each with its share of the stores; ``garbage`` is how seldom each looks for cycles."""

    number: int
    garbage: tuple[int, int, int]


def inserted_per_s(
    url: str,
    names: Sequence[str],
    there: int,
    rows: int,
    writers: Writers,
    on_done: Callable[[str, int, int], None],
) -> float:
    """Record sightings as consumers do, in a database that has recorded ``there`` such before; at most ``rows`` each.

    SQLite has one writer, whatever is asked, and no more write than there are stores.
    """
    number = 1 if url.startswith("sqlite") else min(writers.number, len(names))
    count = min(rows, _BATCHES * BATCH)
    processes = get_context("spawn")
    ready = processes.Barrier(number)
    # What comes in is news, also when it is measured again.
    opened = _OPENED + timedelta(days=there // (number * count))
    with ProcessPoolExecutor(number, mp_context=processes, initializer=_begin, initargs=(ready,)) as pool:
        asked = [
            pool.submit(_recorded, url, names[writer::number], opened, there + writer * count, count, writers.garbage)
            for writer in range(number)
        ]
        spans: list[tuple[float, float]] = []
        for one in as_completed(asked):
            spans.append(one.result())
            on_done("sightings", len(spans) * count, number * count)
    return number * count / (max(ended for _, ended in spans) - min(began for began, _ in spans))


def _begin(ready: Barrier) -> None:
    global _ready
    _ready = ready


def _recorded(
    url: str, names: Sequence[str], opened: datetime, first: int, count: int, garbage: tuple[int, int, int]
) -> tuple[float, float]:
    """Record ``count`` sightings once all are ready, and return when that began and ended, by the machine's clock."""
    gc.set_threshold(*garbage)
    assert _ready is not None
    try:
        drawn = random.Random(first)  # noqa: S311 - invented sightings keep no secret
        sightings = [
            _sighting(first + number, opened + _OPEN * (number / count), names, drawn) for number in range(count)
        ]
        with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as repository:
            _ready.wait(_WAITS_S)
            began_s = time.monotonic()
            for place in range(0, count, BATCH):
                repository.record(sightings[place : place + BATCH])
            return began_s, time.monotonic()
    except BaseException:
        _ready.abort()  # else the others wait for this one
        raise


def _sighting(number: int, at: datetime, names: Sequence[str], drawn: random.Random) -> Sighting:
    store = drawn.choice(names)
    return invented_sighting(number, store, ids.minted_face_id(UUID(int=drawn.randrange(_PEOPLE))), at, lasts_s=3)
