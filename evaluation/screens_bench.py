"""How soon every cashier's screen of a chain is told of an arrival while reports are read, and whether any is lost.

The server is a process of its own, as ``footfall analytics`` serves its pages; screens, readers and the recording of
what was seen share another.
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from socket import create_server, socket
from uuid import UUID

import httpx

from analytics.arrivals import ArrivalRules
from analytics.records.arrival_writer import Announcing
from analytics.records.database import connect, upgrade
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.web.app import create_app
from evaluation.invented_sightings import invented_sighting
from evaluation.reports_bench import OnDone, fill, settle
from evaluation.screen_follower import Heard, Screen
from schemas import ids
from schemas.errors import InputError
from schemas.messages import ArrivalStatus, IdentityEvent, IdentityKind, Phase

_SETTLES_S = 5.0
_CONFIRMED_AFTER_S = 2.0
_MONTH = {"from": "2026-06-01", "to": "2026-06-30", "by": "day"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreensFigures:
    """What came of it.

    ``events`` are arrivals as they were told, provisional and then confirmed; each is due at every screen of its store,
    which makes ``due`` in all. ``lost`` of them never came, nor a later state of the same arrival; ``overtaken`` were
    confirmed before they were told as provisional, ``twice`` came more than once. The latency is from the
    moment before what was seen is recorded to the last byte at a screen. ``reports_per_s`` were read meanwhile.
    """

    screens: int
    readers: int
    stores: int
    events: int
    due: int
    lost: int
    overtaken: int
    twice: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    reports_per_s: float
    report_p50_ms: float
    report_p95_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreensLoad:
    """How much is asked of it. ``pause_s`` is how long a reader looks at a report before asking for the next.

    ``takes_turns_every_s`` is how long a thread of the server computes at most while another waits.
    """

    screens: int
    readers: int
    stores: int
    visits: int
    seconds: float
    arrivals_per_s: float
    pause_s: float
    takes_turns_every_s: float


def bench_screens(load: ScreensLoad, *, database: str | None = None, on_done: OnDone) -> ScreensFigures:
    """Measure over an empty database, which is filled and left so; without one over a SQLite file for the occasion.

    Raises InputError where the database holds a store already.
    """
    with tempfile.TemporaryDirectory() as folder:
        url = database or f"sqlite:///{Path(folder) / 'visits.sqlite'}"
        names = [f"store-{number:03}" for number in range(load.stores)]
        engine = connect(url)
        upgrade(engine)
        with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as repository:
            if repository.stores():
                raise InputError(
                    "the database holds stores already: name an empty one, as it is filled with invented visits"
                )
            repository.apply_settings(StoreSettings(store_id=name) for name in names)
            fill(engine, names, load.visits, on_done)
            settle(engine)
            engine.dispose()
            members = round(load.seconds * load.arrivals_per_s)
            repository.record([], entries=[_bound(number) for number in range(members)])
            with _serving(url, load.takes_turns_every_s) as port:
                return asyncio.run(_measure(repository, names, port, load, members, on_done))


async def _measure(
    repository: VisitRepository, names: list[str], port: int, load: ScreensLoad, members: int, on_done: OnDone
) -> ScreensFigures:
    screens = [Screen(names[number % len(names)], port) for number in range(load.screens)]
    following = [asyncio.create_task(screen.follow()) for screen in screens]
    for screen in screens:
        await screen.open.wait()
    reading_s: list[float] = []
    over = asyncio.Event()
    readers = [asyncio.create_task(_read(number, names, port, load, reading_s, over)) for number in range(load.readers)]
    await asyncio.sleep(1.0)
    reading_s.clear()
    began_s = time.perf_counter()
    told = await asyncio.to_thread(_record, repository, names, members, load, on_done)
    lasted_s = time.perf_counter() - began_s
    reports = sorted(reading_s)
    await asyncio.sleep(_SETTLES_S)
    over.set()
    await asyncio.gather(*readers, return_exceptions=True)  # each has its last report: nobody hangs up on the server
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    return _figures(load, screens, told, reports, lasted_s)


def _record(
    repository: VisitRepository, names: list[str], members: int, load: ScreensLoad, on_done: OnDone
) -> dict[tuple[str, str], tuple[str, float]]:
    """Record that members come in one after the other; return when each form was recorded, and of which store."""
    told: dict[tuple[str, str], tuple[str, float]] = {}
    began_s = time.perf_counter()
    due = sorted(
        (number / load.arrivals_per_s + (_CONFIRMED_AFTER_S if phase is Phase.CONFIRMED else 0.0), number, phase)
        for number in range(members)
        for phase in Phase
    )
    came: dict[int, datetime] = {}
    for done, (at_s, number, phase) in enumerate(due, start=1):
        time.sleep(max(0.0, began_s + at_s - time.perf_counter()))
        now = datetime.now(UTC)
        store_id, came_at = names[number % len(names)], came.setdefault(number, now)
        sighting = invented_sighting(number, store_id, _face(number), came_at, phase=phase)
        recorded_s = time.perf_counter()
        arrivals = repository.record([sighting], announcing=Announcing(rules=ArrivalRules(), now=now))
        for arrival in arrivals:
            told[str(arrival.arrival_id), arrival.status.value] = arrival.store_id, recorded_s
        on_done("arrivals told", done, len(due))
    return told


async def _read(
    number: int, names: list[str], port: int, load: ScreensLoad, reading_s: list[float], over: asyncio.Event
) -> None:
    """Read one report after the other: the page of a store and day, and the figures of a month as JSON, by turns."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60.0) as client:
        turn = number
        while not over.is_set():
            name = names[turn % len(names)]
            path = f"/stores/{name}" if turn % 2 else f"/api/stores/{name}/report"
            began_s = time.perf_counter()
            answer = await client.get(path, params={"day": "2026-06-15"} if turn % 2 else _MONTH)
            answer.raise_for_status()
            reading_s.append(time.perf_counter() - began_s)
            turn += 1
            await asyncio.sleep(load.pause_s)


