"""What is known of a FaceId, as a page shows it beside another. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from analytics.presentation.wording import face_text
from analytics.settings import StoreSettings
from schemas.messages import Sighting

LATEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A camera of a store, and how often somebody was seen there."""

    store: str
    camera: str
    sightings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """When somebody was seen, by the clock of the store, and where."""

    at: datetime
    store: str
    camera: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeen:
    """A FaceId, or the part of its sightings that may be somebody else. ``latest`` are the last few, newest first."""

    face: str
    face_id: UUID
    sightings: int
    days: int
    first: Seen | None
    latest: tuple[Seen, ...]
    places: tuple[Place, ...]
    member: str | None
    is_staff: bool


def person_seen(
    face_id: UUID,
    sightings: Sequence[Sighting],
    *,
    member: str | None,
    is_staff: bool,
    settings_of: Callable[[str], StoreSettings],
) -> PersonSeen:
    """Return what is known of somebody by their sightings, oldest first."""
    seen = [_seen(one, settings_of) for one in sightings]
    counted = Counter((one.store_id, one.camera_id) for one in sightings)
    return PersonSeen(
        face=face_text(face_id),
        face_id=face_id,
        sightings=len(seen),
        days=len({(one.store, one.at.date()) for one in seen}),
        first=seen[0] if seen else None,
        latest=tuple(reversed(seen[-LATEST:])),
        places=tuple(_places(counted.most_common())),
        member=member,
        is_staff=is_staff,
    )


def _seen(one: Sighting, settings_of: Callable[[str], StoreSettings]) -> Seen:
    at = one.began_at.astimezone(settings_of(one.store_id).tz)
    return Seen(at=at, store=one.store_id, camera=one.camera_id)


def _places(counted: Iterable[tuple[tuple[str, str], int]]) -> Iterable[Place]:
    return (Place(store=store, camera=camera, sightings=count) for (store, camera), count in counted)
