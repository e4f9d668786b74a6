"""One evaluation: everything that is measured of a pack on a set of pictures."""

import resource
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.bootstrap import Interval
from evaluation.comparisons import Comparisons, compare
from evaluation.embedding_set import EmbeddingSet
from evaluation.error_rates import ErrorRate, error_rates, fmr
from evaluation.identification import Identification, identify
from evaluation.minting import Minting, mint
from evaluation.open_set import OpenSet, search_open_set
from evaluation.pictures import Pair
from evaluation.rejection import RejectCurve, reject_curve
from evaluation.verification import pairs_accuracy
from evaluation.visits import deals, numbered
from faces.packs import Pack
from matcher.policy import Policy
from matcher.recognition import Recogniser
from schemas.errors import InputError

_REJECT_RATES = (1e-3, 1e-4)
_GROUP_RATE = 1e-3
_Step = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShotsFused:
    """What was measured with so many shots fused to a sample; ``rows`` (samples, shots) are those of the faces that the
    gates let pass, numbered through all deals."""

    shots: int
    rows: NDArray[np.int64]
    comparisons: Comparisons
    rates: Mapping[float, ErrorRate | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRates:
    """One group of people among themselves, single shots.

    ``fmr_at_shared`` is at the threshold that gives all together an FMR of 1e-3: what one threshold does to this group.
    """

    people: int
    pictures: int
    rates: Mapping[float, ErrorRate | None]
    fmr_at_shared: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Milliseconds for one picture, median and 99th percentile; ``cpu_ms`` is mean processor time.

    ``rss_mb`` is the most memory this process has held.
    """

    detect_ms: tuple[float, float]
    embed_ms: tuple[float, float]
    cpu_ms: float
    rss_mb: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """A pack measured on pictures. What the data cannot support is None, or absent from a mapping."""

    pack: Pack
    folder: Path
    faces: EmbeddingSet
    pictures: int
    people: int
    pairs_accuracy: Interval | None
    fused: Mapping[int, ShotsFused]
    identification: Identification | None
    open_set: OpenSet | None
    minting: Minting | None
    reject_curves: Sequence[RejectCurve]
    groups: Mapping[str, GroupRates]
    cost: Cost | None

    @property
    def failure_to_detect(self) -> float:
        """Share of the readable pictures in which no face was found."""
        return len(self.faces.without_face) / max(1, self.pictures - len(self.faces.unreadable))

    @property
    def rejected_by_quality(self) -> float:
        """Share of the faces found that the gates refuse."""
        return float((~self.faces.passed).mean()) if len(self.faces.passed) else 0.0


def evaluate(
    faces: EmbeddingSet,
    pack: Pack,
    folder: Path,
    *,
    shots: Sequence[int],
    pairs: Sequence[Pair],
    groups: Mapping[str, str],
    seed: int = 0,
    on_step: _Step = lambda _: None,
) -> Evaluation:
    """Measure everything. Raises InputError for fewer than two people, unless there are pairs to go by."""
    pictures = len(faces.people) + len(faces.without_face) + len(faces.unreadable)
    passed = faces.passed
    embeddings, qualities = faces.embeddings[passed], faces.qualities[passed]
    names, person_of = numbered(faces.people[passed])
    if len(names) < 2 and not pairs:
        raise InputError(
            f"{folder}: a usable face was found of {len(names)} people in {pictures} pictures, and to tell people "
            "apart takes two; give a folder with one folder of pictures for each person, or pairs with --pairs"
        )
    fused = {}
    for number in shots:
        on_step(f"comparing, {number} {'shot' if number == 1 else 'shots'}")
        dealt = deals(embeddings, qualities, person_of, shots=number, seed=seed)
        comparisons = compare(dealt)
        fused[number] = ShotsFused(
            shots=number,
            rows=np.concatenate([samples.rows for samples in dealt]),
            comparisons=comparisons,
            rates=error_rates(comparisons, seed=seed),
        )
    (singles,) = deals(embeddings, qualities, person_of, shots=1, seed=seed)
    on_step("searching")
    identification = identify(singles)
    minting = open_set = None
    if pack.measured is not None:  # a pack without a calibration identifies nobody yet
        recogniser = Recogniser(calibration=pack.measured, policy=Policy())
        minting = mint(embeddings, qualities, person_of, recogniser, seed=seed)
        on_step("searching large galleries")
        open_set = search_open_set(embeddings, qualities, person_of, recogniser, seed=seed)
    on_step("judging the quality score")
    return Evaluation(
        pack=pack,
        folder=folder,
        faces=faces,
        pictures=pictures,
        people=len(np.unique(faces.people)),
        pairs_accuracy=pairs_accuracy(faces.names.tolist(), faces.embeddings, pairs, seed=seed) if pairs else None,
        fused=fused,
        identification=identification,
        open_set=open_set,
        minting=minting,
        reject_curves=_reject_curves(faces, seed),
        groups=_groups(embeddings, qualities, names[person_of], groups, fused.get(1), seed),
        cost=_cost(faces),
    )


def _reject_curves(faces: EmbeddingSet, seed: int) -> list[RejectCurve]:
    quality = faces.qualities
    _, person_of = numbered(faces.people)
    dealt = deals(faces.embeddings, quality, person_of, shots=1, seed=seed)
    comparisons = compare(dealt)
    of_samples = quality[dealt[0].rows[:, 0]]
    curves = (reject_curve(comparisons, of_samples, rate) for rate in _REJECT_RATES)
    return [curve for curve in curves if curve is not None]


def _groups(
    embeddings: NDArray[np.float32],
    qualities: NDArray[np.float32],
    people: NDArray[np.str_],
    group_of: Mapping[str, str],
    together: ShotsFused | None,
    seed: int,
) -> dict[str, GroupRates]:
    labels = np.array([group_of.get(person, "") for person in people.tolist()], dtype=np.str_)
    shared = None
    if together is not None and (rate := together.rates.get(_GROUP_RATE)) is not None:
        shared = rate.threshold
    found = {}
    for name in sorted(set(labels.tolist()) - {""}):
        inside = labels == name
        names, person_of = numbered(people[inside])
        comparisons = compare(deals(embeddings[inside], qualities[inside], person_of, shots=1, seed=seed))
        found[name] = GroupRates(
            people=len(names),
            pictures=int(inside.sum()),
            rates=error_rates(comparisons, seed=seed),
            fmr_at_shared=None if shared is None or len(names) < 2 else fmr(comparisons, shared),
        )
    return found


def _cost(faces: EmbeddingSet) -> Cost | None:
    if not len(faces.detect_ms):
        return None

    def middle_and_worst(times: NDArray[np.float32]) -> tuple[float, float]:
        return float(np.median(times)), float(np.quantile(times, 0.99))

    return Cost(
        detect_ms=middle_and_worst(faces.detect_ms),
        embed_ms=middle_and_worst(faces.embed_ms),
        cpu_ms=float(faces.cpu_ms.mean()),
        rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )
