"""``footfall models evaluate`` and ``calibrate``, as typed, on people who do not exist."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from footfall_process import Ended, footfall

from footfall.exit_codes import ExitCode
from simulator.face_space import shipped_face_space
from simulator.people import invent_people

PEOPLE, PICTURES = 24, 6


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two dozen invented people in six looks each, a picture without a face, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("people")
    people = invent_people(shipped_face_space(), PEOPLE, np.random.default_rng(3))
    for person, name in enumerate(people.names):
        (folder / name).mkdir()
        for look in range(PICTURES):
            (portrait,) = people.portraits(person, look)
            cv2.imwrite(str(folder / name / f"{look}.png"), cv2.resize(portrait, (256, 256)))
    cv2.imwrite(str(folder / people.names[0] / "wall.png"), np.full((200, 200, 3), 128, dtype=np.uint8))
    (folder / people.names[0] / "torn.jpg").write_bytes(b"\xff\xd8 torn off")
    return folder


@pytest.fixture(scope="session")
def evaluated(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    place = tmp_path_factory.mktemp("pairs")
    names = sorted(path.name for path in folder.iterdir())
    with (place / "pairs.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path_a", "path_b", "same"])
        for one, other in zip(names, [*names[1:], names[0]], strict=True):
            rows.writerow([f"{one}/0.png", f"{one}/1.png", 1])
            rows.writerow([f"{one}/2.png", f"{other}/2.png", 0])
    (place / "groups.csv").write_text("person,group\n" + "".join(f"{name},first\n" for name in names[:12]))
    return footfall(
        *("models", "evaluate", "--pack", "dlib", "--json", "--data", folder, "--out", place / "page"),
        *("--pairs", place / "pairs.csv", "--by", place / "groups.csv"),
    )


def test_programs_read_what_was_measured(evaluated: Ended):
    facts = evaluated.json

    assert (facts["pack"], facts["people"]) == ("dlib", PEOPLE)
    assert facts["pictures"] == PEOPLE * PICTURES + 2
    assert facts["unreadable"] == 1
    assert 0 < facts["failure_to_detect"] < 0.2
    assert 0 <= facts["rejected_by_quality"] < 0.5
    assert 0.5 < facts["pairs_accuracy"] <= 1.0
    assert set(facts["fnmr"]) == {"1", "2", "3"}
    assert set(facts["fnmr"]["1"]) == {"1e-02", "1e-03", "1e-04", "1e-05", "1e-06"}
    assert facts["fnmr"]["1"]["1e-06"] is None  # some thousand pairs cannot tell
    value, low, high = facts["fnmr"]["1"]["1e-02"]
    assert 0 <= low <= value <= high <= 1
    assert {"people", "visits", "uv", "uv_error", "pair_precision", "pair_recall"} <= set(facts["minting"])
    assert facts["minting"]["visits"] == 2 * facts["minting"]["people"] > 0
    assert set(facts["open_set"]["sizes"]) == {"100", "1000", "10000"}
    assert list(facts["groups"]) == ["first"]
    assert facts["groups"]["first"]["people"] == 12
    assert facts["detect_ms"][0] <= facts["detect_ms"][1]


def test_the_page_stands_alone(evaluated: Ended):
    page = Path(evaluated.json["html"]).read_text(encoding="utf-8")

    assert "How well dlib tells people apart" in page
    assert "Two people, taken for one: the worst pairs" in page
    assert "data:image/jpeg;base64," in page
    assert "default-src 'none'" in page  # a browser asks nobody for anything
    assert 'src="http' not in page


def test_the_same_pictures_give_the_same_figures(folder: Path, evaluated: Ended, tmp_path: Path):
    again = footfall(
        "models", "evaluate", "--pack", "dlib", "--json", "--data", folder, "--out", tmp_path, "--shots", "1"
    ).json

    assert again["fnmr"]["1"] == evaluated.json["fnmr"]["1"]
    assert again["minting"] == evaluated.json["minting"]
    assert again["detect_ms"] == evaluated.json["detect_ms"]  # taken from the cache, not measured again


def test_a_calibration_is_written_and_printed(folder: Path, tmp_path: Path):
    place = tmp_path / "calibration.toml"
    facts = footfall(
        "models", "calibrate", "--pack", "dlib", "--json", "--data", folder, "--group", "invented", "--out", place
    ).json

    assert facts["file"] == str(place)
    assert set(facts["groups"]["invented"]) == {"fused", "single"}
    value, low, high = facts["groups"]["invented"]["fused"]["distances"]["1e-07"]
    assert low <= value <= high
    assert '"invented" = [[1e-07, ' in place.read_text()


def refused(*arguments: object) -> str:
    ended = footfall("models", "evaluate", "--pack", "dlib", *arguments)
    assert (ended.code, ended.out) == (ExitCode.BAD_INPUT, ""), ended.err
    assert "Traceback" not in ended.err
    return ended.sentence


def test_a_folder_that_cannot_be_measured_on_is_named(folder: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()

    assert "no such folder" in refused("--data", tmp_path / "nowhere")
    assert "holds no pictures" in refused("--data", tmp_path / "empty")
    assert "to tell people apart takes two" in refused("--data", folder / "visitor-001")


def test_pairs_that_name_no_picture_are_refused_before_anything_is_looked_at(folder: Path, tmp_path: Path):
    (tmp_path / "pairs.csv").write_text("path_a,path_b,same\nvisitor-001/0.png,visitor-999/0.png,0\n")

    assert "line 2: visitor-999/0.png is no picture" in refused("--data", folder, "--pairs", tmp_path / "pairs.csv")


def test_shots_that_are_no_numbers_are_a_matter_of_usage(folder: Path):
    assert footfall("models", "evaluate", "--data", folder, "--shots", "some").code == ExitCode.USAGE
