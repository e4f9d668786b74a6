"""What the pipeline found, held against the truth: pure arithmetic on values.

A sighting is *assigned* to the passage whose face box, at the moment of the best shot and on the same camera, it
overlaps most. An *appearance* is a FaceId on a true visit: the pair of a true visit and one of the FaceIds that the
sightings assigned to it carry. Two appearances should share a FaceId exactly when they are of one person.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.messages import Phase, Sighting
from simulator.truth import Passage, TrueBox, Truth

# A detector's box and the truth's are drawn by different hands; people who overlap this much are hidden anyway.
_LEAST_OVERLAP = 0.2
# Between two boxes of a passage that lie further apart than this, nothing is known.
_LONGEST_STEP_S = 0.6

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundVisit:
    """A visit as the pipeline reports it."""

    face_id: UUID
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to look in a film: the camera, the span of time, and a face box in the middle of it."""

    who: str
    camera: str
    began_at: datetime
    ended_at: datetime
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The result.

    Errors are relative: (measured - truth) / truth. ``pair_precision`` is the share of the pairs of appearances with
    one FaceId that are of one person, ``pair_recall`` the share of the pairs of one person that have one FaceId; 1.0
    where there is no such pair. ``false_mints`` counts FaceIds beyond the first of a person, and FaceIds of nobody.
    """

    true_pv: int
    true_uv: int
    measured_pv: int
    measured_uv: int
    pair_precision: float
    pair_recall: float
    false_mints: int
    sightings: int
    assigned: int
    missed_visits: tuple[Place, ...]
    false_visits: tuple[Place, ...]

    @property
    def pv_error(self) -> float:
        """Relative error of PV."""
        return (self.measured_pv - self.true_pv) / self.true_pv

    @property
    def uv_error(self) -> float:
        """Relative error of UV."""
        return (self.measured_uv - self.true_uv) / self.true_uv


def score(truth: Truth, sightings: Iterable[Sighting], visits: Iterable[FoundVisit]) -> Score:
    """Hold what was found against the truth. The order of sightings and visits does not matter.

    Sightings that are provisional or rejected are left out; ``visits`` are those of the truth's store.
    """
    counted = [seen for seen in sightings if seen.phase is Phase.CONFIRMED and seen.face_id is not None]
    found = list(visits)
    assigned = {seen.sighting_id: assign(seen, truth) for seen in counted}
    shown = appearances(truth, counted, assigned)
    precision, recall = pair_precision_and_recall([(truth.visits[visit].person, face_id) for visit, face_id in shown])
    return Score(
        true_pv=truth.pv,
        true_uv=truth.uv,
        measured_pv=len(found),
        measured_uv=len({visit.face_id for visit in found}),
        pair_precision=precision,
        pair_recall=recall,
        false_mints=_false_mints(truth, counted, assigned),
        sightings=len(counted),
        assigned=sum(passage is not None for passage in assigned.values()),
        missed_visits=tuple(_missed(truth, {visit for visit, _ in shown})),
        false_visits=tuple(sorted(_false(found, counted, assigned), key=lambda place: (place.began_at, place.who))),
    )


def appearances(
    truth: Truth, sightings: Iterable[Sighting], assigned: Mapping[UUID, int | None]
) -> Sequence[tuple[int, UUID]]:
    """Return the appearances: the number of a true visit, and a FaceId that was seen on it; each once, in order."""
    visit_of_passage = {passage: number for number, visit in enumerate(truth.visits) for passage in visit.passages}
    found = {
        (visit_of_passage[passage], seen.face_id): None
        for seen in sightings
        if (passage := assigned[seen.sighting_id]) is not None and seen.face_id is not None
    }
    return list(found)


def assign(sighting: Sighting, truth: Truth) -> int | None:
    """Return the index of the passage a sighting belongs to; None where its best shot shows no true face."""
    starts = {camera.camera: camera.starts_at for camera in truth.cameras}
    overlaps = [
        (iou(sighting.box, box), index)
        for index, passage in enumerate(truth.passages)
        if passage.camera == sighting.camera_id
        and (box := box_at(passage, (sighting.best_shot_at - starts[passage.camera]).total_seconds())) is not None
    ]
    best, index = max(overlaps, default=(0.0, -1))
    return index if best >= _LEAST_OVERLAP else None


def box_at(passage: Passage, at_s: float) -> Box | None:
    """Return where a passage's face was at a moment of the film, between its samples; None outside them."""
    boxes = passage.boxes
    place = bisect_left(boxes, at_s, key=lambda sample: sample.at_s)
    if place < len(boxes) and boxes[place].at_s - at_s < 1e-3:
        return boxes[place].box
    if place in (0, len(boxes)) or boxes[place].at_s - boxes[place - 1].at_s > _LONGEST_STEP_S:
        return None
    return _between(boxes[place - 1], boxes[place], at_s)


