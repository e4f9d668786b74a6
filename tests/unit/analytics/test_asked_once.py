"""A chain's report asks once for what each of its stores would ask again."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from analytics.asked_once import AskedOnce
from analytics.records.repository import VisitRepository
from analytics.reports.chain_report import build_chain_report
from analytics.settings import StoreSettings
from evaluation.invented_sightings import invented_sighting
from schemas.ids import minted_face_id

MOMENT = datetime(2026, 5, 4, 12, tzinfo=UTC)
STORES = ("east", "north", "south")


@pytest.fixture
def repository(tmp_path: Path) -> VisitRepository:
    opened = VisitRepository(f"sqlite:///{tmp_path}/visits.db", lambda store_id: StoreSettings(store_id=store_id))
    opened.record(
        [
            invented_sighting(number, store, minted_face_id(UUID(int=number)), MOMENT)
            for number, store in enumerate(STORES)
        ]
    )
    return opened


def test_what_is_the_same_for_all_stores_is_asked_once_however_many_reports_share_it(
    repository: VisitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[str] = Counter()
    for name in ("stores", "staff", "static", "span"):
        plain = getattr(VisitRepository, name)

        def counting(self, *given, _name=name, _plain=plain):
            asked[_name, *given] += 1
            return _plain(self, *given)

        monkeypatch.setattr(VisitRepository, name, counting)
    source, stores = AskedOnce(repository), repository.settings_of_each(STORES)

    reports = [build_chain_report(source, stores, day, day, now=MOMENT) for day in (date(2026, 5, 4), date(2026, 5, 3))]

    assert [report.figures.uv for report in reports] == [3, 0]
    assert set(asked.values()) == {1}
    repository.close()
