"""How soon reports are there over so many visits, in a database that is filled with invented ones."""

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, product
from typing import Any
from uuid import UUID

import httpx
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, Table, func, select, text

from analytics.business_time import window_of
from analytics.records import camera_tables, tables
from analytics.records.bulk import upsert
from analytics.records.coverage_writer import write_coverage
from analytics.records.database import connect, reading, upgrade, writing
from analytics.records.repository import VisitRepository
from analytics.reports.report import build_report
from analytics.reports.report_range import By
from analytics.settings import StoreSettings
from analytics.visit_columns import moment_of, us_of
from analytics.web.app import create_app
from evaluation.insert_bench import Writers, inserted_per_s
from schemas import ids
from schemas.errors import InputError
from schemas.messages import Coverage, CoverageState

_YEAR = (date(2026, 1, 1), date(2026, 12, 31))
_MONTH = (date(2026, 6, 1), date(2026, 6, 30))
_OPEN_H = (9, 20)
_VISITS_PER_PERSON = 3
_WANDERS = 0.05
_CAMERAS = ("door", "till")
_HOUR_US = 3_600_000_000
_AT_ONCE = 10_000
_TIMES = 5

OnDone = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsFigures:
    """A size. ``rows`` visits of a year lie there, with what two cameras a store watched.

    In the store and month that are measured their stretches of coverage are of a minute, as cameras tell them; else, as
    so many would take long to fill, of an hour.

    ``store_month_ms`` is the whole report of a store and month by day, ``chain_month_uv_ms`` the UV of all stores over
    that month, ``page_ms`` the page of a store's day as the server gives it: medians of five.
    ``insert_rows_per_s`` are sightings recorded into all that by as many processes as asked, together, in batches as
    the consumer gives them.
    """

    rows: int
    store_month_ms: float
    chain_month_uv_ms: float
    page_ms: float
    insert_rows_per_s: float


def bench_reports(
    url: str, rows: int, stores: int, *, reuse: bool, writers: Writers, on_done: OnDone
) -> ReportsFigures:
    """Fill an empty database with visits and measure; what was made stays there, and can be measured again.

    Raises InputError where the database holds stores already, or with ``reuse`` others than were made here.
    """
    engine = connect(url)
    upgrade(engine)
    names = [f"store-{number:03}" for number in range(stores)]
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as repository:
        if reuse:
            _require_filled(engine, names, rows)
        elif repository.stores():
            raise InputError(
                "the database holds stores already: name an empty one, as it is filled with invented visits, or say "
                "--reuse for one that was filled so"
            )
        else:
            repository.apply_settings(StoreSettings(store_id=name) for name in names)
            fill(engine, names, rows, on_done)
            settle(engine)
        recorded = _counted(engine, tables.sightings)
        engine.dispose()
        settings = StoreSettings(store_id=names[0])
        now = datetime(2027, 1, 1, tzinfo=UTC)
        windows = {name: window_of(*_MONTH, replace(settings, store_id=name)) for name in names}
        return ReportsFigures(
            rows=rows,
            store_month_ms=_median_ms(lambda: _store_month(repository, settings, now)),
            chain_month_uv_ms=_median_ms(lambda: repository.unique_visitors(windows)),
            page_ms=_median_ms(lambda: _page(repository, names[0], _MONTH[0], now)),
            insert_rows_per_s=inserted_per_s(url, names, recorded, rows, writers, on_done),
        )


def _require_filled(engine: Engine, names: list[str], rows: int) -> None:
    with reading(engine) as connection:
        there = list(connection.execute(select(tables.stores.c.store_id).order_by(tables.stores.c.store_id)).scalars())
    found = _counted(engine, tables.visits)
    if there != names or found < rows:
        raise InputError(
            f"the database holds {found} visits to {len(there)} stores: --reuse needs one that was filled with as many "
            "rows and stores"
        )
    told, by_hour = (_counted(engine, table) for table in (camera_tables.coverage, camera_tables.coverage_by_hour))
    if told != _told_by(names) or by_hour != _hours_watched_by(names):
        raise InputError(
            "the database was filled by another version, with coverage of another kind: fill an empty one anew"
        )


def _told_by(names: list[str]) -> int:
    """Return how many stretches the cameras of some stores tell."""
    return _hours_watched_by(names) + 59 * _hours_watched_by(names[:1], _MONTH)


def _hours_watched_by(names: list[str], within: tuple[date, date] = _YEAR) -> int:
    """Return through how many hours the cameras of some stores watch, added up."""
    days = (within[1] - within[0]).days + 1
    return (_OPEN_H[1] - _OPEN_H[0]) * len(_CAMERAS) * days * len(names)


