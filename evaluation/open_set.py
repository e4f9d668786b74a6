"""Open-set identification against the size of the gallery, by the matcher's own policy.

FPIR is the share of searches by people who are not in the gallery that return somebody; FNIR the share of searches by
people who are in it that do not return them. Galleries larger than the people there are pictures of are filled with
invented ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from evaluation.bootstrap import Interval, share_of
from evaluation.invented import invent_templates
from evaluation.tail import Tail, fit_tail
from evaluation.visits import deal, fused_samples
from matcher.faiss_gallery import FaissGallery
from matcher.recognition import Recogniser
from schemas.messages import Phase

SIZES = (100, 1_000, 10_000)
SHOTS = 3
_DEALS = 3
_FEWEST_PEOPLE = 10
_FEWEST_PAIRS = 5_000
_NEAR_SHARE = 1e-2


@dataclass(frozen=True, slots=True, kw_only=True)
class GallerySize:
    """FPIR and FNIR at one gallery size, of which ``real`` templates are of people there are pictures of.

    ``threshold`` is the median of those the policy set. ``fpir_foretold`` is what FPIR would be, were all templates
    those of people like the ones there are pictures of: 1 - (1 - FMR)^size, the FMR being that of the tail of their
    pairs at each search's threshold. ``fpir_unchanged`` is the same for the threshold of the smallest gallery. Both are
    None where too few pairs make a tail.
    """

    size: int
    real: int
    searches: int
    threshold: float
    fpir: Interval | None
    fnir: Interval | None
    fpir_foretold: float | None
    fpir_unchanged: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSet:
    """The sizes, and how far invented people flatter them.

    ``invented_nearness`` is how often an invented person comes within the distance that one pair of real people in a
    hundred comes to, relative to real people: at 0.5, half as often, and FPIR is that much too low as far as invented
    templates make it.
    """

    sizes: Sequence[GallerySize]
    invented_nearness: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Trial:
    """One deal of visits into templates and searches."""

    templates: NDArray[np.float32]
    owners: NDArray[np.int32]
    known: NDArray[np.int64]
    strangers: NDArray[np.int64]
    others: NDArray[np.float32]


def search_open_set(
    embeddings: NDArray[np.float32],
    qualities: NDArray[np.float32],
    person_of: NDArray[np.int32],
    recogniser: Recogniser,
    *,
    sizes: Sequence[int] = SIZES,
    seed: int = 0,
) -> OpenSet | None:
    """Search visits of three shots in galleries of each size; None for fewer than ten people who have three.

    In each of several deals half of the people are enrolled, by one visit each; their other visits, and those of the
    other half, are searched.
    """
    trials = []
    for again in range(_DEALS):
        rng = np.random.default_rng([seed, again])
        trials.append(_trial(embeddings, qualities, person_of, rng))
    if any(trial is None for trial in trials):
        return None
    dealt = [trial for trial in trials if trial is not None]
    between = np.sort(np.concatenate([_distances(trial.others, trial.templates).ravel() for trial in dealt]))
    tail = None
    if len(between) >= _FEWEST_PAIRS:
        tail = fit_tail(between, np.arange(1, len(between) + 1, dtype=np.float64), float(len(between)))
    found: list[GallerySize] = []
    for size in sizes:
        unchanged = found[0].threshold if found else None
        found.append(_at_size(size, dealt, embeddings, qualities, person_of, recogniser, tail, unchanged, seed))
    return OpenSet(sizes=found, invented_nearness=_invented_nearness(dealt[0], np.random.default_rng(seed)))


def _trial(
    embeddings: NDArray[np.float32],
    qualities: NDArray[np.float32],
    person_of: NDArray[np.int32],
    rng: np.random.Generator,
) -> _Trial | None:
    visits = deal(person_of, SHOTS, rng)
    owners = person_of[visits[:, 0]]
    people, first = np.unique(owners, return_index=True)
    if len(people) < _FEWEST_PEOPLE:
        return None
    chosen = rng.permutation(len(people))[: len(people) // 2]
    enrolled = np.isin(owners, people[chosen])
    templates = visits[first[chosen]]
    rest = np.setdiff1d(np.arange(len(visits)), first[chosen])
    return _Trial(
        templates=fused_samples(embeddings, qualities, person_of, templates, 0).vectors,
        owners=people[chosen],
        known=visits[rest[enrolled[rest]]],
        strangers=visits[~enrolled],
        others=fused_samples(embeddings, qualities, person_of, visits[~enrolled], 0).vectors,
    )


def _at_size(
    size: int,
    trials: Sequence[_Trial],
    embeddings: NDArray[np.float32],
    qualities: NDArray[np.float32],
    person_of: NDArray[np.int32],
    recogniser: Recogniser,
    tail: Tail | None,
    unchanged: float | None,
    seed: int,
) -> GallerySize:
    found: list[tuple[bool, int, float, bool]] = []
    real = min(size, *(len(trial.templates) for trial in trials))
    for number, trial in enumerate(trials):
        gallery = _gallery(trial, size, np.random.default_rng([seed, number, size]))
        for is_known, visits in ((True, trial.known), (False, trial.strangers)):
            for visit in visits:
                person = int(person_of[visit[0]])
                if is_known and person not in trial.owners[:size]:
                    continue
                outcome = recogniser.recognise(embeddings[visit], qualities[visit], Phase.CONFIRMED, gallery).outcome
                hit = outcome.face_id == _face_id(person) if is_known else outcome.face_id is not None
                found.append((is_known, person, outcome.threshold, hit))
    known, people, thresholds, hits = (np.array(column) for column in zip(*found, strict=True))
    fixed = float(np.median(thresholds)) if unchanged is None else unchanged
    fnir = share_of(~hits[known], people[known].astype(np.int32), seed=seed)
    return GallerySize(
        size=size,
        real=real,
        searches=len(found),
        threshold=float(np.median(thresholds)),
        fpir=share_of(hits[~known], people[~known].astype(np.int32), seed=seed),
        fnir=fnir,
        fpir_foretold=None if tail is None else _fpir(tail, thresholds[~known], size),
        fpir_unchanged=None if tail is None else _fpir(tail, np.array([fixed]), size),
    )


def _gallery(trial: _Trial, size: int, rng: np.random.Generator) -> FaissGallery:
    gallery = FaissGallery(trial.templates.shape[1])
    ids = count()
    for owner, template in zip(trial.owners[:size], trial.templates[:size], strict=True):
        gallery.add(UUID(int=next(ids)), _face_id(int(owner)), template)
    invented = max(0, size - len(trial.templates))
    for template in invent_templates(trial.templates, invented, rng):
        number = next(ids)
        gallery.add(UUID(int=number), _face_id(-1 - number), template)
    return gallery


def _fpir(tail: Tail, thresholds: NDArray[np.float64], size: int) -> float:
    rates = np.array([min(tail.fmr_at(float(threshold)), 1.0) for threshold in thresholds])
    return float(np.mean(1.0 - (1.0 - rates) ** size))


def _face_id(person: int) -> UUID:
    return UUID(int=(1 << 64) + person)


def _invented_nearness(trial: _Trial, rng: np.random.Generator) -> float:
    """Return how many times as often as real templates invented ones lie within the distance of 1 % of the real."""
    real = _distances(trial.others, trial.templates)
    invented = _distances(trial.others, invent_templates(trial.templates, 4 * len(trial.templates), rng))
    return float((invented <= np.quantile(real, _NEAR_SHARE)).mean()) / _NEAR_SHARE


def _distances(probes: NDArray[np.float32], templates: NDArray[np.float32]) -> NDArray[np.float32]:
    squares = np.square(probes).sum(axis=1)[:, None] + np.square(templates).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares - 2 * probes @ templates.T, 0.0)))
