"""The settings of a store in the configuration, beside those that are kept with its visits."""

import logging
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from analytics.records.repository import VisitRepository
from analytics.settings import WEEKDAYS, StoreSettings
from footfall.config import Settings, Store
from footfall.data_dir import DataDir
from footfall.databases import open_repository

_FIELDS = {
    "zone": "zone",
    "day_start": "day_start",
    "session_gap_minutes": "session_gap",
    "opening_hours": "opening_hours",
}

_log = logging.getLogger(__name__)


def apply_store_settings(store: Store, repository: VisitRepository, store_ids: Iterable[str]) -> None:
    """Keep with the visits of some stores how they are counted: for the program that records them, at its start.

    What is set counts from now on; what is not set stays as it was. Raises as ``VisitRepository`` does.
    """
    applied = []
    for store_id in store_ids:
        kept = repository.settings_of(store_id)
        for name in differing(store, kept):
            _log.info("store %s: %s was %s and is %s from now on", store_id, name, _told(kept, name), _set(store, name))
        applied.append(replace(kept, **{_FIELDS[name]: _value(store, name) for name in differing(store, kept)}))
    repository.apply_settings(applied)


def set_up_stores(settings: Settings) -> tuple[str, ...]:
    """Return the store that a configuration names, or gives a camera to: without either, stores are set up on pages."""
    return (settings.store.id,) if settings.store.model_fields_set or settings.camera else ()


def zone_in_force(settings: Settings) -> ZoneInfo:
    """Return the zone in which the store's hours will be reckoned: the one that is set, else the one that is kept."""
    known = settings.database is not None or DataDir(path=settings.data_dir).has_visits
    if "zone" in settings.store.model_fields_set or not known:
        return settings.store.store_settings().tz
    with closing(open_repository(settings)) as repository:
        return repository.settings_of(settings.store.id).tz


def differing(store: Store, kept: StoreSettings) -> list[str]:
    """Return the names of the settings that are set, and are not so in ``kept``."""
    return [name for name in _FIELDS if name in store.model_fields_set and _value(store, name) != _of(kept, name)]


def ruled_settings(store: Store) -> frozenset[str]:
    """Return the fields of ``StoreSettings`` that the configuration sets: they are set so again at every start."""
    return frozenset(field for name, field in _FIELDS.items() if name in store.model_fields_set)


def not_applied(store: Store, kept: StoreSettings) -> str:
    """Return a sentence about the settings that are set and do not count, as others are kept; empty without any."""
    names = differing(store, kept)
    if not names:
        return ""
    told = " and ".join(f"store.{name} = {_set(store, name)} (it is {_told(kept, name)})" for name in names)
    return (
        f"Not applied: {told}; store {kept.store_id} is counted as footfall run or footfall analytics keeps it, "
        "so start that with this setting to change it."
    )


def _value(store: Store, name: str) -> Any:
    return getattr(store.store_settings(), _FIELDS[name])


def _of(kept: StoreSettings, name: str) -> Any:
    return getattr(kept, _FIELDS[name])


def _set(store: Store, name: str) -> str:
    return _told(store.store_settings(), name)


def _told(settings: StoreSettings, name: str) -> str:
    match name:
        case "session_gap_minutes":
            return f"{settings.session_gap.total_seconds() / 60:g}"
        case "opening_hours":
            hours = sorted((settings.opening_hours or {}).items())
            spans = (f"{WEEKDAYS[day]} {opens:%H:%M} to {closes:%H:%M}" for day, (opens, closes) in hours)
            return ", ".join(spans) or ("not known" if settings.opening_hours is None else "always closed")
        case "day_start":
            return settings.day_start.isoformat("minutes")
        case _:
            return settings.zone
