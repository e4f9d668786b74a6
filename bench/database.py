"""Measures how fast sightings become visits in the database, and how long a store's month takes to be read.

    python -m bench.database [--sightings N] [--visits N] [--json]

Starts a Postgres of its own with the settings that it has from Debian (or takes that of FOOTFALL_TEST_POSTGRES), and
makes SQLite files. Batches are as the consumer gives them: sightings of 50 stores nearly by time, each provisional and
then confirmed, one visitor in three seen by a second camera. Each writer is a process with its share of the stores.
Writes every figure to out/bench/database.json as well.

sightings_per_s    recorded and committed by all writers together
cpu_us             of processor for each sighting, in the writers and in the server (where it is our own): unlike the
                   rate it says the same on a machine that has other work, and two cores give 2,000,000 a second
again_per_s        the same batches given once more, which changes nothing
store_month        the visits of one store and month among so many of 50 stores and six months, in milliseconds, median
                   of 5: counted in SQL (PV and UV), new and returning in SQL, the UV of the chain, and the whole report
                   that the program builds
bytes              of each table and index that holds them
"""

import argparse
import json
import math
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from analytics.records import tables
from analytics.records.bulk import is_postgres, upsert
from analytics.records.database import connect, reading, upgrade, writing
from analytics.records.repository import VisitRepository
from analytics.reports.report import build_report
from analytics.reports.report_range import By
from analytics.settings import StoreSettings
from footfall.recording import RECORDED_AT_ONCE
from schemas import ids
from schemas.messages import Decision, Phase, Sighting

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
from postgres_server import NAMED, PostgresServer, new_database

Place = tuple[Callable[[], str], Callable[[], float]]

START = datetime(2026, 1, 1, tzinfo=UTC)
MONTH = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
STORES = 50
VISITORS_PER_STORE = 2_000
MONTHS = timedelta(days=181)
GIVEN_UP_AFTER_S = 600
OUT = Path("out/bench/database.json")

PV_UV = (
    "SELECT count(*), count(DISTINCT face_id) FROM visits WHERE store_id = :store AND began_at >= :a AND began_at < :b"
)
CHAIN_UV = "SELECT count(DISTINCT face_id) FROM visits WHERE began_at >= :a AND began_at < :b"
NEW = (
    "SELECT count(*) FROM (SELECT DISTINCT face_id FROM visits WHERE store_id = :store AND began_at >= :a"
    " AND began_at < :b) AS here WHERE NOT EXISTS (SELECT 1 FROM visits AS earlier WHERE earlier.face_id = here.face_id"
    " AND earlier.store_id = :store AND earlier.began_at < :a)"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sightings", type=int, default=100_000, help="how many each writer records")
    parser.add_argument("--visits", type=int, default=1_000_000, help="how many lie there when a month is read")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count(), "batch": RECORDED_AT_ONCE, "sightings": arguments.sightings}
    for name, place, writers in (("postgres", postgres, (1, 2)), ("sqlite", sqlite, (1,))):
        with place() as (new_url, server_s):
            figures = {number: written(new_url(), server_s, arguments.sightings, number) for number in writers}
            found[name] = {"writers": figures, "read": read(new_url(), arguments.visits)}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        tell(found)


@contextmanager
def postgres() -> Iterator[Place]:
    """Give what makes new databases in a server, and what tells the server's time on a processor."""
    with ExitStack() as opened:
        if named := os.environ.get(NAMED):
            yield lambda: opened.enter_context(new_database(named)), lambda: math.nan
        else:
            server = opened.enter_context(PostgresServer(durable=True))
            yield lambda: opened.enter_context(new_database(server.url)), server.processor_s


