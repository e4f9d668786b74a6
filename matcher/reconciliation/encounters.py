"""Where people were seen, and so who cannot be one: in one picture, or in two stores with no time to travel between."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from schemas.ledger import Ledger
from schemas.messages import Decision, Phase, Sighting

# Of one visitor at once on one camera, an instant may be the seam of two tracks: so much is two faces.
_SURELY_BESIDE = timedelta(seconds=1)


class Encounters:
    """The confirmed sightings of identified visitors, under the FaceIds that stand for them. A value.

    Sightings in any order, and any of them twice, make the same. Of two forms of a sighting, that decided later counts.
    """

    def __init__(self, sightings: Iterable[Sighting], ledger: Ledger, travel_time: timedelta) -> None:
        self._travel_us = travel_time // timedelta(microseconds=1)
        latest: dict[UUID, Sighting] = {}
        for sighting in sorted(sightings, key=lambda one: (one.decided_at, one.event_id)):
            if sighting.phase is Phase.CONFIRMED:
                latest[sighting.sighting_id] = sighting
        self._of: dict[UUID, list[Sighting]] = defaultdict(list)
        self._visitor: dict[UUID, UUID] = {}  # by track
        self._by_event = {sighting.event_id: sighting for sighting in latest.values()}
        for sighting in sorted(latest.values(), key=lambda one: (one.began_at, one.sighting_id)):
            visitor = sighting.face_id and ledger.visitor(sighting.sighting_id, sighting.face_id)
            if visitor is not None and not ledger.is_anonymous(visitor):
                self._of[visitor].append(sighting)
                self._visitor[sighting.track_id] = visitor
        self._spans: dict[UUID, _Spans] = {}

    def people(self) -> Sequence[UUID]:
        """Return everybody seen, sorted."""
        return sorted(self._of)

    def sighting_of(self, event_id: UUID) -> Sighting | None:
        """Return the sighting made of a crop event."""
        return self._by_event.get(event_id)

    def may_be_one(self, one: UUID, other: UUID) -> bool:
        """Return whether two may be one person: never in one picture, always with time to travel between stores."""
        if self._was_beside(one, other) or self._was_beside(other, one):
            return False
        here, there = self._spans_of(one), self._spans_of(other)
        gaps_us = np.maximum(here.began[:, None] - there.ended, there.began - here.ended[:, None])
        in_one_picture = (here.cameras[:, None] == there.cameras) & (gaps_us < 0)
        too_far_apart = (here.stores[:, None] != there.stores) & (gaps_us < self._travel_us)
        return not (in_one_picture | too_far_apart).any()

    def beside_themselves(self, face_id: UUID, settled: frozenset[UUID]) -> Iterator[Sequence[Sighting]]:
        """Yield whom a FaceId must hold besides its own person, as it was seen twice in one picture: their sightings.

        What was minted, and else what was nearest, stays. Tracks that are ``settled`` are left where they are.
        """
        beside = _seen_at_once([one for one in self._of.get(face_id, []) if one.track_id not in settled])
        people: list[list[Sighting]] = []
        for sighting in sorted(beside, key=_how_near):
            others = beside[sighting]
            free = (person for person in people if not any(seen.sighting_id in others for seen in person))
            person = next(free, None)
            if person is None:
                people.append(person := [])
            person.append(sighting)
        yield from people[1:]

    def _was_beside(self, one: UUID, other: UUID) -> bool:
        return any(self._visitor.get(track) == other for seen in self._of.get(one, []) for track in seen.beside)

    def _spans_of(self, person: UUID) -> "_Spans":
        if person not in self._spans:
            self._spans[person] = _Spans.of(self._of.get(person, []))
        return self._spans[person]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Spans:
    """Sightings as arrays, (n,): times in microseconds, stores and cameras by their names."""

    began: NDArray[np.int64]
    ended: NDArray[np.int64]
    stores: NDArray[np.str_]
    cameras: NDArray[np.str_]

    @staticmethod
    def of(seen: Sequence[Sighting]) -> "_Spans":
        return _Spans(
            began=np.array([int(one.began_at.timestamp() * 1e6) for one in seen], dtype=np.int64),
            ended=np.array([int(one.ended_at.timestamp() * 1e6) for one in seen], dtype=np.int64),
            stores=np.array([one.store_id for one in seen], dtype=np.str_),
            cameras=np.array([f"{one.store_id}\x1f{one.camera_id}" for one in seen], dtype=np.str_),
        )


def _seen_at_once(seen: Sequence[Sighting]) -> Mapping[Sighting, frozenset[UUID]]:
    """Return the sightings, sorted by their beginning, that were beside others of these, with the ids of those."""
    beside: dict[Sighting, set[UUID]] = defaultdict(set)
    present: dict[tuple[str, str], list[Sighting]] = defaultdict(list)
    for sighting in seen:
        place = sighting.store_id, sighting.camera_id
        still = [one for one in present[place] if one.ended_at - sighting.began_at >= _SURELY_BESIDE]
        if sighting.ended_at - sighting.began_at >= _SURELY_BESIDE:
            for one in still:
                beside[one].add(sighting.sighting_id)
                beside[sighting].add(one.sighting_id)
        present[place] = [*still, sighting]
    return {sighting: frozenset(others) for sighting, others in beside.items()}


def _how_near(sighting: Sighting) -> tuple[bool, float, UUID]:
    minted_by_it = sighting.decision is Decision.MINTED
    return not minted_by_it, sighting.distance or 0.0, sighting.sighting_id
