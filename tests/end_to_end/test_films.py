"""A simulated day with two doors, counted by the real command: what it prints, and that it is true."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from footfall_process import Ended, footfall
from simulated_day import STORE, Counted, Day, report_of, simulate

PROMISED = {"store", "from", "to", "pv", "uv", "sightings", "completeness", "visits"}
PROMISED_OF_A_VISIT = {"visit_id", "face_id", "began_at", "ended_at", "sightings"}


@pytest.fixture(scope="module")
def two_doors(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return simulate(tmp_path_factory.mktemp("two-doors"), people=3, visits=5, minutes=100, seed=5, cameras=2)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def ended(two_doors: Day, data_dir: Path) -> Ended:
    return two_doors.count(data_dir, "--pack", "dlib")


@pytest.fixture(scope="module")
def report(ended: Ended) -> dict[str, Any]:
    return ended.json


def test_visits_and_visitors_of_two_doors_in_one_run_are_those_of_the_truth(
    two_doors: Day, report: dict[str, Any]
) -> None:
    assert len(two_doors.films) == 2
    assert (report["pv"], report["uv"]) == (two_doors.truth["pv"], two_doors.truth["uv"]) == (5, 3)
    assert len(report["visits"]) == 5
    assert len({visit["face_id"] for visit in report["visits"]}) == 3
    assert sum(visit["sightings"] for visit in report["visits"]) == report["sightings"]
    assert report["completeness"] == 1.0


def test_each_visit_is_there_when_its_visitor_was(two_doors: Day, report: dict[str, Any]) -> None:
    for true, found in zip(two_doors.truth["visits"], report["visits"], strict=True):
        for moment in ("began_at", "ended_at"):
            apart = datetime.fromisoformat(found[moment]) - datetime.fromisoformat(true[moment])
            assert abs(apart) < timedelta(seconds=6), (true, found)


def test_the_report_bears_the_promised_names(report: dict[str, Any]) -> None:
    assert report.keys() >= PROMISED
    assert all(visit.keys() == PROMISED_OF_A_VISIT for visit in report["visits"])
    assert report["store"] == STORE
    assert report["from"] == report["to"] == "2026-01-05"


def test_progress_and_logs_are_apart_from_the_report(ended: Ended, report: dict[str, Any]) -> None:
    assert ended.out.startswith("{\n")
    assert ended.out.endswith("}\n")
    assert "door2" in ended.err
    assert "model pack dlib" in ended.err


def test_the_report_command_gives_the_same_figures(report: dict[str, Any], data_dir: Path) -> None:
    assert report_of(data_dir) == report


def test_the_score_command_finds_nothing_wrong(two_doors: Day, report: dict[str, Any], data_dir: Path) -> None:
    score = footfall("score", "--truth", two_doors.truth_file, "--data-dir", data_dir, "--store", STORE, "--json").json
    assert score["truth"] == score["measured"] == {"pv": 5, "uv": 3}
    assert score["pair_precision"] == score["pair_recall"] == 1.0
    assert score["false_mints"] == 0
    assert score["missed_visits"] == score["false_visits"] == []


def test_the_same_command_again_changes_nothing(two_doors: Day, ended: Ended, data_dir: Path) -> None:
    assert two_doors.count(data_dir, "--pack", "dlib").out == ended.out


def test_the_default_pack_counts_one_door_right_too(counted: Counted) -> None:
    assert (counted.report["pv"], counted.report["uv"]) == (counted.day.truth["pv"], counted.day.truth["uv"])
