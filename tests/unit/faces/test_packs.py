import shutil
from pathlib import Path

import pytest

from faces.errors import ModelError
from faces.packs import default_pack_name, open_pack, pack_files, pack_licence, pack_names, pack_of_model, places

RETAIL_FILES = tuple(file.name for file in pack_files("retail"))


@pytest.fixture
def retail_files() -> list[Path]:
    """Where the files of the retail pack lie on this machine; ask for it before ``nowhere`` hides them."""
    return [file.found for file in pack_files("retail") if file.found]


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no pack was ever put into place."""
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path))
    monkeypatch.delenv("FOOTFALL_MODELS", raising=False)
    monkeypatch.setattr(places, "_MODELS_BESIDE_CHECKOUT", tmp_path / "shared/models")
    return tmp_path


def test_the_shipped_packs_are_known_by_name():
    assert pack_names() == ("dlib", "opencv", "retail")


def test_every_pack_states_a_licence():
    assert all(pack_licence(name) for name in pack_names())


def test_an_unknown_pack_is_refused_with_the_known_ones():
    with pytest.raises(ModelError, match="dlib, opencv, retail"):
        open_pack("arcface")


def test_a_pack_whose_files_are_absent_says_where_to_put_them(nowhere: Path):
    with pytest.raises(ModelError, match=str(nowhere / "packs/retail")):
        open_pack("retail")


def test_a_file_with_a_wrong_checksum_is_refused(nowhere: Path):
    folder = nowhere / "packs/retail"
    folder.mkdir(parents=True)
    for name in RETAIL_FILES:
        (folder / name).write_bytes(b"something else")
    with pytest.raises(ModelError, match="wrong checksum"):
        open_pack("retail")


def test_without_the_retail_files_the_default_is_dlib(nowhere: Path):
    assert default_pack_name() == "dlib"


@pytest.mark.needs_models
def test_with_the_retail_files_in_the_cache_the_default_is_retail(retail_files: list[Path], nowhere: Path):
    folder = nowhere / "packs/retail"
    folder.mkdir(parents=True)
    for path in retail_files:
        shutil.copy(path, folder)
    assert default_pack_name() == "retail"
    pack = open_pack("retail")
    assert (pack.default_min_face_px, pack.min_score) == (40, 0.8)


@pytest.mark.parametrize("variable", [None, "chosen"])
def test_a_folder_of_models_is_the_one_chosen_or_lies_beside_the_checkout(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, variable: str | None
):
    for folder in (nowhere / "shared/models", nowhere / "chosen"):
        folder.mkdir(parents=True)
        (folder / RETAIL_FILES[0]).touch()
    if variable:
        monkeypatch.setenv("FOOTFALL_MODELS", str(nowhere / variable))
    expected = nowhere / (variable or "shared/models") / RETAIL_FILES[0]
    assert pack_files("retail")[0].found == expected


def test_a_pack_carries_what_its_users_must_know():
    pack = open_pack("dlib")
    assert (pack.name, pack.licence) == ("dlib", "CC0-1.0")
    assert pack.default_min_face_px > 0
    assert pack.min_score == 0.7
    assert "`footfall models pull retail`" in pack.accuracy
    assert "LFW" in pack.calibration.measured_on


def test_what_a_pack_learnt_before_an_update_is_still_known_to_be_its_own():
    assert pack_of_model("dlib-resnet-128.chip150.v1") == "dlib"
    assert pack_of_model("retail-0095-256.crop128.v1") == "retail"
