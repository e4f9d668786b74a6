"""People as points on a sphere, their visits as looks near by, and what a matcher made of them: the truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from faces.calibration import Calibration
from matcher.numpy_gallery import NumpyGallery
from matcher.policy import Policy
from matcher.recognition import Recogniser
from schemas import ids
from schemas.ledger import Ledger
from schemas.messages import Decision, Phase, Sighting, Template

DIM = 64
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
LATER = START + timedelta(days=30)
POLICY = Policy()
# What strangers on this sphere come to: cosines are normal with a deviation of 1/8, distances follow from them.
CALIBRATION = Calibration(
    measured_on="points on a sphere",
    groups={"all": ((1e-6, 0.90), (1e-5, 0.97), (1e-4, 1.03), (1e-3, 1.11), (1e-2, 1.19), (1e-1, 1.30))},
    neighbour_gap=((5e-4, 0.26), (5e-3, 0.19), (5e-2, 0.12)),
    mutual_gap=((5e-4, 0.64), (5e-3, 0.47), (5e-2, 0.31)),
)
_NAMES = UUID(int=7)


def point(rng: np.random.Generator) -> NDArray[np.float64]:
    drawn = rng.standard_normal(DIM)
    return drawn / np.linalg.norm(drawn)


def look(person: NDArray[np.float64], rng: np.random.Generator, spread: float) -> NDArray[np.float32]:
    """A look of a person: two of them are about ``spread`` apart."""
    off = person + point(rng) * spread / np.sqrt(2.0)
    return np.asarray(off / np.linalg.norm(off), dtype=np.float32)


@dataclass(kw_only=True)
class Seen:
    """Templates and sightings as the matcher left them, and the person each sighting shows."""

    model_id: str = "sphere"
    templates: list[Template] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    person_of: dict[UUID, int] = field(default_factory=dict)

    def add(
        self, person: int, face_id: UUID, embedding: NDArray[np.float32], *, store: str = "a", minutes: float = 0.0,
        camera: str = "door", minted: bool = True, keep: bool = True, lasts_s: float = 5.0,
    ) -> Sighting:  # fmt: skip
        """A track of a person, decided to be ``face_id``; ``keep`` makes a template of it."""
        began_at = START + timedelta(minutes=minutes)
        track = uuid5(_NAMES, str(len(self.sightings)))
        event_id = ids.crop_event_id(track, Phase.CONFIRMED)
        sighting = Sighting(
            sighting_id=ids.sighting_id(track), event_id=event_id, track_id=track, store_id=store, camera_id=camera,
            phase=Phase.CONFIRMED, decision=Decision.MINTED if minted else Decision.MATCHED, reason="", face_id=face_id,
            began_at=began_at, ended_at=began_at + timedelta(seconds=lasts_s), best_shot_at=began_at,
            box=(0.0, 0.0, 1.0, 1.0), shots=3, quality=0.9, distance=None if minted else 0.5, threshold=0.9,
            model_id=self.model_id, produced_at=began_at, decided_at=began_at,
        )  # fmt: skip
        self.sightings.append(sighting)
        self.person_of[sighting.sighting_id] = person
        if keep:
            self.templates.append(
                Template(
                    template_id=ids.template_id(event_id), face_id=face_id, store_id=store, model_id=self.model_id,
                    embedding=embedding.astype("<f4").tobytes(), quality=0.9, captured_at=began_at, event_id=event_id,
                    source_partition=0, source_offset=len(self.templates),
                )
            )  # fmt: skip
        return sighting

    def appearances(self, ledger: Ledger, store: str | None) -> list[tuple[int, UUID]]:
        """Who was seen, and as whom, in a store or anywhere."""
        return [
            (self.person_of[one.sighting_id], who)
            for one in self.sightings
            if store in (None, one.store_id)
            and one.face_id is not None
            and (who := ledger.visitor(one.sighting_id, one.face_id)) is not None
        ]


def matched_week(seed: int, *, people: int, visits: int, stores: Sequence[str], spread: float) -> Seen:
    """Let people come at random, a third of them to several stores, and the matcher decide, each store for itself.

    Looks spread by 0.5 up to ``spread``: from 1.1 on, the matcher takes some people for two.
    """
    rng = np.random.default_rng(seed)
    everybody = [point(rng) for _ in range(people)]
    recogniser = Recogniser(calibration=CALIBRATION, policy=POLICY)
    galleries = {store: NumpyGallery() for store in stores}
    seen = Seen()
    for number in range(visits):
        person = int(rng.integers(people))
        store = stores[int(rng.integers(len(stores))) if person % 3 == 0 else person % len(stores)]
        shots = np.repeat(look(everybody[person], rng, rng.uniform(0.5, spread))[None], 3, axis=0)
        gallery = galleries[store]
        found = recogniser.recognise(shots, np.full(3, 0.9, np.float32), Phase.CONFIRMED, gallery)
        minted = found.outcome.face_id is None
        face_id = found.outcome.face_id or uuid5(_NAMES, f"face {number}")
        seen.add(
            person, face_id, found.fused.probe, store=store, minutes=10.0 * number, minted=minted,
            keep=found.becomes_template,
        )  # fmt: skip
        if found.becomes_template:
            gallery.add(seen.templates[-1].template_id, face_id, found.fused.probe)
    return seen


def uv_error(appearances: Sequence[tuple[int, UUID]]) -> float:
    """The relative error of the number of visitors."""
    return len({who for _, who in appearances}) / len({person for person, _ in appearances}) - 1.0