def _counted(engine: Engine, table: Table) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def fill(engine: Engine, names: list[str], rows: int, on_done: OnDone) -> None:
    """Fill empty tables with a year of visits to stores, 2026, and with what their cameras watched."""
    with writing(engine) as connection:
        upsert(connection, tables.stores, [(name, 1800.0, 0) for name in names])
    watched, told = _watched(names), 0
    while some := list(islice(watched, _AT_ONCE)):
        with writing(engine) as connection:
            write_coverage(connection, some)
        told += len(some)
        on_done("coverage", told, _told_by(names))
    # A server makes its indexes when all visits are there, in one go; SQLite's are made by hand, and not as large.
    indexes = sorted(tables.visits.indexes, key=str) if engine.dialect.name == "postgresql" else []
    with writing(engine) as connection:
        for index in indexes:
            index.drop(connection)
    visits = _visits(rows, len(names))
    drawn = random.Random(1)  # noqa: S311 - invented visits keep no secret
    for first in range(0, rows, _AT_ONCE):
        with writing(engine) as connection:
            upsert(connection, tables.visits, list(_rows(visits[first : first + _AT_ONCE], names, drawn)))
        on_done("visits", min(first + _AT_ONCE, rows), rows)
    with writing(engine) as connection:
        for index in indexes:
            index.create(connection)


def _visits(rows: int, stores: int) -> NDArray[Any]:
    """Return visits by people who come three times a year, most times to the same store, day after day.

    Each is a row of who, which store, when it began, how long it lasted and when its visitor first came to the store,
    in microseconds, and how many sightings it has.
    """
    drawn = np.random.default_rng(1)
    days = (_YEAR[1] - _YEAR[0]).days + 1
    opens, closes = (hour * _HOUR_US for hour in _OPEN_H)
    began_us = us_of(datetime.combine(_YEAR[0], datetime.min.time(), UTC)) + np.sort(
        np.arange(rows) * days // rows * 24 * _HOUR_US + drawn.integers(opens, closes, rows)
    )
    people = drawn.integers(0, max(1, rows // _VISITS_PER_PERSON), rows)
    store = np.where(drawn.random(rows) < _WANDERS, drawn.integers(0, stores, rows), people % stores)
    _, first, visitor = np.unique(people * stores + store, return_index=True, return_inverse=True)
    lasts_us = (drawn.exponential(400, rows) * 1_000_000).astype(np.int64)
    return np.stack([people, store, began_us, lasts_us, began_us[first][visitor], drawn.integers(1, 4, rows)], axis=1)


def _rows(visits: NDArray[Any], names: list[str], drawn: random.Random) -> Iterator[tuple[Any, ...]]:
    for person, store, began_us, lasts_us, first_us, sightings in visits.tolist():
        face_id, began_at = ids.minted_face_id(UUID(int=person)), moment_of(began_us)
        visit_id = UUID(int=drawn.getrandbits(128))  # nobody asks by it
        ended_at, first_at = moment_of(began_us + lasts_us), moment_of(first_us)
        yield visit_id, names[store], face_id, began_at, ended_at, sightings, first_at


def _watched(names: list[str]) -> Iterator[Coverage]:
    """Yield stretches of two cameras a store: of a minute in the store and month that are measured, of an hour else."""
    for ordinal in range(_YEAR[0].toordinal(), _YEAR[1].toordinal() + 1):
        day = date.fromordinal(ordinal)
        for hour, name in product(range(*_OPEN_H), names):
            began_at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=hour)
            lasts = 1 if name == names[0] and _MONTH[0] <= day <= _MONTH[1] else 60
            for minute, camera in product(range(0, 60, lasts), _CAMERAS):
                yield _stretch(name, camera, began_at + timedelta(minutes=minute), lasts)


def _stretch(store_id: str, camera_id: str, began_at: datetime, minutes: int) -> Coverage:
    return Coverage(
        event_id=ids.coverage_id(store_id, camera_id, began_at, CoverageState.SEEN),
        store_id=store_id,
        camera_id=camera_id,
        state=CoverageState.SEEN,
        began_at=began_at,
        ended_at=began_at + timedelta(minutes=minutes),
        frames=1_500 * minutes,
        tracks=minutes,
        usable_tracks=minutes,
    )


def _store_month(repository: VisitRepository, settings: StoreSettings, now: datetime) -> None:
    with repository.one_state():
        build_report(repository, settings, *_MONTH, by=By.DAY, now=now)


def _page(repository: VisitRepository, store_id: str, day: date, now: datetime) -> None:
    app = create_app(repository=repository, now=lambda: now)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get(f"/stores/{store_id}", params={"from": day.isoformat(), "to": day.isoformat()})

    asyncio.run(ask()).raise_for_status()


def settle(engine: Engine) -> None:
    """Let the database do what it does by itself in a quiet hour."""
    statement = (
        "VACUUM ANALYZE visits, coverage, coverage_by_hour" if engine.dialect.name == "postgresql" else "ANALYZE"
    )
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(statement))


def _median_ms(action: Callable[[], object]) -> float:
    times = []
    for _ in range(_TIMES):
        began_s = time.perf_counter()
        action()
        times.append(time.perf_counter() - began_s)
    return 1000 * statistics.median(times)