@contextmanager
def sqlite() -> Iterator[Place]:
    """Give what makes new files; all their work is done by the writer."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = count()
        yield lambda: f"sqlite:///{folder}/{next(numbers)}.sqlite", lambda: 0.0


def written(url: str, server_s: Callable[[], float], sightings: int, writers: int) -> dict[str, Any]:
    """Return how fast so many writers record, the second time what is there already."""
    made(url)
    # One party more than writers: this process reads the clocks between the rounds.
    barrier, results = multiprocessing.Barrier(writers + 1), multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=write, args=(url, number, writers, sightings, barrier, results))
        for number in range(writers)
    ]
    for process in processes:
        process.start()
    moments = []
    for _ in range(4):  # ready, recorded, ready again, recorded again
        barrier.wait(GIVEN_UP_AFTER_S)
        moments.append((time.perf_counter(), server_s()))
    cpu_s = [results.get(timeout=GIVEN_UP_AFTER_S) for _ in processes]
    for process in processes:
        process.join()
    (began, server_began_s), (ended, server_ended_s), (again_began, _), (again_ended, _) = moments
    number = writers * sightings
    return {
        "sightings_per_s": round(number / (ended - began)),
        "cpu_us": {
            "writers": round(sum(cpu_s) / number * 1e6, 1),
            "server": round((server_ended_s - server_began_s) / number * 1e6, 1),
        },
        "again_per_s": round(number / (again_ended - again_began)),
    }


def write(url: str, number: int, writers: int, sightings: int, barrier: Barrier, results: Any) -> None:
    stores = [f"store-{store:02}" for store in range(STORES) if store % writers == number]
    messages = list(islice(seen(stores, random.Random(number)), sightings))
    batches = [messages[first : first + RECORDED_AT_ONCE] for first in range(0, sightings, RECORDED_AT_ONCE)]
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as repository:
        cpu_s = []
        for _ in range(2):
            barrier.wait(GIVEN_UP_AFTER_S)
            began_s = time.process_time()
            for batch in batches:
                repository.record(batch)
            cpu_s.append(time.process_time() - began_s)
            barrier.wait(GIVEN_UP_AFTER_S)
    results.put(cpu_s[0])


def seen(stores: Sequence[str], rng: random.Random) -> Iterator[Sighting]:
    """Yield sightings without end: a visitor every quarter second somewhere, provisional first, confirmed 4 s later."""
    waiting: list[Sighting] = []
    for number in range(sys.maxsize):
        at = START + timedelta(seconds=number / 4)
        store = rng.choice(stores)
        visitor = ids.minted_face_id(UUID(int=hash((store, rng.randrange(VISITORS_PER_STORE))) & (2**64 - 1)))
        for camera in ("door", "till") if rng.random() < 1 / 3 else ("door",):
            confirmed = sighting(store, camera, visitor, at, number)
            yield replace(confirmed, phase=Phase.PROVISIONAL, ended_at=at, shots=1)
            waiting.append(confirmed)
        while waiting and at - waiting[0].began_at > timedelta(seconds=4):
            yield waiting.pop(0)


def sighting(store: str, camera: str, face_id: UUID, at: datetime, number: int) -> Sighting:
    track = ids.track_id(store, camera, at, number)
    return Sighting(
        sighting_id=ids.sighting_id(track),
        event_id=ids.crop_event_id(track, Phase.CONFIRMED),
        track_id=track,
        store_id=store,
        camera_id=camera,
        phase=Phase.CONFIRMED,
        decision=Decision.MATCHED,
        reason="",
        face_id=face_id,
        began_at=at,
        ended_at=at + timedelta(seconds=3.2),
        best_shot_at=at + timedelta(seconds=1.4),
        box=(412.5, 96.25, 61.0, 80.0),
        shots=5,
        quality=0.7312,
        distance=0.3127,
        threshold=0.4419,
        model_id="dlib-resnet-v1",
        produced_at=at + timedelta(seconds=3.3),
        decided_at=at + timedelta(seconds=3.4),
    )


def read(url: str, visits: int) -> dict[str, Any]:
    """Return how long a store's month takes among so many visits, and what they take up."""
    made(url)
    engine = connect(url)
    rng = random.Random(1)
    for first in range(0, visits, 10_000):
        with writing(engine) as connection:
            rows = [visit(number, visits, rng) for number in range(first, min(first + 10_000, visits))]
            upsert(connection, tables.visits, rows)
            if first == 0:
                upsert(connection, tables.stores, [(f"store-{store:02}", 1800.0, 0) for store in range(STORES)])
    settle(url)
    asked = {"store": "store-07", "a": MONTH[0], "b": MONTH[1]}
    if engine.dialect.name == "sqlite":
        asked |= {name: moment.strftime("%Y-%m-%d %H:%M:%S.%f") for name, moment in zip("ab", MONTH, strict=True)}
    with reading(engine) as connection:
        found: dict[str, Any] = {
            "visits": visits,
            "of_store_month": connection.execute(text(PV_UV), asked).one()[0],
            "store_month": {
                "pv_uv": median_ms(lambda: connection.execute(text(PV_UV), asked).all()),
                "new": median_ms(lambda: connection.execute(text(NEW), asked).all()),
                "chain_uv": median_ms(lambda: connection.execute(text(CHAIN_UV), asked).all()),
            },
            "bytes": sizes(connection),
        }
    engine.dispose()
    settings = StoreSettings(store_id="store-07")
    last_day = MONTH[1].date() - timedelta(days=1)
    with closing(VisitRepository(url, lambda store_id: replace(settings, store_id=store_id))) as repository:
        found["store_month"]["report"] = median_ms(
            lambda: build_report(repository, settings, MONTH[0].date(), last_day, by=By.DAY, now=MONTH[1])
        )
    return found


