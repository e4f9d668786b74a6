"""The processes of the chain, each started again whenever it ends, as a supervisor of services does."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread

from bench.chaos.fault_log import FaultLog
from bench.chaos.world import ROOT
from footfall.exit_codes import ExitCode

_STARTED_AGAIN_WITHIN_S = 1.0
_ENDS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What to run: ``kind`` is ingest, matcher or analytics; ``once`` where its work has an end."""

    kind: str
    name: str
    arguments: tuple[str, ...]
    settings: dict[str, str]
    once: bool = False


class Supervised:
    """A role at work. Its faults may come from several threads."""

    def __init__(self, role: Role, logs: Path, faults: FaultLog, seed: int) -> None:
        self.role = role
        self.surprises: list[str] = []
        self.log_file = logs / f"{role.name}.log"
        self._faults = faults
        self._rng = random.Random(seed)
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = ""  # how the process now running was asked to end
        self._over = Event()
        self.finished = Event()
        self._thread = Thread(target=self._keep_running, name=role.name)
        self._thread.start()

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        with self._lock:
            return self._runs()

    def kill(self) -> bool:
        """End it as a power cut would; return whether it was there."""
        with self._lock:
            if not self._runs():
                return False
            self._asked = "kill"
            self._signal(signal.SIGKILL)
        return True

    def end(self) -> bool:
        """Ask it to end in order; it is started again."""
        with self._lock:
            if not self._runs() or self._asked:
                return False
            self._asked = "end"
            self._signal(signal.SIGTERM)
        return True

    def freeze(self) -> bool:
        """Stop it without ending it."""
        with self._lock:
            if not self._runs():
                return False
            self._signal(signal.SIGSTOP)
        return True

    def thaw(self) -> None:
        """Let it go on."""
        with self._lock:
            if self._runs():
                self._signal(signal.SIGCONT)

    def tell_stacks(self) -> None:
        """Have it write to its log where each of its threads is, and end."""
        self._over.set()
        with self._lock:
            if self._runs():
                self._asked = "kill"
                self._signal(signal.SIGABRT)

    def finish(self) -> None:
        """Start it no more, and ask it to end in order."""
        self._over.set()
        self.thaw()
        with self._lock:
            if self._runs() and not self._asked:
                self._asked = "end"
                self._signal(signal.SIGTERM)

    def join(self) -> None:
        """Wait for its end; one that does not come is a surprise."""
        self._thread.join(_ENDS_WITHIN_S)
        if self._thread.is_alive():
            self.surprises.append(f"{self.role.name} did not end within {_ENDS_WITHIN_S:.0f} s of SIGTERM")
            self.kill()
            self._thread.join()

    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _keep_running(self) -> None:
        while not self._over.is_set() and not self.finished.is_set():
            with self.log_file.open("ab") as log:
                log.write(f"---- started at {time.strftime('%H:%M:%S')}\n".encode())
                log.flush()
                process = subprocess.Popen(
                    [sys.executable, *self.role.arguments],
                    env=_environment(self.role.settings), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                )  # fmt: skip
            with self._lock:
                self._process, self._asked = process, ""
            code = process.wait()
            self._judge(code)
            self._over.wait(self._rng.uniform(0.0, _STARTED_AGAIN_WITHIN_S))

    def _judge(self, code: int) -> None:
        with self._lock:
            asked = self._asked
        # Asked to end before it could listen, it ends as any program does.
        if asked == "kill" or (asked == "end" and code in (ExitCode.OK, -signal.SIGTERM)):
            return
        if self.role.once and code == ExitCode.OK:
            self.finished.set()
            self._faults.note(f"{self.role.name} is through")
            return
        self._faults.note(f"{self.role.name} ended by itself with {code}{f', asked to {asked}' if asked else ''}")
        # Without log, database or disk a role does not start: it says so, and whoever supervises starts it again.
        if code != ExitCode.STORAGE:
            self.surprises.append(f"{self.role.name} ended with {code}")


def _environment(settings: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOOTFALL_")}
    passed_on = {name: os.environ[name] for name in ("FOOTFALL_MODELS", "FOOTFALL_CACHE") if name in os.environ}
    return {**kept, **passed_on, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1", **settings}


def finish_all(processes: Sequence[Supervised]) -> None:
    """Let all end in order."""
    for process in processes:
        process.finish()
    for process in processes:
        process.join()
