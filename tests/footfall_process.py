"""The real ``footfall`` command: a process of its own, with settings of its own, that never outlives its test."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Self

from footfall.exit_codes import ExitCode

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 300.0

_PROGRAM = "from footfall.cli import main; main()"
# Every clock reading of ours is of this class. No library between the process and the system's clock would do: what is
# to be had holds waits up as well, now and then for ever.
_AHEAD = """import datetime
class Ahead(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds={seconds})
datetime.datetime = Ahead
"""
# What a user's machine sets for everybody. Settings of whoever runs the tests must not reach the program.
_PASSED_ON = ("PATH", "LANG", "TZ", "XDG_CACHE_HOME", "FOOTFALL_CACHE", "FOOTFALL_MODELS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on standard output; a run that is stopped prints it too."""
        assert self.code in (ExitCode.OK, ExitCode.INTERRUPTED), self.err
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def sentence(self) -> str:
        """What the command says of its failure: its last words, in one line."""
        return " ".join(f"\n{self.err}".rpartition("\nfootfall: ")[2].split())


class Running:
    """A command at work. Leaving the context kills it if it still runs."""

    def __init__(
        self,
        *arguments: object,
        typed: str = "",
        clock_ahead: timedelta = timedelta(0),
        folder: Path = ROOT,
        **settings: object,
    ) -> None:
        program = _AHEAD.format(seconds=clock_ahead.total_seconds()) + _PROGRAM if clock_ahead else _PROGRAM
        # Files, not pipes: a pipe that nobody reads would hold the process up.
        self._out, self._err = TemporaryFile(), TemporaryFile()  # noqa: SIM115 - closed on leaving
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            cwd=folder,
            env=_environment(settings),
            stdin=subprocess.PIPE,
            stdout=self._out,
            stderr=self._err,
        )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError), self._process.stdin as keyboard:
            keyboard.write(typed.encode())

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to end, as the operating system does at a shutdown."""
        self._process.send_signal(signal.SIGTERM)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def err(self) -> str:
        """What it wrote to standard error so far."""
        return _text(self._err)

    def end(self, within_s: float = LIMIT_S) -> Ended:
        """Wait for its end. Raises AssertionError that shows where each thread stood when it does not come in time."""
        try:
            code = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)
            self._process.wait(within_s)
            raise AssertionError(f"still ran after {within_s:.0f} s:\n{self.err}") from None
        return Ended(code=code, out=_text(self._out), err=_text(self._err))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._out.close()
        self._err.close()


def footfall(
    *arguments: object, typed: str = "", within_s: float = LIMIT_S, folder: Path = ROOT, **settings: object
) -> Ended:
    """Run a command to its end. ``settings`` are environment variables, such as FOOTFALL_INGEST_MIN_FACE_PX=110."""
    with Running(*arguments, typed=typed, folder=folder, **settings) as running:
        return running.end(within_s)


def _environment(settings: dict[str, object]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    home = os.environ.get("HOME", "/")  # the converted models are kept below it
    return {
        **kept,
        "HOME": home,
        "PYTHONFAULTHANDLER": "1",
        "PYTHONPATH": str(ROOT),
        **{name: str(value) for name, value in settings.items()},
    }


def _text(file: Any) -> str:
    # By position: the process writes through the same open file.
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), size, 0).decode("utf-8", "replace")


def until_answered(address: str) -> None:
    """Wait until a page is there."""
    until_s = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5)
        except OSError:
            assert time.monotonic() < until_s, f"{address} does not answer"
            time.sleep(0.2)
        else:
            return
