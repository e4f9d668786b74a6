"""What the cameras of a chain give: made once by the real ingest from simulated films, and kept as a log a store."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from footfall.event_logs import local_log_url, open_event_log
from schemas.codec import decode
from schemas.messages import Coverage, FaceCrop
from schemas.topics import COVERAGE, CROPS
from simulator.simulation import TRUTH_FILE, Simulation, simulate
from simulator.truth import load_truth, visits_of

ROOT = Path(__file__).resolve().parents[2]
OPENS_AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
FOOTFALL = [sys.executable, "-c", "from footfall.cli import main; main()"]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A chain of stores with two cameras each, open for ``minutes`` on the clock of the run, ``speed`` times as fast.

    Time is cut in the middle: what comes after it is dated to the next day, at the hour of the first one's beginning,
    so that an event held back for half a run is a day late. The same values give the same events.
    """

    seed: int
    minutes: float
    stores: int = 4
    cameras: int = 2
    speed: float = 20.0
    visits_per_minute: float = 8.0

    @property
    def span(self) -> timedelta:
        """How much simulated time there is, without the night."""
        return timedelta(minutes=self.minutes * self.speed)

    @property
    def store_ids(self) -> list[str]:
        """The stores."""
        return [f"store-{number + 1}" for number in range(self.stores)]

    def dated(self, moment: datetime, began_at: datetime) -> datetime:
        """Return when something really happens that a film shows at ``moment``, of a track that began then."""
        night = timedelta(hours=24) - self.span / 2
        return moment + night if began_at - OPENS_AT >= self.span / 2 else moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a camera tells, and how many seconds after the beginning of its film."""

    due_s: float
    message: FaceCrop | Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueCount:
    """How many visits there are and of how many people."""

    pv: int
    uv: int


def prepare(world: World, folder: Path, *, progress: Callable[[float, str], None]) -> Path:
    """Return the folder with what the cameras of each store give, made here unless it was before."""
    made = folder / sha256(json.dumps(asdict(world), sort_keys=True).encode()).hexdigest()[:12]
    missing = [store_id for store_id in world.store_ids if not input_of(made, store_id).exists()]
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        seeds = {store_id: world.seed * 100 + number for number, store_id in enumerate(world.store_ids)}
        watching = {workers.submit(_watch, world, store_id, seeds[store_id], made): store_id for store_id in missing}
        for number, done in enumerate(as_completed(watching), start=1):
            done.result()
            progress(number / len(missing), watching[done])
    progress(1.0, "")
    return made


def input_of(folder: Path, store_id: str) -> Path:
    """Return the file of a store."""
    return folder / f"{store_id}.sqlite"


def events_of(world: World, file: Path) -> list[Event]:
    """Return what the cameras of a store give, in the order in which their ingest gave it."""
    events: list[Event] = []
    with closing(open_event_log(local_log_url(file))) as log:
        for topic in (CROPS, COVERAGE):
            due_s = 0.0  # an event never comes before one that was told earlier
            for record in log.replay(topic):
                assert record.value is not None
                message = decode(record.value)
                assert isinstance(message, (FaceCrop, Coverage))
                due_s = max(due_s, (message.ended_at - OPENS_AT).total_seconds())
                events.append(Event(due_s=due_s, message=_dated(world, message)))
    return sorted(events, key=lambda event: event.due_s)


def truth_of(world: World, folder: Path, store_id: str) -> TrueCount:
    """Return what a perfect counter would count."""
    truth = load_truth(folder / store_id / TRUTH_FILE)
    passages = [
        replace(
            passage,
            began_at=world.dated(passage.began_at, passage.began_at),
            ended_at=world.dated(passage.ended_at, passage.began_at),
        )
        for passage in truth.passages
    ]
    return TrueCount(pv=len(visits_of(passages, truth.session_gap)), uv=truth.uv)


def _dated(world: World, message: FaceCrop | Coverage) -> FaceCrop | Coverage:
    def dated(moment: datetime) -> datetime:
        return world.dated(moment, message.began_at)

    moved = replace(message, began_at=dated(message.began_at), ended_at=dated(message.ended_at))
    if isinstance(moved, FaceCrop):
        shots = tuple(replace(shot, captured_at=dated(shot.captured_at)) for shot in moved.shots)
        return replace(moved, shots=shots)
    return moved


def _watch(world: World, store_id: str, seed: int, folder: Path) -> None:
    visits = max(2, round(world.minutes * world.visits_per_minute))
    # Who comes again does so half an hour later at the earliest.
    most_times = 1 + math.floor(world.span / timedelta(minutes=50))
    people = max(2, round(visits * 0.6), math.ceil(visits / most_times))
    asked = Simulation(
        people=people, visits=visits, minutes=world.span.total_seconds() / 60, seed=seed,
        cameras=world.cameras, store=store_id, starts_at=OPENS_AT,
    )  # fmt: skip
    truth = simulate(asked, folder / store_id, progress=lambda _share: None)
    unfinished = folder / f"{store_id}.new.sqlite"
    for left in folder.glob(f"{unfinished.name}*"):
        left.unlink()
    cameras = [
        argument
        for camera in truth.cameras
        for argument in ("--camera", f"{camera.camera}={folder / store_id / camera.file}", "--start", str(OPENS_AT))
    ]
    url = local_log_url(unfinished)
    # The faces of simulated visitors are large: a detector that need not look for small ones is through sooner.
    environment = {**os.environ, "FOOTFALL_INGEST_MIN_FACE_PX": "150", "PYTHONPATH": str(ROOT)}
    with (folder / f"{store_id}.log").open("wb") as log:
        subprocess.run(
            [*FOOTFALL, "ingest", "--once", "--log", url, "--store", store_id, *cameras],
            env=environment, stdout=log, stderr=log, check=True,
        )  # fmt: skip
    unfinished.rename(input_of(folder, store_id))
