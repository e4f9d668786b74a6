"""Data in a folder that may not be written: it is read, and nothing is made beside it."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analytics.records.database import connect, upgrade, writing
from analytics.records.repository import VisitRepository
from analytics.records.schema_version import NEWEST, VERSION_TABLE
from analytics.settings import StoreSettings
from footfall.cli import identity, report  # noqa: F401 - each registers its command
from footfall.cli.app import app
from schemas.errors import StorageError
from schemas.ids import coverage_id
from schemas.messages import Coverage, CoverageState

BEGAN = datetime(2026, 5, 4, 9, tzinfo=UTC)
Seal = Callable[[Path], Path]


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Seal]:
    """What shows a folder so that nobody may write there: root is only stopped by a mount."""
    shown = tmp_path / "shown"
    mounted = []

    def seal(folder: Path) -> Path:
        if os.geteuid() != 0:
            for file in folder.iterdir():
                file.chmod(0o400)
            folder.chmod(0o500)
            return folder
        shown.mkdir()
        for options in (["--bind", folder, shown], ["-o", "remount,bind,ro", shown]):
            done = subprocess.run(["mount", *options], capture_output=True, text=True)
            if done.returncode != 0:
                pytest.skip(f"a folder cannot be mounted here: {done.stderr.strip()}")
            mounted[:] = [shown]
        return shown

    yield seal
    for place in mounted:
        subprocess.run(["umount", "-l", place], check=True)


def opened(folder: Path) -> VisitRepository:
    return VisitRepository(f"sqlite:///{folder / 'visits.sqlite'}", lambda store_id: StoreSettings(store_id=store_id))


def fill(kept: VisitRepository) -> None:
    watched = Coverage(
        event_id=coverage_id("shop", "door", BEGAN, CoverageState.SEEN), store_id="shop", camera_id="door",
        state=CoverageState.SEEN, began_at=BEGAN, ended_at=BEGAN + timedelta(hours=1),
    )  # fmt: skip
    kept.record([], [watched])


def told(*command: str) -> dict[str, object]:
    done = CliRunner().invoke(app, [*command, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_report_and_the_ledger_are_read_and_nothing_is_made(tmp_path: Path, sealed: Seal):
    with closing(opened(tmp_path)) as kept:
        fill(kept)
    shown = sealed(tmp_path)
    before = sorted(shown.iterdir())
    assert told("report", "--data-dir", str(shown))["completeness"] == 1.0
    assert told("identity", "history", "--data-dir", str(shown)) == {"entries": []}
    assert sorted(shown.iterdir()) == before


def test_what_a_running_program_has_written_just_now_is_read_too(tmp_path: Path, sealed: Seal):
    with closing(opened(tmp_path)) as kept:
        fill(kept)
        assert told("report", "--data-dir", str(sealed(tmp_path)))["completeness"] == 1.0


def test_who_would_write_is_told_that_it_may_not_be_written(tmp_path: Path, sealed: Seal):
    with closing(opened(tmp_path)) as kept:
        fill(kept)
    with closing(opened(sealed(tmp_path))) as kept, pytest.raises(StorageError, match="may not be written"):
        kept.apply_settings([StoreSettings(store_id="shop", zone="Europe/Paris")])


def test_tables_of_an_older_version_are_named_and_left_as_they_are(tmp_path: Path, sealed: Seal):
    engine = connect(f"sqlite:///{tmp_path / 'visits.sqlite'}")
    upgrade(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '0003'")
    engine.dispose()
    with pytest.raises(
        StorageError, match=f"are of version 3, and this footfall needs {NEWEST}; run footfall database"
    ):
        opened(sealed(tmp_path))
