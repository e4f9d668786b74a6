"""The other stores of the chain: whom they know, and who was seen where lately."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from matcher.gallery import Searchable
from schemas.messages import Sighting, Template

_STAYS_KEPT = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Where a visitor whom the store does not know is looked for: a gallery, and who of it cannot be the visitor."""

    gallery: Searchable
    cannot_be: Callable[[UUID], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stay:
    face_id: UUID
    store_id: str
    began_at: datetime
    ended_at: datetime


class Whereabouts:
    """In which stores people were seen lately, by capture time. The latest 50,000 sightings are remembered.

    Nobody is in two stores within the time it takes to get from one to the other. Templates count as well as sightings:
    they are in the log a moment sooner.
    """

    def __init__(self, travel: timedelta) -> None:
        """``travel`` is the least time between being seen in two stores."""
        self._travel = travel
        self._order: deque[_Stay] = deque()
        self._stays: dict[UUID, list[_Stay]] = {}

    def saw(self, found: Sighting | Template) -> None:
        """Take in who was seen where. A template that was enrolled tells of nobody's whereabouts."""
        if found.face_id is None or (isinstance(found, Template) and found.enrolled):
            return
        began_at, ended_at = (
            (found.began_at, found.ended_at) if isinstance(found, Sighting) else (found.captured_at, found.captured_at)
        )
        stay = _Stay(face_id=found.face_id, store_id=found.store_id, began_at=began_at, ended_at=ended_at)
        self._order.append(stay)
        self._stays.setdefault(stay.face_id, []).append(stay)
        if len(self._order) > _STAYS_KEPT:
            forgotten = self._order.popleft()
            stays = self._stays[forgotten.face_id]
            stays.remove(forgotten)
            if not stays:
                del self._stays[forgotten.face_id]

    def elsewhere(self, face_ids: Iterable[UUID], store_id: str, began_at: datetime, ended_at: datetime) -> bool:
        """Return whether any of these FaceIds was seen in another store too shortly before or after."""
        earliest, latest = began_at - self._travel, ended_at + self._travel
        for face_id in face_ids:
            for stay in self._stays.get(face_id, ()):
                if stay.store_id != store_id and stay.began_at < latest and stay.ended_at > earliest:
                    return True
        return False
