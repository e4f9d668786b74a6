"""Whether the database holds what it would hold had nothing happened."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from analytics.records import camera_tables, tables
from analytics.records.database import connect
from bench.chaos.world import Event
from schemas import ids
from schemas.messages import FaceCrop, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Everything that says something about visitors: the standing sightings, the visits, and the coverage."""

    sightings: Counter[tuple[Any, ...]]
    visits: Counter[tuple[Any, ...]]
    coverage: Counter[UUID]

    def pv(self, store_id: str) -> int:
        """Return the visits of a store."""
        return sum(count for visit, count in self.visits.items() if visit[1] == store_id)

    def uv(self, store_id: str) -> int:
        """Return the distinct FaceIds of a store."""
        return len({visit[2] for visit in self.visits if visit[1] == store_id})

    def face_ids(self) -> set[UUID]:
        """Return everybody."""
        return {visit[2] for visit in self.visits}


def stored_in(url: str) -> Stored:
    """Read a database."""
    engine = connect(url)
    seen, visit = tables.sightings.c, tables.visits.c
    with engine.connect() as connection:
        sightings = connection.execute(
            select(seen.sighting_id, seen.event_id, seen.store_id, seen.phase, seen.decision, seen.face_id,
                   seen.began_at, seen.ended_at)
        ).all()  # fmt: skip
        visits = connection.execute(
            select(visit.visit_id, visit.store_id, visit.face_id, visit.began_at, visit.ended_at, visit.sightings)
        ).all()
        coverage = connection.execute(select(camera_tables.coverage.c.event_id)).scalars().all()
    engine.dispose()
    return Stored(
        sightings=Counter(map(tuple, sightings)), visits=Counter(map(tuple, visits)), coverage=Counter(coverage)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of the accepted events. ``duplicated`` counts rows beyond the first of an event."""

    accepted: int
    stored: int
    lost: tuple[str, ...]
    duplicated: int


def delivery(events: Iterable[Event], accepted: set[str], stored: Stored) -> Delivery:
    """Say of each accepted event whether the database has it, once.

    Both forms of a track's sighting are one row, in which the confirmed one stands: the provisional crop is stored if
    its own form stands or the confirmed one of its track.
    """
    rows: dict[UUID, list[tuple[UUID, Phase]]] = {}
    for (sighting_id, event_id, _, phase, *_), count in stored.sightings.items():
        rows.setdefault(sighting_id, []).extend([(event_id, phase)] * count)
    messages = [event.message for event in events if str(event.message.event_id) in accepted]
    lost = []
    for message in messages:
        if isinstance(message, FaceCrop):
            found = rows.get(ids.sighting_id(message.track_id), [])
            confirmed = message.phase is Phase.PROVISIONAL and any(phase is Phase.CONFIRMED for _, phase in found)
            there = confirmed or any(event_id == message.event_id for event_id, _ in found)
        else:
            there = message.event_id in stored.coverage
        if not there:
            lost.append(f"{type(message).__name__} {message.event_id} of {message.store_id} at {message.ended_at}")
    twice = sum(len(found) - 1 for found in rows.values()) + stored.coverage.total() - len(stored.coverage)
    return Delivery(accepted=len(messages), stored=len(messages) - len(lost), lost=tuple(lost), duplicated=twice)


def differences(stored: Stored, undisturbed: Stored) -> list[str]:
    """Return what is in one of two databases and not in the other, as sentences."""
    pairs: Sequence[tuple[str, Counter[Any], Counter[Any]]] = (
        ("sighting", stored.sightings, undisturbed.sightings),
        ("visit", stored.visits, undisturbed.visits),
        ("coverage", stored.coverage, undisturbed.coverage),
    )
    said = []
    for name, here, there in pairs:
        said += [f"a {name} too many: {_text(row)}" for row in sorted((here - there).elements(), key=str)]
        said += [f"a {name} is missing: {_text(row)}" for row in sorted((there - here).elements(), key=str)]
    return said


def _text(row: Any) -> str:
    return " ".join(map(str, row)) if isinstance(row, tuple) else str(row)
