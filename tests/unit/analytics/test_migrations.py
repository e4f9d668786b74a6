"""How a database comes to have its tables, whoever made it and whoever else tries."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres_server import administer, new_database
from sqlalchemy import text
from visitors_on_paper import face, seen, utc

from analytics.records.database import connect, open_database, reading, require_newest, upgrade, writing
from analytics.records.migrations import configuration
from analytics.records.repository import VisitRepository
from analytics.records.schema_version import NEWEST, VERSION_TABLE
from analytics.records.tables import metadata
from analytics.settings import DEFAULT_SESSION_GAP, StoreSettings
from analytics.visits import visits_of
from schemas.errors import StorageError

BEFORE = Path(__file__).parents[2] / "fixtures" / "visits-0.1.sql"
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database in which nothing is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'visits.sqlite'}"
    else:
        with new_database(request.getfixturevalue("postgres")) as url:
            yield url


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A file as version 0.1 left it."""
    file = tmp_path / "visits.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(BEFORE.read_text(encoding="utf-8"))
    return file


def opened(url: str) -> VisitRepository:
    return VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))


def done(url: str, action: Callable) -> object:
    engine = connect(url)
    try:
        return action(engine)
    finally:
        engine.dispose()


def set_version(url: str, version: str) -> None:
    def write(engine):
        with writing(engine) as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{version}'"))

    done(url, write)


def test_a_file_of_version_0_1_is_upgraded_in_place_and_answers_as_before(old_file: Path):
    with closing(opened(f"sqlite:///{old_file}")) as kept:
        assert kept.stores() == ["harbour", "shop"]
        assert kept.last_changes() == {"harbour": 1, "shop": 6}
        of_shop = [(visit.face_id, visit.began_at, visit.sightings) for visit in kept.visits("shop", *ALWAYS)]
        assert of_shop == [
            (face(1), utc("2026-05-04 09:00:00"), 2),
            (face(2), utc("2026-05-04 09:05:00"), 1),
            (face(1), utc("2026-05-04 15:00:00"), 1),
        ]
        assert [stretch.reason for stretch in kept.coverage("shop", *ALWAYS)] == ["", "it's off"]
        done(f"sqlite:///{old_file}", require_newest)


def test_what_is_recorded_into_an_upgraded_file_joins_what_was_there(old_file: Path):
    with closing(opened(f"sqlite:///{old_file}")) as kept:
        before = kept.confirmed_sightings("shop")
        kept.record([*before, seen(1, "2026-05-04 09:30:00")])
        assert kept.last_changes()["shop"] == 7
        expected = visits_of([*before, seen(1, "2026-05-04 09:30:00")], session_gap=DEFAULT_SESSION_GAP)
        assert kept.visits("shop", *ALWAYS) == expected


def test_the_tables_made_are_those_that_the_program_reads(empty_url: str):
    def differences(engine):
        upgrade(engine)
        with reading(engine) as connection:
            context = MigrationContext.configure(
                connection, opts={"version_table": VERSION_TABLE, "include_name": not_a_month, "compare_type": True}
            )
            return compare_metadata(context, metadata)

    found = done(empty_url, differences)
    if empty_url.startswith("sqlite"):  # the indexes of which comments in tables.py say that they differ
        differing = ("visits_by_time", "sightings_by_time", "coverage_by_camera")
        found = [one for one in found if getattr(one[1], "name", None) not in differing]
    assert found == []


def not_a_month(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and (name or "").startswith("sightings_"))


def test_the_version_of_the_program_is_that_of_the_last_step(empty_url: str):
    def last(engine):
        with reading(engine) as connection:
            return ScriptDirectory.from_config(configuration(connection)).get_current_head()

    assert int(done(empty_url, last)) == NEWEST


def test_many_upgrades_at_once_are_one(empty_url: str):
    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(lambda _: done(empty_url, upgrade), range(4)))
    assert sorted(versions) == [(0, NEWEST), *[(NEWEST, NEWEST)] * 3]


def test_an_upgrade_that_fails_leaves_everything_as_it_was(empty_url: str):
    def block(engine):
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE coverage (mine INTEGER)"))

    def unblock(engine):
        with writing(engine) as connection:
            connection.execute(text("DROP TABLE coverage"))

    done(empty_url, block)
    with pytest.raises(StorageError, match=r"coverage|other origin"):
        done(empty_url, upgrade)
    done(empty_url, unblock)
    assert done(empty_url, upgrade) == (0, NEWEST)


def test_tables_that_are_newer_than_the_program_are_refused_and_left_alone(empty_url: str):
    done(empty_url, upgrade)
    set_version(empty_url, f"{NEWEST + 1:04}")
    for refused in (open_database, lambda url: done(url, upgrade)):
        with pytest.raises(StorageError, match=f"version {NEWEST + 1}, and this footfall knows them up to {NEWEST}"):
            refused(empty_url)


def test_older_tables_are_brought_up_in_a_file_and_asked_for_in_a_server(empty_url: str):
    if empty_url.startswith("sqlite"):
        open_database(empty_url).dispose()
        done(empty_url, require_newest)
    else:
        with pytest.raises(StorageError, match="not made yet; run footfall database upgrade"):
            open_database(empty_url)


@pytest.mark.needs_postgres
def test_a_program_goes_on_over_a_later_upgrade_that_adds(postgres_url: str):
    """A rolling upgrade: the next version has added a table, a column with a default and an index meanwhile."""
    with closing(opened(postgres_url)) as kept:
        kept.record([seen(1, "2026-05-04 09:00:00")])
        administer(
            postgres_url,
            "CREATE TABLE members (member_id text PRIMARY KEY)",
            "ALTER TABLE sightings ADD COLUMN zone text NOT NULL DEFAULT ''",
            "ALTER TABLE visits ADD COLUMN business_day date",
            "CREATE INDEX visits_by_business_day ON visits (store_id, business_day)",
            f"UPDATE {VERSION_TABLE} SET version_num = '{NEWEST + 1:04}'",
        )
        kept.record([seen(1, "2026-05-04 09:10:00"), seen(2, "2026-06-30 23:00:00")])
        assert [visit.sightings for visit in kept.visits("shop", *ALWAYS)] == [2, 1]
        assert len(kept.confirmed_sightings("shop")) == 3
