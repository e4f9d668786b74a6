"""What is done to the processes, the servers, the wire and the disks; each fault ends by itself and is then healed."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from bench.chaos.chain import KAFKA, POSTGRES, SESSION_S, Chain
from bench.chaos.fault_log import FaultLog
from bench.chaos.processes import Supervised
from footfall.snapshot_file import SNAPSHOT_FILE

# How likely each kind is to be killed. A matcher takes seconds to be back, an ingest hardly one.
_WEIGHTS = {"ingest": 3.0, "matcher": 3.0, "analytics": 3.0}

Fault = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Family:
    """Faults of which one happens at a time, on average every so many seconds after the end of the one before."""

    name: str
    pause_s: float
    faults: Sequence[tuple[float, Fault]]


class Tormentor:
    """Does one family of faults, in a thread of its own, until it is told to end; then all it did is healed."""

    def __init__(self, family: Family, seed: int) -> None:
        self._family = family
        self._rng = random.Random(seed)
        self._over = Event()
        self.failure: BaseException | None = None
        self._thread = Thread(target=self._torment, name=family.name)
        self._thread.start()

    def end(self) -> None:
        """Begin nothing more, and wait until what is under way is healed."""
        self._over.set()
        self._thread.join()

    def _torment(self) -> None:
        weights, faults = zip(*self._family.faults, strict=True)
        while not self._over.wait(self._rng.uniform(0.2, 1.8) * self._family.pause_s):
            (fault,) = self._rng.choices(faults, weights)
            try:
                fault()
            except Exception as error:  # noqa: BLE001 - a bench that fails must say so at its end
                self.failure = error
                return


class ProcessFaults:
    """Kills, orderly ends and pauses of our own processes, and snapshots that are spoilt."""

    def __init__(self, chain: Chain, processes: Sequence[Supervised], faults: FaultLog, rng: random.Random) -> None:
        self._chain = chain
        self._processes = processes
        self._faults = faults
        self._rng = rng

    def kill(self) -> None:
        """Kill a process."""
        process = self._someone()
        if process.kill():
            self._faults.fault(f"kill_{process.role.kind}", process.role.name)

    def end_in_order(self) -> None:
        """Have a process end as for an upgrade."""
        process = self._someone()
        if process.end():
            self._faults.fault("end_in_order", process.role.name)

    def pause(self) -> None:
        """Stop a process for longer than its session, or for a moment."""
        process = self._someone()
        pause_s = self._rng.choice([1.0, 1.5, 2.0]) * SESSION_S + self._rng.uniform(0.0, 2.0)
        if process.freeze():
            self._faults.fault("pause", f"{process.role.name} for {pause_s:.1f} s")
            time.sleep(pause_s)
            process.thaw()

    def spoil_snapshot(self) -> None:
        """Flip a bit of a matcher's snapshot, or cut it short, and have the matcher start with it."""
        name, folder = self._rng.choice(list(self._chain.state_disks.items()))
        file = folder / SNAPSHOT_FILE
        (victim,) = (process for process in self._processes if process.role.name == name)
        if not file.exists() or not victim.kill():
            return
        self._faults.fault("kill_matcher", name)
        size = file.stat().st_size
        place = self._rng.randrange(size)
        with file.open("r+b") as opened:
            if self._rng.random() < 0.3:
                opened.truncate(place)
                self._faults.fault("snapshot_corrupted", f"{name}: cut to {place} of {size} bytes")
                return
            opened.seek(place)
            byte = opened.read(1)
            opened.seek(place)
            opened.write(bytes([byte[0] ^ 1 << self._rng.randrange(8)]))
        self._faults.fault("snapshot_corrupted", f"{name}: a bit of byte {place} of {size}")

    def _someone(self) -> Supervised:
        running = [process for process in self._processes if process.runs] or list(self._processes)
        (process,) = self._rng.choices(running, [_WEIGHTS[process.role.kind] for process in running])
        return process


