"""How soon reports are there over so many visits, in a database that is filled with invented ones."""

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Engine, text

from analytics.business_time import window_of
from analytics.records import tables
from analytics.records.bulk import upsert
from analytics.records.database import connect, upgrade, writing
from analytics.records.repository import VisitRepository
from analytics.reports.report import build_report
from analytics.reports.report_range import By
from analytics.settings import StoreSettings
from analytics.web.app import create_app
from schemas import ids
from schemas.errors import InputError
from schemas.messages import Coverage, CoverageState, Decision, Phase, Sighting

_YEAR = (date(2026, 1, 1), date(2026, 12, 31))
_MONTH = (date(2026, 6, 1), date(2026, 6, 30))
_OPEN_H = (9, 20)
_VISITS_PER_PERSON = 3
_WANDERS = 0.05
_AT_ONCE = 10_000
_BATCH = 2_048
_MOST_RECORDED = 20 * _BATCH
_TIMES = 5

OnDone = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsFigures:
    """A size. ``rows`` visits of a year lie there, with an hour's stretch of coverage by two cameras a store.

    ``store_month_ms`` is the whole report of a store and month by day, ``chain_month_uv_ms`` the UV of all stores over
    that month, ``page_ms`` the page of a store's day as the server gives it: medians of five.
    ``insert_rows_per_s`` are sightings recorded into all that, one process, in batches as the consumer gives them.
    """

    rows: int
    store_month_ms: float
    chain_month_uv_ms: float
    page_ms: float
    insert_rows_per_s: float


def bench_reports(url: str, rows: int, stores: int, *, on_done: OnDone) -> ReportsFigures:
    """Fill an empty database with visits and measure; what was made stays there.

    Raises InputError where the database holds a store already.
    """
    engine = connect(url)
    upgrade(engine)
    names = [f"store-{number:03}" for number in range(stores)]
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as repository:
        if repository.stores():
            raise InputError(
                "the database holds stores already: name an empty one, as it is filled with invented visits"
            )
        repository.apply_settings(StoreSettings(store_id=name) for name in names)
        _fill(engine, names, rows, on_done)
        _settle(engine)
        engine.dispose()
        settings = StoreSettings(store_id=names[0])
        now = datetime(2027, 1, 1, tzinfo=UTC)
        windows = {name: window_of(*_MONTH, replace(settings, store_id=name)) for name in names}
        return ReportsFigures(
            rows=rows,
            store_month_ms=_median_ms(lambda: build_report(repository, settings, *_MONTH, by=By.DAY, now=now)),
            chain_month_uv_ms=_median_ms(lambda: repository.unique_visitors(windows)),
            page_ms=_median_ms(lambda: _page(repository, names[0], _MONTH[0], now)),
            insert_rows_per_s=_inserted(repository, names, min(rows, _MOST_RECORDED), on_done),
        )


def _fill(engine: Engine, names: list[str], rows: int, on_done: OnDone) -> None:
    with writing(engine) as connection:
        upsert(connection, tables.stores, [(name, 1800.0, 0) for name in names])
    watched = _watched(names)
    while some := list(islice(watched, _AT_ONCE)):
        with writing(engine) as connection:
            upsert(connection, tables.coverage, some)
    drawn = random.Random(1)  # noqa: S311 - invented visits keep no secret
    for first in range(0, rows, _AT_ONCE):
        with writing(engine) as connection:
            numbers = range(first, min(first + _AT_ONCE, rows))
            upsert(connection, tables.visits, [_visit(number, rows, names, drawn) for number in numbers])
        on_done("visits", min(first + _AT_ONCE, rows), rows)


