"""What never moves and never changes, seen for hours: a poster, a screen, a mannequin. Not a visitor."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from schemas.messages import Decision, Sighting

# Between two sightings hours apart nobody keeps their face within a few pixels; a picture on a wall does, but for the
# noise of its detection. Whoever sits at a desk all day does not, and looks different from one hour to the next.
_SEEN_FOR = timedelta(hours=2)
_SIGHTINGS = 5
_MOVED_AT_MOST = 0.06  # widths of the face
_CHANGED_AT_MOST = 0.5  # of the threshold

_Place = tuple[str, str, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stay:
    """All sightings of one FaceId before one camera: how many, since when, and the least and largest of their boxes."""

    count: int
    began_at: datetime
    ended_at: datetime
    least: tuple[float, float, float]
    largest: tuple[float, float, float]
    changed: float

    def joined(self, other: "_Stay") -> "_Stay":
        return _Stay(
            count=self.count + other.count,
            began_at=min(self.began_at, other.began_at),
            ended_at=max(self.ended_at, other.ended_at),
            least=tuple(map(min, self.least, other.least)),  # type: ignore[arg-type]
            largest=tuple(map(max, self.largest, other.largest)),  # type: ignore[arg-type]
            changed=max(self.changed, other.changed),
        )

    @property
    def is_static(self) -> bool:
        moved = max(largest - least for least, largest in zip(self.least, self.largest, strict=True))
        return (
            self.count >= _SIGHTINGS
            and self.ended_at - self.began_at >= _SEEN_FOR
            and moved <= _MOVED_AT_MOST * self.least[2]
            and self.changed <= _CHANGED_AT_MOST
        )


class Stillness:
    """Where each FaceId was seen by each camera lately. Sightings in any order say the same; each is given once."""

    def __init__(self) -> None:
        self._stays: dict[_Place, _Stay] = {}
        self._told: set[UUID] = set()

    def copy(self) -> "Stillness":
        """Return one that goes its own way from here."""
        other = Stillness()
        other._stays, other._told = dict(self._stays), set(self._told)
        return other

    def saw(self, sighting: Sighting) -> None:
        """Take in a confirmed sighting of somebody."""
        place, stay = _place_of(sighting), _stay_of(sighting)
        held = self._stays.get(place)
        self._stays[place] = stay if held is None else held.joined(stay)

    def shows_static(self, sighting: Sighting) -> bool:
        """Return whether this further sighting makes it plain, for the first time, that this is nobody."""
        if sighting.face_id is None or sighting.face_id in self._told:
            return False
        held = self._stays.get(_place_of(sighting))
        if held is None or not held.joined(_stay_of(sighting)).is_static:
            return False
        self._told.add(sighting.face_id)
        return True

    def forget_before(self, moment: datetime) -> None:
        """Forget whoever was not seen since; of the others, that they were there before."""
        self._stays = {
            place: replace(stay, began_at=max(stay.began_at, moment))
            for place, stay in self._stays.items()
            if stay.ended_at >= moment
        }


def _place_of(sighting: Sighting) -> _Place:
    assert sighting.face_id is not None
    return sighting.store_id, sighting.camera_id, sighting.face_id


def _stay_of(sighting: Sighting) -> _Stay:
    x, y, width, height = sighting.box
    where = (x + width / 2, y + height / 2, width)
    return _Stay(
        count=1, began_at=sighting.began_at, ended_at=sighting.ended_at, least=where, largest=where,
        changed=_changed(sighting),
    )  # fmt: skip


def _changed(sighting: Sighting) -> float:
    """Return how far from what is known of its FaceId a sighting is, as a part of the threshold."""
    if sighting.decision is not Decision.MATCHED or sighting.distance is None or not sighting.threshold:
        return 0.0
    return sighting.distance / sighting.threshold
