"""Weeks of invented stores, of which it is known who everybody is, decided by the matcher's own code.

Faces are drawn from the spread of real embeddings (``evaluation.invented_templates``). What that spread lacks is added:
people come in families of three and crowds of thirty, who resemble each other, so that strangers come near now and
then; and some people, and some pictures, vary more than others, by as much as those of Labeled Faces in the Wild do. No
two stores are alike, and none is like the people on whom the pack's rates are measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from evaluation.embedding_set import EmbeddingSet
from evaluation.invented_templates import SHOTS, Spread
from faces.calibration import Calibration
from matcher.faiss_gallery import FaissGallery
from matcher.policy import Outcome, Policy
from matcher.recognition import Recogniser
from schemas.messages import Decision, Phase, Sighting, Template

Vectors = NDArray[np.float32]

# Standard deviations of logarithms: by how much the looks of one person vary more than those of another, and one
# picture of a person more than the next. In 216 people of LFW with four pictures and more (retail) those of the squared
# distance from the person's mean are 0.21 and 0.26, of which the spread itself makes 0.14; a distance has half.
PERSON_SD = 0.105
VISIT_SD = 0.11

STORE = "invented"
OPENING = datetime(2026, 5, 4, 8, tzinfo=UTC)  # a Monday
_OPEN_S = 11 * 3600
_PEOPLE = (60, 900)
_APART = (0.7, 1.0)
_CROWD, _OF_CROWD = 30, 0.3
_FAMILY, _OF_FAMILY = 3, 0.3
# Beside photographs of many years, those of a few weeks vary half as much; and then by light and camera.
_LIGHT, _LIGHT_SD = 0.7, 0.15
_ONE_LOOK = (0.3, 0.7)
_WEEKS_BEFORE = 3
_STAYS_S = (60, 1200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What a store is like, drawn for each.

    ``people`` come in all; ``apart`` is how far apart they are, beside those of the spread, the rest being what they
    all have in common; ``light`` is how much more their looks vary; ``one_look`` which part of that all pictures of one
    visit have in common; ``loyalty`` the chance that a visit is not the last of its person in a week; ``weeks_before``
    since when the store is watched.
    """

    people: int
    apart: float
    light: float
    one_look: float
    loyalty: float
    weeks_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What the matcher made of a track, and who it was; with the template it made, if it did."""

    person: int
    sighting: Sighting
    template: Template | None


def drawn_store(random: np.random.Generator) -> Store:
    """Return a store."""
    return Store(
        people=int(np.exp(random.uniform(*np.log(_PEOPLE)))),
        apart=float(random.uniform(*_APART)),
        light=float(_LIGHT * np.exp(random.normal(0.0, _LIGHT_SD))),
        one_look=float(random.uniform(*_ONE_LOOK)),
        weeks_before=int(random.integers(_WEEKS_BEFORE + 1)),
        loyalty=float(random.uniform(0.1, 0.5)),
    )


def tracks_of(
    store: Store, spread: Spread, calibration: Calibration, policy: Policy, random: np.random.Generator
) -> list[Track]:
    """Return every track of a store since it is watched, as the matcher decides them one after the other."""
    person_of, at = _comings(store, random)
    shots = _shots(store, spread, person_of, random)
    recogniser = Recogniser(calibration=calibration, policy=policy)
    gallery = FaissGallery(shots.shape[2])
    qualities = np.ones(SHOTS, dtype=np.float32)
    tracks = []
    for number, (person, moment) in enumerate(zip(person_of[:, 0].tolist(), at, strict=True)):
        found = recogniser.recognise(shots[number], qualities, Phase.CONFIRMED, gallery)
        own = UUID(int=number + 1)
        face_id = own if found.outcome.decision is Decision.MINTED else found.outcome.face_id
        template = None
        if found.becomes_template and face_id is not None:
            gallery.add(own, face_id, found.fused.probe)
            template = _template(own, moment, face_id, found.fused.probe)
        tracks.append(Track(person=person, sighting=_sighting(own, moment, face_id, found.outcome), template=template))
    return tracks


def measured_people(
    spread: Spread, groups: Sequence[tuple[int, float]], random: np.random.Generator
) -> list[EmbeddingSet]:
    """Return for groups of so many people, so far apart, the faces that a pack is measured on.

    Of each person there are six to twelve pictures, each with a look of its own.
    """
    made = []
    for people, apart in groups:
        person_of = np.repeat(np.arange(people, dtype=np.int32), random.integers(6, 13, people))
        store = Store(people=people, apart=apart, light=1.0, one_look=0.0, loyalty=0.0, weeks_before=0)
        numbers = np.stack([person_of, np.arange(len(person_of))], axis=1)
        names = person_of.astype(np.str_)
        many = len(names)
        made.append(
            EmbeddingSet(
                embeddings=_shots(store, spread, numbers, random)[:, 0],
                people=names,
                names=names,
                rejections=np.full(many, "", dtype=np.str_),
                qualities=np.ones(many, np.float32),
                boxes=np.zeros((many, 4), np.float32),
                detect_ms=np.zeros(0, np.float32),
                embed_ms=np.zeros(0, np.float32),
                cpu_ms=np.zeros(0, np.float32),
                without_face=(),
                unreadable=(),
            )
        )
    return made


def _sighting(own: UUID, at: datetime, face_id: UUID | None, outcome: Outcome) -> Sighting:
    return Sighting(
        sighting_id=own, event_id=own, track_id=own, store_id=STORE, camera_id="door", phase=Phase.CONFIRMED,
        decision=outcome.decision, reason=outcome.reason, face_id=face_id, began_at=at, ended_at=at, best_shot_at=at,
        box=(0, 0, 100, 100), shots=SHOTS, quality=1.0, distance=outcome.distance, threshold=outcome.threshold,
        model_id="invented", produced_at=at, decided_at=at,
    )  # fmt: skip


def _template(own: UUID, at: datetime, face_id: UUID, probe: Vectors) -> Template:
    return Template(
        template_id=own, face_id=face_id, store_id=STORE, model_id="invented", embedding=probe.astype("<f4").tobytes(),
        quality=1.0, captured_at=at, event_id=own, source_partition=0, source_offset=0,
    )  # fmt: skip


def _comings(store: Store, random: np.random.Generator) -> tuple[NDArray[np.int64], list[datetime]]:
    """Return (tracks, 2): person and visit, and when, in the order of time."""
    rows = []
    visit = 0
    for week in range(-store.weeks_before, 1):
        # Half come in the week at all, of those who are known; each then again with the store's loyalty.
        coming = np.flatnonzero(random.random(store.people) < (1.0 if store.weeks_before == 0 else 0.5))
        for person in coming.tolist():
            for _ in range(int(random.geometric(1.0 - store.loyalty))):
                day = 7 * week + int(random.integers(7))
                began_s = day * 86_400 + random.uniform(0, _OPEN_S)
                moments = [began_s, *(began_s + random.uniform(*_STAYS_S, size=random.poisson(0.7)))]
                rows += [(moment, person, visit) for moment in moments]
                visit += 1
    rows.sort()
    return np.array([row[1:] for row in rows]), [OPENING + timedelta(seconds=row[0]) for row in rows]


def _shots(
    store: Store, spread: Spread, person_of: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.float32]:
    """Return (tracks, SHOTS, dim) embeddings of length 1."""
    people, visits = person_of.max(axis=0) + 1
    dim = len(spread.mean)

    def normal(*shape: int) -> Vectors:
        return random.standard_normal((*shape, dim), dtype=np.float32)

    # The parts are energies, so that the whole is as large as in the spread.
    crowd = normal(-(-people // _CROWD))[random.permutation(people) // _CROWD]
    family = normal(-(-people // _FAMILY))[random.permutation(people) // _FAMILY]
    parts = np.sqrt(np.array([_OF_CROWD, _OF_FAMILY, 1.0 - _OF_CROWD - _OF_FAMILY], dtype=np.float32))
    own = (parts[0] * crowd + parts[1] * family + parts[2] * normal(people)) @ spread.between
    in_common = np.float32((1.0 - store.apart**2) ** 0.5) * (normal(1) @ spread.between)
    of_person = in_common + np.float32(store.apart) * own
    varies = store.apart * store.light * np.exp(random.normal(0.0, PERSON_SD, people))
    of_visit = np.exp(random.normal(0.0, VISIT_SD, visits))
    person, visit = person_of.T
    scale = (varies[person] * of_visit[visit]).astype(np.float32)[:, None]
    look = np.float32(store.one_look**0.5) * (normal(visits) @ spread.within)
    shot = np.float32((1.0 - store.one_look) ** 0.5) * (normal(len(person), SHOTS) @ spread.within)
    every = spread.mean + (of_person[person] + scale * look[visit])[:, None] + scale[:, None] * shot
    return np.asarray(every / np.linalg.norm(every, axis=2, keepdims=True), np.float32)