def _figures(
    load: ScreensLoad,
    screens: list[Screen],
    told: dict[tuple[str, str], tuple[str, float]],
    reports_s: list[float],
    lasted_s: float,
) -> ScreensFigures:
    latencies_s: list[float] = []
    lost = overtaken = twice = due = 0
    for screen in screens:
        heard: Counter[tuple[str, str]] = Counter(one.key for one in screen.heard)
        first: dict[tuple[str, str], Heard] = {one.key: one for one in reversed(screen.heard)}
        for key, (store_id, recorded_s) in told.items():
            if store_id != screen.store_id:
                continue
            due += 1
            later = key[1] == ArrivalStatus.PROVISIONAL and (key[0], ArrivalStatus.CONFIRMED) in heard
            lost += key not in heard and not later
            overtaken += key not in heard and later
            twice += heard[key] > 1
            if key in first:
                latencies_s.append(first[key].at_s - recorded_s)
    latencies_s.sort()
    return ScreensFigures(
        screens=load.screens,
        readers=load.readers,
        stores=load.stores,
        events=len(told),
        due=due,
        lost=lost,
        overtaken=overtaken,
        twice=twice,
        p50_ms=_percentile_ms(latencies_s, 0.5),
        p95_ms=_percentile_ms(latencies_s, 0.95),
        p99_ms=_percentile_ms(latencies_s, 0.99),
        max_ms=_percentile_ms(latencies_s, 1.0),
        reports_per_s=len(reports_s) / lasted_s,
        report_p50_ms=_percentile_ms(reports_s, 0.5),
        report_p95_ms=_percentile_ms(reports_s, 0.95),
    )


def _percentile_ms(sorted_s: list[float], share: float) -> float:
    return 1000 * sorted_s[min(len(sorted_s) - 1, int(share * len(sorted_s)))] if sorted_s else float("nan")


def _face(number: int) -> UUID:
    return ids.minted_face_id(UUID(int=1_000_000_000 + number))


def _bound(number: int) -> IdentityEvent:
    return IdentityEvent(
        event_id=ids.identity_event_id(_face(number), "bench"),
        kind=IdentityKind.BOUND,
        face_id=_face(number),
        at=datetime(2026, 1, 1, tzinfo=UTC),
        actor="bench",
        reason="",
        member_id=f"member-{number}",
    )


@contextmanager
def _serving(url: str, takes_turns_every_s: float) -> Iterator[int]:
    """Serve the pages over a database from a process of its own; yields the port."""
    with create_server(("127.0.0.1", 0), backlog=1024) as listener:
        port: int = listener.getsockname()[1]
        server = get_context("spawn").Process(target=_serve, args=(url, listener, takes_turns_every_s), daemon=True)
        server.start()
    try:
        _await_answer(port)
        yield port
    finally:
        server.terminate()
        server.join()


def _serve(url: str, listener: socket, takes_turns_every_s: float) -> None:
    import uvicorn

    sys.setswitchinterval(takes_turns_every_s)
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as repository:
        app = create_app(repository=repository, now=lambda: datetime.now(UTC))
        config = uvicorn.Config(app, log_config=None, log_level="warning", timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])


def _await_answer(port: int) -> None:
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        with suppress(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).raise_for_status()
            return
        time.sleep(0.1)
    raise TimeoutError("the server did not answer within a minute")
