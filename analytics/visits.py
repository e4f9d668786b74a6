"""Visits from sightings: pure, and blind to the order and the repetition of what it is given."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from schemas.ids import visit_id
from schemas.ledger import NOTHING_SAID, Ledger
from schemas.messages import Decision, Phase, Sighting

Stretch: TypeAlias = tuple[datetime, datetime, int]
"""From when to when somebody was seen without a gap above the session gap, and in how many sightings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Sightings of one FaceId in one store with no gap above the session gap, however many cameras saw them."""

    visit_id: UUID
    store_id: str
    face_id: UUID
    began_at: datetime
    ended_at: datetime
    sightings: int


def visits_of(sightings: Iterable[Sighting], *, session_gap: timedelta, ledger: Ledger = NOTHING_SAID) -> list[Visit]:
    """Return the visits, by beginning, store and FaceId: the one that the ledger says a sighting counts to.

    Any permutation and repetition of the same sightings gives the same visits. Provisional and rejected sightings
    belong to no visit. The gap runs from the last moment seen so far to the next first moment.
    """
    seen: dict[tuple[str, UUID], list[Stretch]] = defaultdict(list)
    for sighting in standing(sightings):
        face_id = counted_face(sighting)
        visitor = None if face_id is None else ledger.visitor(sighting.sighting_id, face_id)
        if visitor is not None:
            seen[sighting.store_id, visitor].append((sighting.began_at, sighting.ended_at, 1))
    visits = [
        visit
        for (store_id, face_id), of_face in seen.items()
        for visit in visits_of_face(store_id, face_id, of_face, session_gap=session_gap)
    ]
    return sorted(visits, key=lambda visit: (visit.began_at, visit.store_id, visit.face_id))


def visits_of_face(store_id: str, face_id: UUID, seen: Iterable[Stretch], *, session_gap: timedelta) -> list[Visit]:
    """Return the visits of one FaceId in one store, oldest first.

    A sighting is a stretch of one; so is a visit, of as many as it has. Visits that are built already, together with
    what was seen since, give the same as all sightings together.
    """
    joined: list[Stretch] = []
    ordered = seen if isinstance(seen, list) and len(seen) == 1 else sorted(seen)
    for began_at, ended_at, sightings in ordered:
        if joined and began_at - joined[-1][1] <= session_gap:
            first, last, before = joined[-1]
            joined[-1] = (first, max(last, ended_at), before + sightings)
        else:
            joined.append((began_at, ended_at, sightings))
    return [
        Visit(
            visit_id=visit_id(store_id, face_id, first),
            store_id=store_id,
            face_id=face_id,
            began_at=first,
            ended_at=last,
            sightings=count,
        )
        for first, last, count in joined
    ]


def standing(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return one sighting for each sighting id: the one that takes precedence over the others."""
    best: dict[UUID, Sighting] = {}
    for sighting in sightings:
        held = best.get(sighting.sighting_id)
        if held is None or outranks(sighting, held):
            best[sighting.sighting_id] = sighting
    return list(best.values())


def outranks(form: Sighting, held: Any) -> bool:
    """Return whether a form of a sighting stands over another that is held, which may be a row with the same names."""
    if form.phase is not held.phase:  # so it is with nearly all
        return form.phase is Phase.CONFIRMED
    return precedence(form) > precedence(held)


def precedence(sighting: Sighting) -> tuple[Any, ...]:
    """Return the rank among forms of one sighting: the greatest stands.

    Confirmed stands over provisional, and of the provisional forms of a track, which is told of several times, the last
    one that knows somebody. Confirmed forms differ only where a track was decided twice: the one that
    knows more of the track stands, of equals the one that takes back what was concluded, and the rest of the tuple only
    makes the choice the same everywhere. No clock reading takes part.
    """
    return (
        sighting.phase is Phase.CONFIRMED,
        sighting.phase is Phase.PROVISIONAL and sighting.decision is not Decision.REJECTED,
        sighting.ended_at,
        sighting.shots,
        sighting.quality,
        sighting.decision is Decision.REJECTED,
        str(sighting.face_id or ""),
        sighting.began_at,
        sighting.store_id,
        sighting.decision,
        str(sighting.event_id),
    )


def counted_face(sighting: Sighting) -> UUID | None:
    """Return the FaceId for which a sighting counts; None for a provisional or rejected one."""
    if sighting.phase is not Phase.CONFIRMED or sighting.decision is Decision.REJECTED:
        return None
    return sighting.face_id
