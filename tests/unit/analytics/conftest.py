from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from visitors_on_paper import NewRepository

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings


@pytest.fixture
def new_repository(tmp_path: Path) -> Iterator[NewRepository]:
    """Open the repository of one store: ``new_repository(zone=…, day_start=…)`` gives it with the store's settings."""
    opened = []

    def make(*, zone: str = "UTC", day_start: time = time(0)) -> tuple[VisitRepository, StoreSettings]:
        settings = StoreSettings(store_id="shop", zone=zone, day_start=day_start)
        url = f"sqlite:///{tmp_path / 'visits.sqlite'}"
        opened.append(VisitRepository(url, lambda store_id: replace(settings, store_id=store_id)))
        return opened[-1], settings

    yield make
    for repository in opened:
        repository.close()
