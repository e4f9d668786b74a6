"""Real people in real videos, through the real command. Run pytest with -rP to read what was found."""

import signal
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from footfall_process import footfall

from footfall.fail_points import VARIABLE as FAIL_AT

pytestmark = [pytest.mark.needs_data, pytest.mark.needs_models]

# Ten clips of one signer each; two people in all (FOOTFALL_DATA/README.md).
CLIPS = ("again", "book", "brother", "help", "learn", "no", "school", "student", "walk", "yes")
SIGNERS = {name: "C" if name in ("book", "learn", "school", "walk") else "A" for name in CLIPS}
OPENED_AT = datetime(2026, 1, 5, tzinfo=UTC)

# A camera's name, its file, and when that begins.
Camera = tuple[str, Path, datetime]


def counting(kept_in: Path, pack: str, cameras: Sequence[Camera]) -> list[object]:
    """The command that counts these files with the settings a shop starts with."""
    arguments = [
        argument
        for name, file, start in cameras
        for argument in ("--camera", f"{name}={file}", "--start", start.isoformat())
    ]
    return ["run", "--once", "--json", "--store", "real", "--pack", pack, "--data-dir", kept_in, *arguments]


def count(kept_in: Path, pack: str, cameras: Sequence[Camera]) -> dict[str, Any]:
    """Count these files, and print what was found."""
    report = footfall(*counting(kept_in, pack, cameras)).json
    found = [f"{pack}: {', '.join(file.name for _, file, _ in cameras)}: PV {report['pv']}, UV {report['uv']}"]
    found += [f"  {visit['face_id'][:8]} {visit['began_at']} to {visit['ended_at']}" for visit in report["visits"]]
    print("\n".join(found))  # noqa: T201 - to be read beside the result
    return report


def signed(videos: Path) -> list[Camera]:
    """The clips, two hours apart."""
    return [
        (name, videos / f"intel_asl/{name}.mkv", OPENED_AT + timedelta(hours=2 * number))
        for number, name in enumerate(CLIPS)
    ]


def assert_two_signers_in_ten_visits(report: dict[str, Any]) -> None:
    assert report["pv"] == 10
    assert 1 <= report["uv"] <= 3
    assert report["completeness"] == 1.0
    seen = [(SIGNERS[name], visit["face_id"]) for name, visit in zip(CLIPS, report["visits"], strict=True)]
    signers_of = {face_id: {signer for signer, other in seen if other == face_id} for _, face_id in seen}
    assert all(len(signers) == 1 for signers in signers_of.values()), "two people share a FaceId"


@pytest.fixture
def videos(data_dir: Path) -> Path:
    return data_dir / "videos"


@pytest.mark.parametrize("pack", ["dlib", "retail"])
def test_ten_clips_of_two_people_in_one_run(pack: str, videos: Path, tmp_path: Path) -> None:
    assert_two_signers_in_ten_visits(count(tmp_path, pack, signed(videos)))


def test_ten_clips_of_two_people_in_ten_runs(videos: Path, tmp_path: Path) -> None:
    reports = [count(tmp_path, "dlib", [("door", file, start)]) for _, file, start in signed(videos)]
    assert [report["pv"] for report in reports] == list(range(1, 11))
    assert_two_signers_in_ten_visits(reports[-1])


def test_ten_people_one_after_another_of_whom_two_come_back_an_hour_later(videos: Path, tmp_path: Path) -> None:
    count(tmp_path, "retail", [("door", videos / "ifb_faces1.mp4", OPENED_AT)])
    report = count(tmp_path, "retail", [("door", videos / "ifb_faces2.mp4", OPENED_AT + timedelta(hours=1))])
    assert 7 <= report["uv"] <= 11
    second_part = (OPENED_AT + timedelta(hours=1)).isoformat()
    earlier = [visit["face_id"] for visit in report["visits"] if visit["began_at"] < second_part]
    later = [visit["face_id"] for visit in report["visits"] if visit["began_at"] >= second_part]
    assert len(earlier) == len(set(earlier)) == 4
    assert later[:2] == earlier[2:]  # the third and the fourth of the first part open the second one
    assert not set(later[2:]) & set(earlier)


@pytest.fixture(scope="module")
def meeting(data_dir: Path) -> list[Camera]:
    return [("door", data_dir / "videos/paulromeo_meeting.mp4", OPENED_AT)]


@pytest.fixture(scope="module")
def counted(meeting: list[Camera], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return count(tmp_path_factory.mktemp("meeting"), "retail", meeting)


def test_five_people_at_a_table_of_whom_two_sit_in_profile_are_counted_within_one(counted: dict[str, Any]) -> None:
    assert counted["pv"] == counted["uv"]
    assert 4 <= counted["uv"] <= 6


@pytest.mark.parametrize("place", ["between-stages:3", "after-flush:2"])
def test_a_matcher_that_dies_meanwhile_counts_those_in_profile_as_an_undisturbed_one(
    place: str, counted: dict[str, Any], meeting: list[Camera], tmp_path: Path
) -> None:
    command = counting(tmp_path, "retail", meeting)
    assert footfall(*command, **{FAIL_AT: place}).code == -signal.SIGKILL
    assert footfall(*command).json == counted
