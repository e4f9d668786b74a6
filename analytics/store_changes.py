"""Setting stores up and counting them otherwise, however it is asked for; every change is written down."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

from analytics.access.audit import AuditEntry
from analytics.presentation.language import _
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings, fits_in_address
from schemas.errors import InputError


def new_store(name: str, zone: str, known: Collection[str]) -> StoreSettings:
    """Return the settings of a store to be set up. Raises InputError or ConfigError for what cannot be meant."""
    if not fits_in_address(name):
        raise InputError(_("A store needs a name of 1 to 64 characters without a / in it."))
    if name in known:
        raise InputError(_("There is a store {store} already.", store=name))
    return StoreSettings(store_id=name, zone=zone)


def set_up_store(repository: VisitRepository, made: StoreSettings, *, by: str, at: datetime) -> None:
    """Set a store up."""
    entry = AuditEntry(at=at, actor=by, action="store add", subject=made.store_id, detail=made.zone)
    repository.apply_settings([made], written_down=[entry])


def count_store_by(
    repository: VisitRepository, before: StoreSettings, after: StoreSettings, *, by: str, at: datetime
) -> None:
    """Count a store by other settings from now on; nothing happens where they are the same."""
    if after == before:
        return
    told = ", ".join(
        f"{name} {_told(getattr(before, name))} → {_told(getattr(after, name))}"
        for name in ("zone", "day_start", "session_gap", "opening_hours")
        if getattr(before, name) != getattr(after, name)
    )
    entry = AuditEntry(at=at, actor=by, action="store settings", subject=before.store_id, detail=told)
    repository.apply_settings([after], written_down=[entry])


def _told(value: Any) -> str:
    match value:
        case timedelta():
            return f"{value.total_seconds() / 60:g} min"
        case time():
            return value.isoformat("minutes")
        case None:
            return "not known"
        case dict():
            return "; ".join(f"{day}: {opens:%H:%M}-{closes:%H:%M}" for day, (opens, closes) in sorted(value.items()))
        case _:
            return str(value)