def _visit(number: int, rows: int, names: list[str], drawn: random.Random) -> tuple[Any, ...]:
    """Return a visit by somebody who comes three times a year, most times to the same store."""
    days = (_YEAR[1] - _YEAR[0]).days + 1
    began_at = _moment(_YEAR[0] + timedelta(days=number * days // rows), drawn.random())
    person = drawn.randrange(max(1, rows // _VISITS_PER_PERSON))
    store = drawn.randrange(len(names)) if drawn.random() < _WANDERS else person % len(names)
    lasts = timedelta(seconds=drawn.expovariate(1 / 400))
    face_id = ids.minted_face_id(UUID(int=person))
    return UUID(int=drawn.getrandbits(128)), names[store], face_id, began_at, began_at + lasts, drawn.choice((1, 2, 3))


def _watched(names: list[str]) -> Iterator[tuple[Any, ...]]:
    for ordinal in range(_YEAR[0].toordinal(), _YEAR[1].toordinal() + 1):
        for hour in range(*_OPEN_H):
            began_at = datetime.combine(date.fromordinal(ordinal), datetime.min.time(), UTC) + timedelta(hours=hour)
            for name in names:
                for camera in ("door", "till"):
                    stretch = Coverage(
                        event_id=ids.coverage_id(name, camera, began_at, CoverageState.SEEN),
                        store_id=name,
                        camera_id=camera,
                        state=CoverageState.SEEN,
                        began_at=began_at,
                        ended_at=began_at + timedelta(hours=1),
                        frames=90_000,
                        tracks=20,
                        usable_tracks=15,
                    )
                    yield tuple(getattr(stretch, column.name) for column in tables.coverage.c)


def _inserted(repository: VisitRepository, names: list[str], count: int, on_done: OnDone) -> float:
    drawn = random.Random(2)  # noqa: S311
    sightings = [_sighting(number, count, names, drawn) for number in range(count)]
    began_s = time.perf_counter()
    for first in range(0, count, _BATCH):
        repository.record(sightings[first : first + _BATCH])
        on_done("sightings", min(first + _BATCH, count), count)
    return count / (time.perf_counter() - began_s)


def _sighting(number: int, count: int, names: list[str], drawn: random.Random) -> Sighting:
    store = drawn.choice(names)
    began_at = _moment(_YEAR[1], number / count)
    track = ids.track_id(store, "door", began_at, number)
    return Sighting(
        sighting_id=ids.sighting_id(track),
        event_id=ids.crop_event_id(track, Phase.CONFIRMED),
        track_id=track,
        store_id=store,
        camera_id="door",
        phase=Phase.CONFIRMED,
        decision=Decision.MATCHED,
        reason="",
        face_id=ids.minted_face_id(UUID(int=drawn.randrange(100_000))),
        began_at=began_at,
        ended_at=began_at + timedelta(seconds=3),
        best_shot_at=began_at,
        box=(412.5, 96.25, 61.0, 80.0),
        shots=5,
        quality=0.7,
        distance=0.3,
        threshold=0.4,
        model_id="invented",
        produced_at=began_at + timedelta(seconds=3),
        decided_at=began_at + timedelta(seconds=3),
    )


def _moment(day: date, share: float) -> datetime:
    """Return the moment at which so much of the opening hours of a day has passed."""
    opens, closes = _OPEN_H
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    return midnight + timedelta(hours=opens + (closes - opens) * share)


def _page(repository: VisitRepository, store_id: str, day: date, now: datetime) -> None:
    app = create_app(repository=repository, now=lambda: now)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get(f"/stores/{store_id}", params={"day": day.isoformat()})

    asyncio.run(ask()).raise_for_status()


def _settle(engine: Engine) -> None:
    """Let the database do what it does by itself in a quiet hour."""
    statement = "VACUUM ANALYZE visits, coverage" if engine.dialect.name == "postgresql" else "ANALYZE"
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(statement))


def _median_ms(action: Callable[[], object]) -> float:
    times = []
    for _ in range(_TIMES):
        began_s = time.perf_counter()
        action()
        times.append(time.perf_counter() - began_s)
    return 1000 * statistics.median(times)
