from pathlib import Path

import pytest

from footfall.data_dir import DataDir
from schemas.errors import StorageError


def test_clearing_removes_what_is_ours_and_nothing_else(tmp_path: Path) -> None:
    for name in ("log.sqlite", "log.sqlite-wal", "visits.sqlite", "taxes.txt"):
        (tmp_path / name).write_text("kept")
    DataDir(path=tmp_path).clear()
    assert {file.name for file in tmp_path.iterdir()} == {"lock", "taxes.txt"}


def test_a_directory_in_use_is_neither_held_twice_nor_cleared(tmp_path: Path) -> None:
    directory = DataDir(path=tmp_path)
    with directory.held():
        (tmp_path / "log.sqlite").write_text("kept")
        with pytest.raises(StorageError, match="in use by another footfall"):
            directory.clear()
    assert (tmp_path / "log.sqlite").read_text() == "kept"


def test_what_is_made_there_is_for_its_owner_alone(tmp_path: Path) -> None:
    directory = DataDir(path=tmp_path / "new")
    with directory.held():
        directory.prepare_database()
        modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "new").iterdir()}
    assert modes == {"lock": 0o600, "visits.sqlite": 0o600}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_directory_is_told_from_others_and_known_again_after_a_restart(tmp_path: Path) -> None:
    one, other = (DataDir(path=tmp_path / name) for name in ("one", "other"))
    with one.held(), other.held():
        known = one.identity()
        assert known != other.identity()
    assert DataDir(path=tmp_path / "one").identity() == known
    one.clear()
    assert {file.name for file in (tmp_path / "one").iterdir()} == {"lock"}
