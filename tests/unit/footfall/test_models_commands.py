"""``footfall models`` as it is typed."""

import json
from pathlib import Path

import pytest
from faces_scene import portrait, scene
from tiny_network import onnx_file
from typer.testing import CliRunner, Result

from faces import reference, speed
from faces.errors import ModelError, PictureError
from faces.packs import open_pack, pack_files, pack_names
from faces.packs.places import folder_of, models_dir
from faces.pictures import encode_jpeg
from footfall.cli import models as _registered  # noqa: F401
from footfall.cli.app import app
from footfall.exit_codes import ExitCode, exit_code_of
from schemas.errors import InputError, StorageError

MANIFEST = """
name = "tiny"
licence = "for research purposes"
[detector]
name = "yunet"
[embedder]
network = "tiny.onnx"
dimension = 16
metric = "l2"
[embedder.input]
side_px = 32
[embedder.alignment]
scheme = "arcface"
"""


@pytest.fixture(autouse=True)
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of this machine as a memory stick, and a machine that has none."""
    there = models_dir()
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FOOTFALL_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("FOOTFALL_DATA_DIR", str(tmp_path / "data"))
    return there


def models(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["models", *map(str, arguments)])


def printed(*arguments: object) -> dict[str, object]:
    done = models(*arguments, "--json")
    assert done.exit_code == 0, done.exception
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_the_packs_are_listed_with_licence_and_how_to_get_them():
    packs = printed("list")["packs"]
    assert [(name, pack["in_place"], pack["default"]) for name, pack in packs.items()] == [
        ("dlib", True, True),
        ("opencv", False, False),
        ("retail", False, False),
    ]
    assert packs["opencv"]["licence"] == "Apache-2.0"
    assert not packs["opencv"]["calibrated"]
    assert "run `footfall models pull retail`" in models("list").stderr


@pytest.mark.needs_models
def test_a_pack_is_pulled_verified_and_removed(stick: Path):
    done = models("pull", "retail", "--from", stick)
    assert done.exit_code == 0
    licence, installed = done.stderr.find("Apache-2.0"), done.stderr.find("is installed in")
    assert 0 <= licence < installed
    assert printed("pull", "retail", "--from", stick)["anew"] is False
    assert printed("verify")["packs"] == {"dlib": "whole", "opencv": "not in place", "retail": "whole"}
    assert printed("list")["packs"]["retail"]["default"] is True
    assert printed("remove", "retail") == {"pack": "retail", "removed": str(folder_of("retail")), "calibration": None}
    assert printed("verify", "retail")["packs"] == {"retail": "not in place"}


def test_a_pack_that_there_is_not_is_said_to_be_none():
    error = models("verify", "nosuch").exception
    assert isinstance(error, ModelError)
    assert str(error) == "there is no pack 'nosuch'; choose one of dlib, opencv, retail"


def test_a_cache_folder_that_is_a_file_is_a_matter_of_storage(
    stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("FOOTFALL_CACHE", str(file))
    assert printed("list")["packs"]["retail"]["in_place"] is False
    (tmp_path / "pack.toml").write_text(MANIFEST.replace("for research purposes", "MIT"))
    from_stick = ("--from", stick)
    for arguments in (("pull", "retail", *from_stick), ("add", tmp_path / "pack.toml", *from_stick), ("verify",)):
        error = models(*arguments).exception
        assert isinstance(error, ModelError)
        assert exit_code_of(error) is ExitCode.STORAGE
        assert str(error).startswith(f"{file}/")


@pytest.mark.needs_models
def test_a_damaged_pack_is_named_beside_the_whole_ones(stick: Path):
    models("pull", "retail", "--from", stick)
    (folder_of("retail") / "yunet_n.onnx").write_bytes(b"damage")
    done = models("verify", "--json")
    assert done.exit_code == 6
    states = json.loads(done.stdout)["packs"]
    assert states["dlib"] == "whole"
    assert states["retail"].startswith("damaged: pack retail")


@pytest.mark.needs_models
def test_what_was_accepted_of_a_licence_is_shown(stick: Path, tmp_path: Path):
    onnx_file(tmp_path / "tiny.onnx")
    (tmp_path / "pack.toml").write_text(MANIFEST)
    refused = models("add", tmp_path / "pack.toml", "--from", stick)
    assert isinstance(refused.exception, ModelError)
    assert "--accept-non-commercial" in str(refused.exception)
    assert "tiny" not in pack_names()
    done = printed("add", tmp_path / "pack.toml", "--from", stick, "--accept-non-commercial")
    assert done["folder"] == str(folder_of("tiny"))
    assert printed("list")["packs"]["tiny"]["accepted"] == ["non-commercial use only"]
    assert "accepted:" in models("list").stderr


@pytest.mark.needs_models
def test_a_pack_that_is_named_by_the_settings_is_not_removed_unasked(stick: Path, monkeypatch: pytest.MonkeyPatch):
    models("pull", "retail", "--from", stick)
    monkeypatch.setenv("FOOTFALL_PACK", "retail")
    refused = models("remove", "retail")
    assert isinstance(refused.exception, InputError)
    assert "the settings name it; remove it all the same with --force" in str(refused.exception)
    assert open_pack("retail").name == "retail"
    assert models("remove", "retail", "--force").exit_code == 0
    assert not any(file.found for file in pack_files("retail"))


@pytest.mark.needs_models
def test_a_pack_whose_manifest_was_damaged_stands_in_no_others_way(stick: Path, tmp_path: Path):
    onnx_file(tmp_path / "tiny.onnx")
    (tmp_path / "pack.toml").write_text(MANIFEST.replace("for research purposes", "MIT"))
    models("add", tmp_path / "pack.toml", "--from", stick)
    (folder_of("tiny") / "manifest.toml").write_text("nonsense")
    assert "this is not TOML" in printed("list")["packs"]["tiny"]["damaged"]
    states = json.loads(models("verify", "--json").stdout)["packs"]
    assert states["tiny"].startswith("damaged")
    assert states["dlib"] == "whole"
    printed("remove", "tiny")
    assert "tiny" not in pack_names()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A picture each of two people, and a file of the first that breaks off."""
    folder = tmp_path / "people"
    for person, name in enumerate(("anna", "ben"), start=1):
        (folder / name).mkdir(parents=True)
        (folder / name / "1.jpg").write_bytes(encode_jpeg(scene(portrait(person))))
    (folder / "anna" / "torn.jpg").write_bytes(b"\xff\xd8 torn off")
    return folder


