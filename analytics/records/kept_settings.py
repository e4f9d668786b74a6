"""The settings of stores beside their data, inside a transaction that the caller began."""

from collections.abc import Iterable, Mapping
from datetime import time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from analytics.records import tables
from analytics.records.bulk import insert_missing, upsert
from analytics.settings import StoreSettings

_kept = tables.store_settings.c


def kept_settings(connection: Connection, store_ids: Iterable[str]) -> dict[str, StoreSettings]:
    """Return the settings of those stores of which they are kept."""
    query = select(tables.store_settings).where(_kept.store_id.in_(list(store_ids)))
    return {row.store_id: _settings_of(row) for row in connection.execute(query)}


def keep_settings(connection: Connection, settings: Iterable[StoreSettings]) -> None:
    """Keep settings in place of those that were kept."""
    upsert(connection, tables.store_settings, [_values(one) for one in settings])


def kept_or_first(connection: Connection, first: Mapping[str, StoreSettings]) -> dict[str, StoreSettings]:
    """Return the settings of stores that are kept; of a store without, keep and return its ``first`` ones."""
    kept = kept_settings(connection, first)
    if missing := [settings for store_id, settings in sorted(first.items()) if store_id not in kept]:
        insert_missing(connection, tables.store_settings, [_values(one) for one in missing])
        kept = kept_settings(connection, first)
    return kept


def _values(settings: StoreSettings) -> tuple[Any, ...]:
    hours = settings.opening_hours
    return (
        settings.store_id,
        settings.zone,
        settings.day_start.isoformat(),
        settings.session_gap.total_seconds(),
        None if hours is None else {str(day): [at.isoformat() for at in span] for day, span in sorted(hours.items())},
    )


def _settings_of(row: Row[Any]) -> StoreSettings:
    hours = row.opening_hours
    return StoreSettings(
        store_id=row.store_id,
        zone=row.zone,
        day_start=time.fromisoformat(row.day_start),
        session_gap=timedelta(seconds=row.session_gap_s),
        opening_hours=None
        if hours is None
        else {
            int(day): (time.fromisoformat(opens), time.fromisoformat(closes)) for day, (opens, closes) in hours.items()
        },
    )
