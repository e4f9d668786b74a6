"""Real people in real videos, through the real command. Run pytest with -rP to read what was found."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from footfall_process import footfall

pytestmark = [pytest.mark.needs_data, pytest.mark.needs_models]

# Ten clips of one signer each; two people in all (FOOTFALL_DATA/README.md).
CLIPS = ("again", "book", "brother", "help", "learn", "no", "school", "student", "walk", "yes")
SIGNERS = {name: "C" if name in ("book", "learn", "school", "walk") else "A" for name in CLIPS}
OPENED_AT = datetime(2026, 1, 5, tzinfo=UTC)

# A camera's name, its file, and when that begins.
Camera = tuple[str, Path, datetime]


def count(kept_in: Path, pack: str, cameras: Sequence[Camera]) -> dict[str, Any]:
    """Count these files with the settings a shop starts with, and print what was found."""
    arguments = [
        argument
        for name, file, start in cameras
        for argument in ("--camera", f"{name}={file}", "--start", start.isoformat())
    ]
    ended = footfall("run", "--once", "--json", "--store", "real", "--pack", pack, "--data-dir", kept_in, *arguments)
    report = ended.json
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


def test_five_people_at_a_table_of_whom_two_sit_in_profile_are_counted_within_one(videos: Path, tmp_path: Path) -> None:
    report = count(tmp_path, "retail", [("door", videos / "paulromeo_meeting.mp4", OPENED_AT)])
    assert report["pv"] == report["uv"]
    assert 4 <= report["uv"] <= 6
