"""Which database the settings mean."""

from dataclasses import replace

from analytics.records.repository import VisitRepository
from footfall.config import Settings
from footfall.data_dir import DataDir


def database_url_of(settings: Settings) -> str:
    """Return the URL of the database that is named, else of the one in the data directory; with its password."""
    return settings.database.reveal() if settings.database else DataDir(path=settings.data_dir).database_url


def open_repository(settings: Settings) -> VisitRepository:
    """Open the visits, for those who only read them too. Raises as ``VisitRepository`` does."""
    store = settings.store.store_settings()
    return VisitRepository(database_url_of(settings), lambda store_id: replace(store, store_id=store_id))
