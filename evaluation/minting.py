"""Online minting: visits come one after the other, and the matcher decides who is new. Its own code, its own policy."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from evaluation.visits import deal
from matcher.faiss_gallery import FaissGallery
from matcher.recognition import Recogniser
from schemas.messages import Phase
from simulator.score import pair_precision_and_recall

VISITS_EACH = 2
SHOTS = 3
ORDERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Minting:
    """What became of the visits in ``orders`` random orders: means, for who comes first decides who is taken for whom.

    ``uv`` is the number of FaceIds, ``uv_error`` (uv - people) / people. Of the pairs of visits with one FaceId
    ``pair_precision`` are of one person; of the pairs of visits of one person ``pair_recall`` have one FaceId.
    ``without_face_id`` counts visits whose shots disagreed too much to mint from. Ranges are the least and the greatest
    of any order.
    """

    people: int
    visits: int
    uv: float
    uv_error: float
    pair_precision: float
    pair_recall: float
    without_face_id: float
    orders: int
    uv_error_range: tuple[float, float]
    pair_precision_range: tuple[float, float]
    pair_recall_range: tuple[float, float]


def mint(
    embeddings: NDArray[np.float32],
    qualities: NDArray[np.float32],
    person_of: NDArray[np.int32],
    recogniser: Recogniser,
    *,
    seed: int = 0,
) -> Minting | None:
    """Let everyone with six usable pictures or more come twice, with three shots each; None where nobody has six."""
    visits = _two_visits_each(person_of, np.random.default_rng(seed))
    if not len(visits):
        return None
    mintings = [
        _minted(embeddings, qualities, person_of, np.random.default_rng([seed, order]).permutation(visits), recogniser)
        for order in range(ORDERS)
    ]
    people = mintings[0][0]
    uv, precision, recall, without = (np.array(column) for column in list(zip(*mintings, strict=True))[1:])
    error = uv / people - 1.0
    return Minting(
        people=people,
        visits=len(visits),
        uv=float(uv.mean()),
        uv_error=float(error.mean()),
        pair_precision=float(precision.mean()),
        pair_recall=float(recall.mean()),
        without_face_id=float(without.mean()),
        orders=ORDERS,
        uv_error_range=_range(error),
        pair_precision_range=_range(precision),
        pair_recall_range=_range(recall),
    )


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _two_visits_each(person_of: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int64]:
    visits = deal(person_of, SHOTS, rng)
    owners = person_of[visits[:, 0]]
    nth = np.arange(len(owners)) - np.searchsorted(owners, owners)  # visits are dealt person by person
    enough = np.bincount(owners, minlength=1) >= VISITS_EACH
    return visits[enough[owners] & (nth < VISITS_EACH)]


def _minted(
    embeddings: NDArray[np.float32],
    qualities: NDArray[np.float32],
    person_of: NDArray[np.int32],
    visits: NDArray[np.int64],
    recogniser: Recogniser,
) -> tuple[int, int, float, float, int]:
    """Return people, FaceIds, pair precision, pair recall, visits without a FaceId."""
    gallery = FaissGallery(embeddings.shape[1])
    seen: list[tuple[str, UUID]] = []
    minted, without = set(), 0
    for number, visit in enumerate(visits):
        own = UUID(int=number)
        found = recogniser.recognise(embeddings[visit], qualities[visit], Phase.CONFIRMED, gallery)
        face_id = found.outcome.face_id or own
        if found.becomes_template:
            gallery.add(own, face_id, found.fused.probe)
            minted.add(face_id)
        elif found.outcome.face_id is None:
            without += 1
        seen.append((str(person_of[visit[0]]), face_id))
    precision, recall = pair_precision_and_recall(seen)
    return len({person for person, _ in seen}), len(minted), precision, recall, without