class ServerFaults:
    """Kafka and Postgres: killed, stopped, frozen, and started again."""

    def __init__(self, chain: Chain, faults: FaultLog, rng: random.Random) -> None:
        self._chain = chain
        self._faults = faults
        self._rng = rng

    def kill_kafka(self) -> None:
        """Kill the broker and start it again."""
        away_s = self._away_s()
        self._faults.fault("kafka_killed", f"for {away_s:.1f} s and its start")
        self._chain.kafka.kill()
        time.sleep(away_s)
        self._chain.kafka.start()
        self._faults.note("kafka answers again")

    def freeze_kafka(self) -> None:
        """Let the broker hang."""
        away_s = self._away_s() + SESSION_S
        self._faults.fault("kafka_paused", f"for {away_s:.1f} s")
        self._chain.kafka.freeze()
        time.sleep(away_s)
        self._chain.kafka.thaw()

    def crash_postgres(self) -> None:
        """End the database as a power cut would."""
        self._restart_postgres("postgres_immediate", self._chain.postgres.crash)

    def stop_postgres(self) -> None:
        """End the database as an administrator would."""
        self._restart_postgres("postgres_restarted", self._chain.postgres.stop)

    def freeze_postgres(self) -> None:
        """Let the database hang."""
        away_s = self._away_s()
        self._faults.fault("postgres_paused", f"for {away_s:.1f} s")
        self._chain.postgres.freeze()
        time.sleep(away_s)
        self._chain.postgres.thaw()

    def _restart_postgres(self, kind: str, stop: Callable[[], None]) -> None:
        away_s = self._away_s()
        self._faults.fault(kind, f"for {away_s:.1f} s")
        stop()
        time.sleep(away_s)
        self._chain.postgres.start()

    def _away_s(self) -> float:
        return self._rng.uniform(0.0, 5.0)


class WireFaults:
    """The connections of our processes to Kafka and Postgres."""

    def __init__(self, chain: Chain, faults: FaultLog, rng: random.Random) -> None:
        self._wire = chain.wire
        self._faults = faults
        self._rng = rng

    def cut(self) -> None:
        """Cut all connections and refuse new ones for a while."""
        server, lasts_s = self._server(), self._rng.uniform(0.2, 5.0)
        self._faults.fault("wire_cut", f"{server} for {lasts_s:.1f} s")
        self._wire.let_through(server, enabled=False)
        time.sleep(lasts_s)
        self._wire.let_through(server, enabled=True)

    def delay(self) -> None:
        """Let every answer take longer."""
        ms = self._rng.choice([100, 400, 1500])
        self._in_the_way("wire_delay", "latency", latency=ms, jitter=ms // 2)

    def hang(self) -> None:
        """Let nothing come through any more, and cut the connection only then."""
        self._in_the_way("wire_hang", "timeout", timeout=round(self._rng.uniform(1000, 4000)))

    def reset(self) -> None:
        """Answer with a reset."""
        self._in_the_way("wire_reset", "reset_peer", timeout=round(self._rng.uniform(0, 500)))

    def break_off(self) -> None:
        """Cut each connection in the middle of what it carries."""
        self._in_the_way("wire_broken_off", "limit_data", bytes=self._rng.randrange(100, 100_000))

    def slice(self) -> None:
        """Carry everything in small pieces."""
        self._in_the_way("wire_slices", "slicer", average_size=200, size_variation=100, delay=100)

    def _in_the_way(self, fault: str, kind: str, **attributes: int) -> None:
        server, stream = self._server(), self._rng.choice(["upstream", "downstream"])
        lasts_s = self._rng.uniform(4.0, 7.0)
        self._faults.fault(fault, f"{server} {stream} for {lasts_s:.1f} s {attributes}")
        toxic = self._wire.poison(server, kind, stream=stream, **attributes)
        time.sleep(lasts_s)
        self._wire.cure(server, toxic)

    def _server(self) -> str:
        return self._rng.choice([KAFKA, KAFKA, POSTGRES])


class DiskFaults:
    """The small disks of spools and snapshots, filled up to the last byte."""

    def __init__(self, chain: Chain, faults: FaultLog, rng: random.Random) -> None:
        self._chain = chain
        self._faults = faults
        self._rng = rng

    def fill_spool(self) -> None:
        """Leave a spool no room."""
        self._fill("disk_full_spool", self._rng.choice(list(self._chain.spool_disks.values())))

    def fill_snapshot(self) -> None:
        """Leave a snapshot no room."""
        self._fill("disk_full_snapshot", self._rng.choice(list(self._chain.state_disks.values())))

    def _fill(self, fault: str, disk: Path) -> None:
        lasts_s = self._rng.uniform(3.0, 8.0)
        self._faults.fault(fault, f"{disk.name} for {lasts_s:.1f} s")
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as opened:
            ends_s = time.monotonic() + lasts_s
            while time.monotonic() < ends_s:
                try:
                    opened.write(bytes(1_000_000))
                except OSError:  # it is full
                    time.sleep(0.2)
        filler.unlink()