def test_a_picture_that_cannot_be_measured_on_is_named(people: Path, tmp_path: Path):
    done = models("evaluate", "--pack", "dlib", "--shots", 1, "--data", people, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.exception
    assert f"{people}/anna/torn.jpg: " in done.stderr
    assert "1 picture could not be read: anna/torn.jpg." in (tmp_path / "out" / "dlib.html").read_text()


def test_a_calibration_that_could_not_be_written_is_not_measured(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("footfall.cli.models.calibrate.look_at", lambda *_: pytest.fail("looked at the pictures"))
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "x.toml", tmp_path):
        refused = models("calibrate", "--pack", "dlib", "--data", people, "--out", place)
        assert isinstance(refused.exception, StorageError)
        assert f"{place}: cannot be written" in str(refused.exception)


def test_a_picture_to_bench_on_that_breaks_off_is_named(people: Path):
    refused = models("bench", "--picture", people / "anna" / "torn.jpg")
    assert isinstance(refused.exception, PictureError)
    assert str(refused.exception).startswith(f"{people}/anna/torn.jpg: ")


@pytest.mark.needs_models
def test_a_damaged_pack_is_named_beside_the_figures_of_the_others(stick: Path, monkeypatch: pytest.MonkeyPatch):
    def measure(name: str, *_: object, **__: object) -> speed.Speed:
        open_pack(name)
        return speed.Speed(faces=1, min_face_px=40, detect_ms=1, embed_ms=1, frame_to_embedding_ms=2, rss_mb=9)

    monkeypatch.setattr(speed, "measure", measure)
    monkeypatch.setattr(reference, "reference_python", lambda: None)
    models("pull", "retail", "--from", stick)
    (folder_of("retail") / "yunet_n.onnx").write_bytes(b"damage")
    figures = printed("bench")
    assert list(figures["packs"]) == ["dlib"]
    assert figures["damaged"]["retail"].startswith("pack retail")
    assert "Pack retail is damaged: " in models("bench").stderr
    monkeypatch.setattr("faces.packs.pack_names", lambda: ("retail",))
    assert isinstance(models("bench").exception, ModelError)
