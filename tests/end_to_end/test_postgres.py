"""The whole program on a Postgres: the same answers as on a file, over a crash of the server too."""

from contextlib import closing
from pathlib import Path

import pytest
from footfall_process import footfall
from postgres_server import PostgresServer
from services import wait_until
from simulated_day import STORE, Counted

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from footfall.exit_codes import ExitCode

pytestmark = pytest.mark.needs_postgres


def stores_in(url: str) -> list[str]:
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as kept:
        return kept.stores()


def test_a_day_counted_into_postgres_is_the_day_counted_into_a_file(
    counted: Counted, postgres_url: str, tmp_path: Path
) -> None:
    assert counted.day.count(tmp_path, "--database", postgres_url).json == counted.report
    assert not (tmp_path / "visits.sqlite").exists()
    report = footfall("report", "--by", "day", "--json", "--store", STORE, "--database", postgres_url).json
    assert report == counted.report


def test_a_run_goes_on_over_a_crash_of_the_server(counted: Counted, tmp_path: Path) -> None:
    with PostgresServer() as server:
        assert footfall("database", "upgrade", "--database", server.url).code == ExitCode.OK
        with counted.day.begin_to_count(tmp_path, "--database", server.url) as running:
            assert wait_until(lambda: stores_in(server.url), within_s=60)
            server.crash()
            assert wait_until(lambda: "trying again" in running.err, within_s=60)
            server.start()
            assert running.end().json == counted.report
