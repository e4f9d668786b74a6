"""An arrival as every screen of a store is sent it: looked up, tagged and written out once for all of them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fastapi.sse import format_sse_event

from analytics.arrivals import TagsOf, arrival_json, with_tags
from analytics.records.told_arrivals import ArrivalChange, ToldArrivals

RESUMED_AT_MOST = 1_000
"""More arrivals than that do not stand at once in a store: they expire within ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEvent:
    """``event`` is what is sent, until ``expires_at``."""

    change: int
    expires_at: datetime
    event: bytes


def events_of(told: ToldArrivals, tags_of: TagsOf, now: Callable[[], datetime]) -> Callable[..., Sequence[ToldEvent]]:
    """Return what looks up the arrivals of a store that are new and stand, ready to be sent; it waits for tags."""

    def latest(store_id: str, *, after: int, limit: int) -> Sequence[ToldEvent]:
        found = told.latest(store_id, after=after, limit=limit, standing_at=now())
        tagged = with_tags([one.arrival for one in found], tags_of)
        return [
            ToldEvent(
                change=one.change,
                expires_at=arrival.expires_at,
                event=written("arrival", screen_json(one, arrival.tags), str(one.change)),
            )
            for one, arrival in zip(found, tagged, strict=True)
        ]

    return latest


def screen_json(change: ArrivalChange, tags: Sequence[str]) -> dict[str, Any]:
    """Return an arrival as a screen reads it: as all programs do, with what helps to greet somebody."""
    return arrival_json(replace(change.arrival, tags=tuple(tags))) | {
        "last_visit_at": change.last_visit_at.isoformat() if change.last_visit_at else None,
        "greeted_by": change.greeted_by,
    }


def written(kind: str, data: dict[str, Any], event_id: str | None = None) -> bytes:
    """Return an event as it goes over the wire."""
    return format_sse_event(data_str=json.dumps(data, ensure_ascii=False), event=kind, id=event_id)
