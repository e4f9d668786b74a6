"""The matcher's errors at the bar it sets by itself: who is known and not found, who is new and taken for another."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from evaluation.embedding_set import EmbeddingSet
from evaluation.visits import deal, numbered
from faces.calibration import Calibration, Repeats
from matcher.faiss_gallery import FaissGallery
from matcher.policy import Policy
from matcher.recognition import Recogniser
from schemas.messages import Decision, Phase

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
_SHOTS = 3
_ORDERS = 10
_FEWEST_PEOPLE = 50

Vectors = NDArray[np.float32]


def measure_repeats(groups: Sequence[EmbeddingSet], calibration: Calibration, *, seed: int = 0) -> Repeats | None:
    """Let everybody of all groups come, and come again, in random orders, and the matcher decide by the shipped policy.

    Of each newcomer is noted whether they were taken for somebody else; of each visit by somebody who came before, how
    far the nearest template of their own lies, in parts of the bar. Nobody comes again before everybody has come: a
    store that knows fewer than twenty people has another bar, and does not stay so. None where fewer than 50 people
    come twice, which takes six pictures.
    """
    embeddings = np.concatenate([faces.embeddings[faces.passed] for faces in groups])
    qualities = np.concatenate([faces.qualities[faces.passed] for faces in groups])
    _, person_of = numbered(
        np.concatenate(
            [[f"{number}/{name}" for name in faces.people[faces.passed]] for number, faces in enumerate(groups)]
        )
    )
    recogniser = Recogniser(calibration=calibration, policy=Policy())
    ratios: list[float] = []
    again: set[int] = set()
    newcomers: set[int] = set()
    mistaken = 0
    for order in range(_ORDERS):
        rng = np.random.default_rng([seed, order])
        visits = _first_ones_first(rng.permutation(deal(person_of, _SHOTS, rng)), person_of)
        owners = person_of[visits[:, 0]].tolist()
        gallery = FaissGallery(embeddings.shape[1])
        own: dict[int, list[Vectors]] = {}
        for number, (visit, person) in enumerate(zip(visits, owners, strict=True)):
            found = recogniser.recognise(embeddings[visit], qualities[visit], Phase.CONFIRMED, gallery)
            if found.outcome.decision is Decision.REJECTED:  # counted for nobody, whoever it was
                continue
            probe, matched = found.fused.probe, found.outcome.face_id is not None
            if person in own:
                nearest = min(float(np.linalg.norm(template - probe)) for template in own[person])
                ratios.append(nearest / found.outcome.threshold)
                again.add(person)
            else:
                newcomers.add(person)
                mistaken += matched
            if found.becomes_template:
                gallery.add(UUID(int=number + 1), found.outcome.face_id or UUID(int=number + 1), probe)
            if found.becomes_template or person not in own:
                own.setdefault(person, []).append(probe)
    if len(again) < _FEWEST_PEOPLE:
        return None
    return Repeats(
        people=len(again),
        ratios=_rising(np.quantile(ratios, SHARES).tolist()),
        newcomers=len(newcomers),
        fpir=round(mistaken / (_ORDERS * len(newcomers)), 5),
    )


def _first_ones_first(visits: NDArray[np.int64], person_of: NDArray[np.int32]) -> NDArray[np.int64]:
    first = np.zeros(len(visits), dtype=np.bool_)
    first[np.unique(person_of[visits[:, 0]], return_index=True)[1]] = True
    return np.concatenate([visits[first], visits[~first]])


def _rising(ratios: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return the table, each ratio a thousandth above the one before at least: few people may give one twice."""
    rising: list[tuple[float, float]] = []
    for share, ratio in zip(SHARES, ratios, strict=True):
        least = rising[-1][1] + 0.001 if rising else 0.001
        rising.append((share, round(max(ratio, least), 3)))
    return tuple(rising)
