"""Who was in a store lately, and who was seen beside whom: all there is to go by where a face cannot be told apart.

Seen from the side, a face lies as far from its own person as from a stranger (``bench.turned_heads``). But whoever is
in one picture with somebody is somebody else. So a turned visitor is known to be a further one exactly if everybody
whom the store saw at about that time was seen beside them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from matcher.stillness import Stillness
from schemas.messages import Decision, FaceCrop, Phase, Sighting

AT_LARGE = timedelta(hours=3)
"""Whoever was seen so shortly before or after may be in the store: the longest session gap a store can have."""
_LATE = timedelta(hours=1)
_FORGETS_EVERY = 4_096
_LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The FaceIds seen beside a turned visitor, and whether those are all that were seen at about that time."""

    beside: frozenset[UUID]
    complete: bool

    @property
    def tells_apart(self) -> bool:
        """Whether the visitor must be somebody else than all of them. Beside nobody, one may be anybody."""
        return self.complete and bool(self.beside)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    face_id: UUID | None
    began_at: datetime
    ended_at: datetime
    offset: int


class Presence:
    """What the confirmed sightings of one partition say of the last hours of its stores, by capture time.

    It also tells what never moves. It is made of nothing else, so a restart that reads them again makes the same. What
    lies further back than is needed to judge somebody told of an hour late is forgotten. Of whoever is told of later
    still, nothing is concluded.
    """

    def __init__(self) -> None:
        self._tracks: dict[str, dict[UUID, _Seen]] = {}  # of each store
        self._minted: dict[UUID, Sighting] = {}  # the turned visitors who are counted, by track
        self._latest_at = _LONG_AGO
        self._since_forgetting = 0
        self._stillness = Stillness()

    def copy(self) -> "Presence":
        """Return one that goes its own way from here."""
        other = Presence()
        other._tracks = {store_id: dict(tracks) for store_id, tracks in self._tracks.items()}
        other._minted, other._latest_at = dict(self._minted), self._latest_at
        other._stillness = self._stillness.copy()
        return other

    def saw(self, sighting: Sighting, offset: int = 0) -> None:
        """Take in a sighting, and where in the log it is if it is there. What was taken back stays so."""
        tracks = self._tracks.setdefault(sighting.store_id, {})
        held = tracks.get(sighting.track_id)
        if sighting.phase is not Phase.CONFIRMED or (held is not None and held.face_id is None):
            return
        seen = _Seen(face_id=sighting.face_id, began_at=sighting.began_at, ended_at=sighting.ended_at, offset=offset)
        tracks[sighting.track_id] = seen
        if held is None and sighting.face_id is not None:
            self._stillness.saw(sighting)
        self._latest_at = max(self._latest_at, seen.ended_at)
        if sighting.beside and sighting.decision is Decision.MINTED:
            self._minted[sighting.track_id] = sighting
        else:
            self._minted.pop(sighting.track_id, None)
        self._since_forgetting += 1
        if self._since_forgetting >= _FORGETS_EVERY:
            self._forget()

    def company_of(self, turned: FaceCrop) -> Company:
        """Return in whose company a turned visitor was."""
        beside = self._faces_beside(turned)
        about = {seen.face_id for seen in self._tracks.get(turned.store_id, {}).values() if _about(seen, turned)}
        late = turned.began_at - AT_LARGE < self._remembered_since()
        return Company(beside=beside, complete=not late and about - {None} <= beside)

    def refuted_by(self, sighting: Sighting) -> list[Sighting]:
        """Return the turned visitors counted so far who may be the one that is seen now, for all we know."""
        if sighting.phase is not Phase.CONFIRMED or sighting.face_id is None:
            return []
        return [
            turned
            for turned in self._minted.values()
            if turned.store_id == sighting.store_id
            and turned.ended_at >= self._remembered_since()
            and _about(turned, sighting)
            and sighting.track_id not in turned.beside
            and sighting.face_id not in self._faces_beside(turned)
        ]

    def shows_static(self, sighting: Sighting) -> bool:
        """Return whether it takes this sighting to see that its FaceId is a poster or the like."""
        tracks = self._tracks.get(sighting.store_id, {})
        new = sighting.phase is Phase.CONFIRMED and sighting.track_id not in tracks
        return new and self._stillness.shows_static(sighting)

    def first_offset(self, end: int) -> int:
        """Return the offset in the log, which ends at ``end``, from which on its sightings tell all this again."""
        self._forget()
        kept = (seen for tracks in self._tracks.values() for seen in tracks.values())
        return min([end, *(seen.offset for seen in kept)])

    def _faces_beside(self, turned: FaceCrop | Sighting) -> frozenset[UUID]:
        tracks, since = self._tracks.get(turned.store_id, {}), self._remembered_since()
        seen = [tracks[track_id] for track_id in turned.beside if track_id in tracks]
        return frozenset(one.face_id for one in seen if one.face_id is not None and one.ended_at >= since)

    def _remembered_since(self) -> datetime:
        return self._latest_at - _LATE - AT_LARGE

    def _forget(self) -> None:
        self._since_forgetting, since = 0, self._remembered_since()
        for store_id, tracks in self._tracks.items():
            self._tracks[store_id] = {track_id: seen for track_id, seen in tracks.items() if seen.ended_at >= since}
        self._minted = {track_id: turned for track_id, turned in self._minted.items() if turned.ended_at >= since}
        self._stillness.forget_before(since)


def _about(one: _Seen | FaceCrop | Sighting, other: FaceCrop | Sighting) -> bool:
    return one.ended_at >= other.began_at - AT_LARGE and one.began_at <= other.ended_at + AT_LARGE
