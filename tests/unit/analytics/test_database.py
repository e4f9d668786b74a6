"""What goes wrong with a database file, in sentences."""

import resource
import signal
import sqlite3
from pathlib import Path

import pytest
from visitors_on_paper import seen

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from schemas.errors import ConfigError, StorageError, TransientError


def opened(url: str) -> VisitRepository:
    return VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))


def test_a_file_that_is_no_database_is_named(tmp_path: Path):
    file = tmp_path / "visits.sqlite"
    file.write_bytes(b"no database at all, and long enough to be read as one " * 20)
    with pytest.raises(StorageError, match=r"visits\.sqlite: the file is not a database"):
        opened(f"sqlite:///{file}")


def test_a_folder_that_is_missing_is_named(tmp_path: Path):
    with pytest.raises(StorageError, match=r"nowhere/visits\.sqlite: it cannot be opened"):
        opened(f"sqlite:///{tmp_path}/nowhere/visits.sqlite")


@pytest.mark.parametrize("url", ["visits.sqlite", "nosuch:///visits"])
def test_a_url_of_no_known_database_is_refused(url: str):
    with pytest.raises(ConfigError, match="sqlite:///PATH"):
        opened(url)


def test_a_database_that_may_not_be_written_says_so(tmp_path: Path):
    file = tmp_path / "visits.sqlite"
    opened(f"sqlite:///{file}").close()
    repository = opened(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(StorageError, match="may not be written"):
        repository.record([seen(1, "2026-05-04 09:00:00")])
    repository.close()


def test_a_database_that_another_process_holds_is_worth_another_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "visits.sqlite"
    monkeypatch.setattr("analytics.records.sqlite_engine._BUSY_TIMEOUT_MS", 50)
    repository = opened(f"sqlite:///{file}")
    holder = sqlite3.connect(file)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match="another process holds it"):
        repository.record([seen(1, "2026-05-04 09:00:00")])
    holder.close()
    repository.record([seen(1, "2026-05-04 09:00:00")])
    assert len(repository.confirmed_sightings("shop")) == 1
    repository.close()


def test_a_batch_that_cannot_be_written_wholly_is_not_written_at_all(tmp_path: Path):
    """A limit on the size of files stands for the full disk: the write fails in the middle."""
    file = tmp_path / "visits.sqlite"
    repository = opened(f"sqlite:///{file}")
    repository.record([seen(1, "2026-05-04 09:00:00")])
    many = [
        seen(number, f"2026-05-04 {number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}")
        for number in range(3000)
    ]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, limits[1]))
        with pytest.raises(StorageError, match=r"visits\.sqlite"):
            repository.record(many)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert len(repository.confirmed_sightings("shop")) == 1
    repository.record(many)
    assert len(repository.confirmed_sightings("shop")) == 3001
    repository.close()
