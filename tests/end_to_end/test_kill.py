"""A run that is ended in the middle, gently or not: the same command afterwards ends where an undisturbed run does."""

import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from footfall_process import Running
from services import wait_until
from simulated_day import Counted, Day, report_of

from footfall.exit_codes import ExitCode

SEED = 20261122
CRASHES = random.Random(SEED).sample(range(1, 11), 3)
_START_S = 60.0


def crops_on_the_log(data_dir: Path) -> int:
    """How many crops were put on the log, seen from outside."""
    try:
        with closing(sqlite3.connect(f"file:{data_dir}/log.sqlite?mode=ro", uri=True)) as database:
            query = "SELECT coalesce(sum(next_offset), 0) FROM partitions WHERE topic = 'crops'"
            return int(database.execute(query).fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # the file, or its tables, are not there yet


def begin(day: Day, data_dir: Path, *, crops: int) -> Running:
    """Start counting, and return as soon as the log holds so many crops: a person is in view, or was a moment ago."""
    before = crops_on_the_log(data_dir)
    running = day.begin_to_count(data_dir)
    assert wait_until(lambda: crops_on_the_log(data_dir) >= before + crops or not running.runs, within_s=_START_S)
    assert running.runs, running.err
    return running


def kill(day: Day, data_dir: Path, *, crops: int, later_s: float = 0.0) -> None:
    """Start counting, and end it as a power cut would, when the log holds so many crops more."""
    with begin(day, data_dir, crops=crops) as running:
        time.sleep(later_s)
        running.kill()
        assert running.end().code == -signal.SIGKILL


@pytest.mark.parametrize("crops", CRASHES)
def test_a_run_killed_in_the_middle_and_started_again_ends_like_an_undisturbed_one(
    crops: int, counted: Counted, tmp_path: Path
) -> None:
    kill(counted.day, tmp_path, crops=crops, later_s=random.Random(SEED + crops).uniform(0.0, 0.2))
    assert counted.day.count(tmp_path).json == counted.report


def test_a_run_killed_twice_ends_like_an_undisturbed_one(counted: Counted, tmp_path: Path) -> None:
    kill(counted.day, tmp_path, crops=3)
    kill(counted.day, tmp_path, crops=7)
    assert counted.day.count(tmp_path).json == counted.report
    assert report_of(tmp_path) == counted.report


def test_a_run_that_is_told_to_end_does_so_in_order_and_at_once(counted: Counted, tmp_path: Path) -> None:
    with begin(counted.day, tmp_path, crops=12) as running:
        running.terminate()
        ended = running.end(within_s=45.0)
    assert ended.code == ExitCode.INTERRUPTED
    assert "Stopped before the end; the same command takes it up again." in ended.err
    assert "Traceback" not in ended.err
    # Who had left the view is counted; who was in it is told of, whole, by the next run.
    assert ended.json["visits"] == counted.report["visits"][: ended.json["pv"]]
    assert 2 <= ended.json["pv"] < counted.report["pv"]
    assert report_of(tmp_path)["visits"] == ended.json["visits"]
    assert counted.day.count(tmp_path).json == counted.report


def test_a_visitor_in_view_when_a_run_is_told_to_end_is_counted_whole_by_the_next(
    counted: Counted, tmp_path: Path
) -> None:
    with begin(counted.day, tmp_path, crops=1) as running:
        running.terminate()
        assert running.end(within_s=45.0).json["pv"] == 0
    assert counted.day.count(tmp_path).json == counted.report


def test_a_second_sigterm_ends_at_once_what_does_not_come_to_its_end(day: Day, tmp_path: Path) -> None:
    with begin(day, tmp_path, crops=1) as running, closing(sqlite3.connect(tmp_path / "log.sqlite")) as another:
        another.execute("BEGIN IMMEDIATE")  # whoever wants to write to the log must wait
        running.terminate()
        assert not wait_until(lambda: not running.runs, within_s=2.0)
        running.terminate()
        assert running.end(within_s=2.0).code == 128 + signal.SIGTERM


def test_a_database_that_was_moved_away_is_built_again_from_the_log(counted: Counted, tmp_path: Path) -> None:
    counted.day.count(tmp_path)
    for file in tmp_path.glob("visits.sqlite*"):
        file.unlink()
    assert counted.day.count(tmp_path).json == counted.report
