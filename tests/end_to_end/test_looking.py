"""``footfall cluster`` and ``footfall compare`` as they are typed, on pictures of people who do not exist."""

import csv
import re
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from footfall_process import ROOT, Ended, footfall
from picture_files import file_of
from picture_folder import crowd, fill, lying, picture_of

from faces.pictures import encode_jpeg, read_picture

PEOPLE, LOOKS = 5, 4
FORTY = "a-name-that-is-forty-characters-long.jpg"
CHINESE = "王小明的家庭照片.jpg"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """A cache of its own, in which the models are made once."""
    return {"FOOTFALL_CACHE": tmp_path_factory.mktemp("cache")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    fill(folder, people=PEOPLE, looks=LOOKS)
    return folder


@pytest.fixture(scope="module")
def gallery(folder: Path) -> Path:
    """The folder, and what else may lie in one."""
    (folder / FORTY).write_bytes(lying(1, 9))
    (folder / CHINESE).write_bytes(file_of(picture_of(2, look=9), "jpg"))
    (folder / "two.png").write_bytes(file_of(picture_of(3, 4, look=9), "png"))
    (folder / "half.jpg").write_bytes(encode_jpeg(picture_of(0))[:2000])
    (folder / "film.gif").write_bytes(b"GIF89a and more")
    (folder / "letter.txt").write_text("Dear Sir or Madam")
    return folder


def look(command: str, *arguments: object, **settings: object) -> Ended:
    return footfall(command, *arguments, "--pack", "dlib", "--json", **settings)


def assert_documented(answer: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "looking.md").read_text(encoding="utf-8")
    assert [key for key in answer if f"`{key}`" not in page] == []


def person_of(name: str) -> str:
    return name.split("/")[0]


def test_people_are_put_together_and_the_folders_agree(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, cache: dict[str, object]
) -> None:
    folder = tmp_path_factory.mktemp("people")
    fill(folder, people=PEOPLE, looks=LOOKS)
    found = look("cluster", folder, "--out", tmp_path, **cache).json
    assert (found["pictures"], found["faces"], found["clusters"], found["noise"]) == (20, 20, PEOPLE, 0)
    assert (found["pair_precision"], found["pair_recall"]) == (1.0, 1.0)
    assert found["seconds"].keys() == {"look", "cluster", "write"}
    assert_documented(found)
    with Path(found["csv"]).open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len({(person_of(row["path"]), row["cluster"]) for row in rows}) == PEOPLE
    for row in rows:  # each face fills the middle of its half
        assert 100 < float(row["width"]) < 300, row


def test_what_is_in_a_real_folder_does_no_harm(gallery: Path, tmp_path: Path, cache: dict[str, object]) -> None:
    ended = look("cluster", gallery, "--out", tmp_path, **cache)
    found = ended.json
    assert sorted(found["unreadable"]) == ["film.gif", "half.jpg"]
    assert found["faces"] == PEOPLE * LOOKS + 4
    assert found["pair_precision"] is None  # not all of it lies in folders
    assert "half.jpg: JPEG breaks off before its end" in ended.err
    page = Path(found["html"]).read_text(encoding="utf-8")
    for name in (FORTY, CHINESE, "two.png", "half.jpg"):
        assert name in page
    with Path(found["csv"]).open(encoding="utf-8-sig") as file:
        cluster_of = {row["path"]: row["cluster"] for row in csv.DictReader(file)}
    assert cluster_of[FORTY] == cluster_of["person-1/look-0.jpg"]
    assert cluster_of[CHINESE] == cluster_of["person-2/look-0.jpg"]


def test_stored_embeddings_are_clustered_without_a_picture(tmp_path: Path, cache: dict[str, object]) -> None:
    rng = np.random.default_rng(0)
    people = np.repeat(rng.standard_normal((30, 128)) / 8, 4, axis=0)
    np.savez(tmp_path / "faces.npz", embeddings=people + rng.standard_normal(people.shape) / 100)
    found = look("cluster", "--embeddings", tmp_path / "faces.npz", "--out", tmp_path, **cache).json
    assert (found["faces"], found["clusters"], found["noise"]) == (120, 30, 0)


@pytest.mark.parametrize(
    ("name", "person"),
    [("person-0/look-1.png", 0), (FORTY, 1), (CHINESE, 2)],
)
def test_the_same_person_is_nearest_and_shown(
    name: str, person: int, gallery: Path, tmp_path: Path, cache: dict[str, object]
) -> None:
    # So many that also a look-alike's four pictures are not the last.
    many = ("--top", 9)
    found = look("compare", gallery / name, "--gallery", gallery, *many, "--out", tmp_path / "c.png", **cache).json
    best, *_, last = found["matches"]
    mates = {f"person-{person}", FORTY if person == 1 else CHINESE}
    assert person_of(best["path"]) in mates
    assert best["path"] != name  # its own file is no answer
    assert best["verdict"] == "same person" != last["verdict"]
    assert best["distance"] < last["distance"]
    assert sorted(found["gallery"]["unreadable"]) == ["film.gif", "half.jpg"]
    assert found["milliseconds"].keys() == {"detect", "embed", "search"}
    for part in (found, found["gallery"], found["milliseconds"], best):
        assert_documented(part)
    picture = read_picture(Path(found["out"]))
    assert picture.shape[1] > 1500
    assert picture[:20].min() == 255  # dark on light


def test_of_several_faces_the_largest_is_taken_and_it_is_said(
    gallery: Path, tmp_path: Path, cache: dict[str, object]
) -> None:
    (tmp_path / "crowd.png").write_bytes(file_of(crowd(), "png"))
    ended = look(
        "compare", tmp_path / "crowd.png", "--gallery", gallery, "--out", tmp_path / "c.png", "--top", "12", **cache
    )
    said = re.search(r"(\d+) faces; the largest is taken", ended.err)
    assert said, ended.err
    assert 38 <= int(said[1]) <= 40, "of forty faces a detector may miss one or two"
    assert ended.json["faces_in_picture"] == int(said[1])
    assert len(ended.json["matches"]) == 12


def test_a_second_look_is_taken_from_the_cache(gallery: Path, tmp_path: Path, cache: dict[str, object]) -> None:
    own = cache | {"XDG_CACHE_HOME": tmp_path}
    arguments = ("compare", gallery / CHINESE, "--gallery", gallery, "--out", tmp_path / "c.png")
    first, second = look(*arguments, **own).json, look(*arguments, **own).json
    assert first["matches"] == second["matches"]
    kept = Path(str(cache["FOOTFALL_CACHE"])) / "faces.sqlite"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    before = kept.stat().st_mtime_ns
    look(*arguments, "--no-cache", **own)
    assert kept.stat().st_mtime_ns == before
