"""``footfall database`` as it is typed."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres_server import administer, new_database
from typer.testing import CliRunner

from analytics.records.repository import VisitRepository
from analytics.records.schema_version import NEWEST, VERSION_TABLE
from analytics.settings import StoreSettings
from footfall.cli import database, report  # noqa: F401 - each registers its command
from footfall.cli.app import app
from footfall.exit_codes import exit_code_of
from schemas.errors import ConfigError, FootfallError, InputError, StorageError
from schemas.ids import coverage_id
from schemas.messages import Coverage, CoverageState

pytestmark = pytest.mark.needs_postgres


def run(*arguments: str) -> tuple[str, str]:
    """Return what the command wrote on standard output and standard error; raise what it raised."""
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout, " ".join(done.stderr.split())


def opened(url: str) -> VisitRepository:
    return VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))


@pytest.fixture
def empty(postgres: str) -> Iterator[str]:
    """The URL of a database in which nothing is, with a password that the server does not ask for."""
    with new_database(postgres) as url:
        yield url.replace("footfall@", "footfall:secret@")


def test_an_empty_database_is_refused_then_upgraded_and_then_right(empty: str):
    with pytest.raises(StorageError, match="run footfall database upgrade"):
        run("database", "check", "--database", empty)
    assert f"from version 0 to {NEWEST}" in run("database", "upgrade", "--database", empty)[1]
    assert f"are of version {NEWEST} already" in run("database", "upgrade", "--database", empty)[1]
    assert "are those of this program" in run("database", "check", "--database", empty)[1]


def test_what_is_in_it_is_described_without_the_password(postgres_url: str):
    with closing(opened(postgres_url)) as kept:
        kept.record([], [watched()])
    told = json.loads(run("database", "describe", "--json", "--database", postgres_url)[0])
    assert (told["version"], told["newest"]) == (NEWEST, NEWEST)
    rows = {part["name"]: part["rows"] for part in told["tables"]}
    filled = {name for name, number in rows.items() if number}
    assert filled == {"coverage", "coverage_by_hour", "store_settings", "stores"}
    assert (rows["coverage"], rows["stores"]) == (1, 1)
    assert "@" not in told["database"]
    assert "coverage" in run("database", "describe", "--database", postgres_url)[1]


def test_the_database_that_is_set_is_the_one_that_is_meant(empty: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTFALL_DATABASE", empty)
    run("database", "upgrade")
    assert "are those of this program" in run("database", "check")[1]


def test_upgrading_and_checking_tell_programs_what_they_found(tmp_path: Path):
    file = tmp_path / "visits.sqlite"
    of = ("--database", f"sqlite:///{file}", "--json")
    assert json.loads(run("database", "upgrade", *of)[0]) == {"database": str(file), "before": 0, "version": NEWEST}
    assert json.loads(run("database", "upgrade", *of)[0])["before"] == NEWEST
    assert json.loads(run("database", "check", *of)[0]) == {"database": str(file), "version": NEWEST}


@pytest.mark.parametrize("command", [("database", "check"), ("database", "upgrade"), ("report",)])
def test_a_database_that_is_newer_than_the_program_is_refused_by_every_command(postgres_url: str, command):
    administer(postgres_url, f"UPDATE {VERSION_TABLE} SET version_num = '{NEWEST + 5:04}'")
    assert refusal(*command, "--database", postgres_url) == (7, StorageError)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://footfall:secret@127.0.0.1:1/visits", (7, StorageError)),
        ("mysql://footfall:secret@127.0.0.1/visits", (4, ConfigError)),
        ("postgresql://footfall:sec ret@127.0.0.1/visits", (4, ConfigError)),
        ("postgresql://footfall:secret@127.0.0.1", (4, ConfigError)),
        ("sqlite:////nowhere/visits.sqlite", (3, InputError)),
    ],
)
def test_what_cannot_be_used_is_refused_without_the_password(url: str, expected):
    assert refusal("database", "check", "--database", url) == expected


def refusal(*command: str) -> tuple[int, type[FootfallError]]:
    with pytest.raises(FootfallError) as caught:
        run(*command)
    assert "secret" not in str(caught.value)
    assert "sec ret" not in str(caught.value)
    kinds = (ConfigError, InputError, StorageError)
    return exit_code_of(caught.value), next(kind for kind in kinds if isinstance(caught.value, kind))


def test_a_file_that_is_not_there_is_not_made_by_looking(tmp_path: Path):
    with pytest.raises(InputError, match="is not there"):
        run("database", "describe", "--data-dir", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_report_reads_the_database_that_is_named(postgres_url: str):
    with closing(opened(postgres_url)) as kept:
        kept.record([], [watched()])
    told = json.loads(run("report", "--database", postgres_url, "--json")[0])
    assert (told["store"], told["pv"], told["completeness"]) == ("north", 0, 1.0)


def watched() -> Coverage:
    began_at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    return Coverage(
        event_id=coverage_id("north", "door", began_at, CoverageState.SEEN),
        store_id="north",
        camera_id="door",
        state=CoverageState.SEEN,
        began_at=began_at,
        ended_at=began_at + timedelta(hours=1),
    )
