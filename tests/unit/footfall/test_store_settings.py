"""What is set of a store, beside what is kept with its visits."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from footfall.cli.asked import load_with_cameras
from footfall.config import Store
from footfall.store_settings import apply_store_settings, not_applied, zone_in_force


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[VisitRepository]:
    url = f"sqlite:///{tmp_path / 'visits.sqlite'}"
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as opened:
        yield opened


def test_what_is_set_is_kept_and_what_is_not_set_stays_as_it_was(repository: VisitRepository):
    first = Store(zone="Asia/Shanghai", session_gap_minutes=60, opening_hours={"monday": ("09:00", "18:00")})
    apply_store_settings(first, repository, ["shop"])
    apply_store_settings(Store(day_start="06:00", session_gap_minutes=20), repository, ["shop"])
    assert repository.settings_of("shop") == StoreSettings(
        store_id="shop",
        zone="Asia/Shanghai",
        day_start=time(6),
        session_gap=timedelta(minutes=20),
        opening_hours={0: (time(9), time(18))},
    )


def test_a_program_started_without_settings_changes_none(repository: VisitRepository):
    apply_store_settings(Store(zone="Europe/Paris"), repository, ["shop"])
    apply_store_settings(Store(), repository, ["shop"])
    assert repository.settings_of("shop").zone == "Europe/Paris"


def test_other_stores_of_the_same_database_keep_theirs(repository: VisitRepository):
    apply_store_settings(Store(zone="Europe/Paris"), repository, ["harbour"])
    apply_store_settings(Store(zone="Asia/Tokyo"), repository, ["market"])
    assert repository.settings_of("harbour").zone == "Europe/Paris"


def test_a_time_without_a_zone_is_meant_by_the_clock_that_is_kept_unless_another_is_set(
    repository: VisitRepository, tmp_path: Path
):
    apply_store_settings(Store(zone="Asia/Shanghai"), repository, ["shop"])
    starts = ["2026-03-02T09:00"]
    asked = {"data_dir": tmp_path}
    kept = load_with_cameras(None, asked, ["door=door.mp4"], starts, zone_in_force)
    assert kept.camera[0].start == datetime(2026, 3, 2, 1, tzinfo=UTC)
    otherwise = load_with_cameras(
        None, asked | {"store": {"zone": "Asia/Tokyo"}}, ["door=door.mp4"], starts, zone_in_force
    )
    assert otherwise.camera[0].start == datetime(2026, 3, 2, 0, tzinfo=UTC)
    nothing_there = load_with_cameras(None, {"data_dir": tmp_path / "new"}, ["door=door.mp4"], starts, zone_in_force)
    assert nothing_there.camera[0].start == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert not (tmp_path / "new").exists()


def test_a_change_is_told(repository: VisitRepository, caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO", logger="footfall.store_settings"):
        apply_store_settings(Store(session_gap_minutes=45), repository, ["shop"])
        apply_store_settings(Store(session_gap_minutes=45), repository, ["shop"])
    assert caplog.messages == ["store shop: session_gap_minutes was 30 and is 45 from now on"]


def test_only_what_is_set_and_differs_is_told_as_not_applied():
    kept = StoreSettings(store_id="shop", zone="Asia/Shanghai")
    assert not_applied(Store(), kept) == ""
    assert not_applied(Store(zone="Asia/Shanghai"), kept) == ""
    hours = Store(opening_hours={"monday": ("09:00", "18:00")})
    assert "store.opening_hours = monday 09:00 to 18:00 (it is not known)" in not_applied(hours, kept)
    told = not_applied(Store(zone="Europe/Paris", day_start="06:00"), kept)
    assert "store.zone = Europe/Paris (it is Asia/Shanghai) and store.day_start = 06:00 (it is 00:00)" in told
