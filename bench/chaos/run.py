"""A run: the chain undisturbed, the chain under faults, and what is to be said of the two."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from bench.chaos.chain import EARLY, LATE, Chain, counted, dead_letters, matched, undisturbed_roles
from bench.chaos.fault_log import FaultLog
from bench.chaos.faults import DiskFaults, Family, ProcessFaults, ServerFaults, Tormentor, WireFaults
from bench.chaos.outcome import Found, Outcome, judged
from bench.chaos.processes import Supervised, finish_all
from bench.chaos.records import Courier, RecordFaults
from bench.chaos.replay import Accepted
from bench.chaos.verdict import Stored, stored_in
from bench.chaos.world import World, events_of, input_of
from footfall.event_logs import open_event_log

DRAINED_WITHIN_S = 300.0
_LOOKS_EVERY_S = 1.0

Progress = Callable[[float, str], None]


def count_undisturbed(world: World, inputs: Path, folder: Path, faults: FaultLog, progress: Progress) -> Stored:
    """Have one process of each role, over a file, count what the cameras give."""
    roles, log_url, database = undisturbed_roles(world, inputs, folder)
    (folder / "logs").mkdir(parents=True)
    processes = [Supervised(role, folder / "logs", faults, seed=0) for role in roles]
    try:
        with closing(open_event_log(log_url)) as log:
            _wait(
                lambda: _through(processes) and matched(log) and counted(log),
                "the undisturbed chain",
                processes,
                progress,
            )
    finally:
        finish_all(processes)
    surprises = [surprise for process in processes for surprise in process.surprises]
    if surprises:
        raise RuntimeError(f"the undisturbed chain failed, see {folder / 'logs'}: {'; '.join(surprises)}")
    return stored_in(database)


def torment(
    world: World, inputs: Path, folder: Path, faults: FaultLog, undisturbed: Stored, *, kill_every_s: float,
    progress: Progress,
) -> Outcome:  # fmt: skip
    """Run the chain with everything that can happen to it, let it drain, and judge what is in its database."""
    began_s = time.monotonic()
    with ExitStack() as opened:
        chain = opened.enter_context(Chain(world, inputs, folder))
        early = opened.enter_context(closing(open_event_log(chain.log_url(EARLY))))
        late = opened.enter_context(closing(open_event_log(chain.log_url(LATE))))
        rng = random.Random(world.seed)
        processes = [
            Supervised(role, folder / "logs", faults, seed=rng.randrange(1 << 30)) for role in chain.roles(time.time())
        ]
        opened.callback(finish_all, processes)
        run_s = world.minutes * 60
        courier = Courier(early, late, faults, random.Random(rng.random()), a_day_s=run_s / 2)
        opened.callback(courier.end)
        records = RecordFaults(early, late, world.store_ids, faults, random.Random(rng.random()))
        families = _families(chain, processes, records, faults, rng, kill_every_s)
        tormentors = [Tormentor(family, seed=rng.randrange(1 << 30)) for family in families]
        try:
            _let_happen(run_s, faults, tormentors, progress)
        finally:
            for tormentor in tormentors:
                tormentor.end()
        chain.wire.heal()
        faults.note("nothing more happens; the chain drains")
        courier.hurry()
        wrong = [f"the fault family failed: {one.failure!r}" for one in tormentors if one.failure is not None]
        try:
            _wait(
                lambda: _through(processes) and matched(early) and courier.is_through() and counted(late),
                "the chain", processes, progress,
            )  # fmt: skip
        except TimeoutError as error:
            wrong.append(str(error))
            for process in processes:
                process.tell_stacks()
        faults.note("drained")
        finish_all(processes)
        wrong += [surprise for process in processes for surprise in process.surprises]
        wrong += [f"{process.role.name}: a traceback in {process.log_file}" for process in processes if _trace(process)]
        found = Found(
            stored=stored_in(chain.database_url),
            accepted={event for store in world.store_ids for event in Accepted(chain.accepted_file(store)).event_ids()},
            poison=records.poison(),
            dead_letters=dead_letters(early) | dead_letters(late),
        )
    events = [event for store in world.store_ids for event in events_of(world, input_of(inputs, store))]
    seconds = time.monotonic() - began_s
    return judged(
        found, events, undisturbed, wrong, seconds=seconds, faults=faults.counts(), small_disks=chain.small_disks
    )


def _families(
    chain: Chain, processes: Sequence[Supervised], records: RecordFaults, faults: FaultLog, rng: random.Random,
    kill_every_s: float,
) -> list[Family]:  # fmt: skip
    def own() -> random.Random:
        return random.Random(rng.random())

    killing, pausing = (ProcessFaults(chain, processes, faults, own()) for _ in range(2))
    servers, wire = ServerFaults(chain, faults, own()), WireFaults(chain, faults, own())
    disks = DiskFaults(chain, faults, own())
    families = [
        Family("kills", kill_every_s, [(20, killing.kill), (1, killing.end_in_order), (1, killing.spoil_snapshot)]),
        Family("pauses", 6.0, [(1, pausing.pause)]),
        Family(
            "servers",
            12.0,
            [
                (2, servers.kill_kafka),
                (1, servers.freeze_kafka),
                (1, servers.crash_postgres),
                (1, servers.stop_postgres),
                (1, servers.freeze_postgres),
            ],
        ),
        Family(
            "wire",
            5.0,
            [(2, wire.cut), (1, wire.delay), (1, wire.hang), (1, wire.reset), (1, wire.break_off), (1, wire.slice)],
        ),
        Family("records", 5.0, [(2, records.duplicate_crops), (1, records.add_poison)]),
    ]
    if chain.small_disks:
        families.append(Family("disks", 12.0, [(2, disks.fill_spool), (1, disks.fill_snapshot)]))
    return families


def _let_happen(run_s: float, faults: FaultLog, tormentors: Sequence[Tormentor], progress: Progress) -> None:
    began_s = time.monotonic()
    while (passed_s := time.monotonic() - began_s) < run_s:
        if any(tormentor.failure is not None for tormentor in tormentors):
            return
        counts = faults.counts()
        kills = sum(count for kind, count in counts.items() if kind.startswith("kill_"))
        progress(passed_s / run_s, f"{kills} kills, {counts.total() - kills} other faults")
        time.sleep(min(_LOOKS_EVERY_S, run_s - passed_s))


def _wait(holds: Callable[[], bool], what: str, processes: Sequence[Supervised], progress: Progress) -> None:
    began_s = time.monotonic()
    while not holds():
        waited_s = time.monotonic() - began_s
        if waited_s > DRAINED_WITHIN_S:
            working = [
                process.role.name for process in processes if process.role.once and not process.finished.is_set()
            ]
            raise TimeoutError(f"{what} was not through within {waited_s:.0f} s; still at work: {working}")
        progress(1.0, f"draining for {waited_s:.0f} s")
        time.sleep(_LOOKS_EVERY_S)


def _through(processes: Sequence[Supervised]) -> bool:
    return all(process.finished.is_set() for process in processes if process.role.once)


def _trace(process: Supervised) -> bool:
    return "Traceback (most recent call last)" in process.log_file.read_text(errors="replace")