def iou(a: Box, b: Box) -> float:
    """Return the intersection of two boxes over their union."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def as_json(result: Score) -> dict[str, object]:
    """Return a score under the names that programs read."""
    return {
        "truth": {"pv": result.true_pv, "uv": result.true_uv},
        "measured": {"pv": result.measured_pv, "uv": result.measured_uv},
        "pv_error": result.pv_error,
        "uv_error": result.uv_error,
        "pair_precision": result.pair_precision,
        "pair_recall": result.pair_recall,
        "false_mints": result.false_mints,
        "sightings": result.sightings,
        "assigned": result.assigned,
        "missed_visits": [_place_json(place, "person") for place in result.missed_visits],
        "false_visits": [_place_json(place, "face_id") for place in result.false_visits],
    }


def _place_json(place: Place, who: str) -> dict[str, object]:
    return {
        who: place.who,
        "camera": place.camera,
        "began_at": place.began_at.isoformat(),
        "ended_at": place.ended_at.isoformat(),
        "box": list(place.box),
    }


def _between(before: TrueBox, after: TrueBox, at_s: float) -> Box:
    share = (at_s - before.at_s) / (after.at_s - before.at_s)
    x, y, width, height = (a + share * (b - a) for a, b in zip(before.box, after.box, strict=True))
    return x, y, width, height


def pair_precision_and_recall(appearances: Sequence[tuple[Hashable, Hashable]]) -> tuple[float, float]:
    """Return precision and recall of the pairs of (person, FaceId), 1.0 of none.

    They are counted by groups: n alike make n (n - 1) / 2 pairs.
    """
    of_both = _pairs_alike(appearances)
    of_face = _pairs_alike([face_id for _, face_id in appearances])
    of_person = _pairs_alike([person for person, _ in appearances])
    return of_both / of_face if of_face else 1.0, of_both / of_person if of_person else 1.0


def _pairs_alike(values: Sequence[Hashable]) -> int:
    return sum(number * (number - 1) // 2 for number in Counter(values).values())


def _false_mints(truth: Truth, sightings: Sequence[Sighting], assigned: Mapping[UUID, int | None]) -> int:
    """Count the FaceIds less one for each person who has any: a FaceId belongs to whom most of its sightings show."""
    shown: dict[UUID, Counter[str]] = {}
    for seen in sightings:
        if seen.face_id is not None:
            people = shown.setdefault(seen.face_id, Counter())
            passage = assigned[seen.sighting_id]
            if passage is not None:
                people[truth.passages[passage].person] += 1
    owners = {max(sorted(people), key=lambda person: people[person]) for people in shown.values() if people}
    return len(shown) - len(owners)


def _missed(truth: Truth, seen: set[int]) -> Iterable[Place]:
    for number, visit in enumerate(truth.visits):
        if number not in seen:
            passage = truth.passages[visit.passages[0]]
            yield Place(
                who=visit.person,
                camera=passage.camera,
                began_at=visit.began_at,
                ended_at=visit.ended_at,
                box=passage.boxes[len(passage.boxes) // 2].box,
            )


def _false(
    visits: Sequence[FoundVisit], sightings: Sequence[Sighting], assigned: Mapping[UUID, int | None]
) -> Iterable[Place]:
    """Yield the found visits of which no sighting shows a true face."""
    of_face: dict[UUID, list[Sighting]] = {}
    for seen in sightings:
        if seen.face_id is not None:
            of_face.setdefault(seen.face_id, []).append(seen)
    for visit in visits:
        within = [seen for seen in of_face.get(visit.face_id, []) if visit.began_at <= seen.began_at <= visit.ended_at]
        if within and all(assigned[seen.sighting_id] is None for seen in within):
            first = min(within, key=lambda seen: (seen.best_shot_at, seen.sighting_id))
            yield Place(
                who=str(visit.face_id),
                camera=first.camera_id,
                began_at=visit.began_at,
                ended_at=visit.ended_at,
                box=first.box,
            )