def visit(number: int, visits: int, rng: random.Random) -> tuple[Any, ...]:
    at = START + MONTHS * (number / visits)
    store = f"store-{rng.randrange(STORES):02}"
    face_id = UUID(int=rng.randrange(max(1, visits // 3)) + (1 << 100))
    # When somebody first came plays no part in how long it takes to read.
    return UUID(int=rng.getrandbits(128)), store, face_id, at, at + timedelta(minutes=rng.randrange(40)), 2, at


def settle(url: str) -> None:
    """Let the database do what it does by itself in a quiet hour."""
    engine = connect(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE visits" if is_postgres(connection) else "ANALYZE"))
    engine.dispose()


def sizes(connection: Connection) -> dict[str, int]:
    if not is_postgres(connection):
        pages = connection.execute(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
        return {"file": pages.scalar_one()}
    names = text("SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relname LIKE 'visits%' ORDER BY relname")
    return dict(connection.execute(names).all())


def made(url: str) -> None:
    engine = connect(url)
    upgrade(engine)
    engine.dispose()


def median_ms(action: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        began_s = time.perf_counter()
        action()
        times.append(time.perf_counter() - began_s)
    return round(1000 * statistics.median(times), 1)


def tell(found: dict[str, Any]) -> None:
    print(f"{found['cores']} cores, batches of {found['batch']}")
    for name in ("postgres", "sqlite"):
        print(f"\n{name}")
        for writers, figures in found[name]["writers"].items():
            cpu = figures["cpu_us"]
            print(
                f"  {writers} writer(s): {figures['sightings_per_s']} sightings/s; for each {cpu['writers']} µs of CPU "
                f"in the writer and {cpu['server']} in the server; given again {figures['again_per_s']}/s"
            )
        month = found[name]["read"]
        times = ", ".join(f"{what} {ms} ms" for what, ms in month["store_month"].items())
        print(f"  a month of a store with {month['of_store_month']} of {month['visits']} visits: {times}")
        print("  " + ", ".join(f"{what} {size / 1e6:.1f} MB" for what, size in month["bytes"].items()))
    print(f"\nWritten to {OUT}")


if __name__ == "__main__":
    main()
