"""Simulated days as the real command makes them, counts them and reports them."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from footfall_process import Ended, Running, footfall

# The faces of simulated visitors are large: a detector that need not look for small ones is through sooner.
FAST = {"FOOTFALL_INGEST_MIN_FACE_PX": 150}
STORE = "shop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A simulated day: its films by camera, when each begins, and the truth."""

    truth_file: Path
    films: dict[str, Path]
    starts_at: dict[str, datetime]
    truth: dict[str, Any]

    def arguments(self, data_dir: Path, *more: str) -> list[str]:
        """The command line that counts this day."""
        cameras = [
            argument
            for name, film in self.films.items()
            for argument in ("--camera", f"{name}={film}", "--start", self.starts_at[name].isoformat())
        ]
        return ["run", "--once", "--json", "--store", STORE, "--data-dir", str(data_dir), *cameras, *more]

    def count(self, data_dir: Path, *more: str) -> Ended:
        """Count this day to its end."""
        return footfall(*self.arguments(data_dir, *more), **FAST)

    def begin_to_count(self, data_dir: Path, *more: str) -> Running:
        """Start counting this day, and return at once."""
        return Running(*self.arguments(data_dir, *more), **FAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A day that was counted without disturbance: where it is recorded, and the report that was printed."""

    day: Day
    data_dir: Path
    report: dict[str, Any]


def simulate(out: Path, **options: object) -> Day:
    """Simulate a day with the command, and return what it made."""
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    ended = footfall("simulate", "--out", out, "--json", *arguments)
    truth = json.loads((out / "truth.json").read_text())
    return Day(
        truth_file=out / "truth.json",
        films={name: Path(film) for name, film in ended.json["cameras"].items()},
        starts_at={camera["camera"]: datetime.fromisoformat(camera["starts_at"]) for camera in truth["cameras"]},
        truth=truth,
    )


def report_of(data_dir: Path) -> dict[str, Any]:
    """What is recorded in a data directory."""
    return footfall("report", "--by", "day", "--json", "--store", STORE, "--data-dir", data_dir).json
