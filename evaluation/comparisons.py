"""Every sample compared with every other: distances of mated and of non-mated pairs, in bounded memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.visits import Samples

_MOST_KEPT = 4_000_000
_BLOCK_DISTANCES = 1 << 21
_PAIRS_TO_GUESS_FROM = 200_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distances:
    """Pairs of samples, nearest first: ``distance`` (k,), ``rows`` (k, 2) in the samples and ``people`` (k, 2).

    Where there were too many to keep, the nearest are all here, each counting once; of the others every so-manieth is
    here at random and counts as many times: ``weight`` (k,).
    """

    distance: NDArray[np.float32]
    rows: NDArray[np.int32]
    people: NDArray[np.int32]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.distance)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """The mated and the non-mated pairs of some deals of samples, each pair once.

    ``counts`` (deals, people) is how many samples each person has. ``deal`` of a row is lost: rows are numbered through
    all deals.
    """

    mated: Distances
    non_mated: Distances
    counts: NDArray[np.int64]

    @property
    def people(self) -> int:
        """How many people have a sample."""
        return int((self.counts.sum(axis=0) > 0).sum())

    def non_mated_pairs(self, weights: NDArray[np.float64] | None = None) -> float:
        """Return the number of non-mated pairs, or the sum of their weights when each person counts so many times."""
        counted = self.counts if weights is None else self.counts * weights
        return float((counted.sum(axis=1) ** 2 - (counted**2).sum(axis=1)).sum() / 2)


def compare(deals: Sequence[Samples], *, most_kept: int = _MOST_KEPT, seed: int = 0) -> Comparisons:
    """Compare the samples of each deal; Euclidean distance. At most about ``most_kept`` non-mated pairs are kept."""
    counts = np.array([np.bincount(samples.person_of, minlength=samples.people) for samples in deals])
    total = float((counts.sum(axis=1) ** 2 - (counts**2).sum(axis=1)).sum() / 2)
    rng = np.random.default_rng(seed)
    cut, share = _cut(deals, total, most_kept, rng)
    mated, non_mated = [], []
    first = 0
    for samples in deals:
        for one, other, distance in _blocks(samples.vectors):
            people = np.stack([samples.person_of[one], samples.person_of[other]], axis=1)
            rows = np.stack([one, other], axis=1).astype(np.int32) + np.int32(first)
            same = people[:, 0] == people[:, 1]
            mated.append(_distances(distance, rows, people, same, 1.0))
            if share >= 1.0:
                non_mated.append(_distances(distance, rows, people, ~same, 1.0))
            else:
                near = distance <= cut
                drawn = rng.random(len(distance)) < share
                non_mated.append(_distances(distance, rows, people, ~same & near, 1.0))
                non_mated.append(_distances(distance, rows, people, ~same & ~near & drawn, 1.0 / share))
        first += len(samples.person_of)
    return Comparisons(mated=_sorted(mated), non_mated=_sorted(non_mated), counts=counts)


def _blocks(
    vectors: NDArray[np.float32],
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]:
    """Yield rows, other rows and distances, each pair once, a bounded number at a time."""
    squares = np.square(vectors).sum(axis=1)
    at = 0
    while at < len(vectors) - 1:
        height = max(1, _BLOCK_DISTANCES // (len(vectors) - at))
        ones = np.arange(at, min(at + height, len(vectors)))
        others = np.arange(at + 1, len(vectors))
        between = squares[ones, None] + squares[None, others] - 2.0 * vectors[ones] @ vectors[others].T
        once = ones[:, None] < others[None]
        place = np.nonzero(once)
        yield ones[place[0]], others[place[1]], np.sqrt(np.maximum(between[once], 0.0))
        at += height


def _cut(deals: Sequence[Samples], total: float, most_kept: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return the distance up to which all pairs are kept, and the share kept beyond: half of the room for each."""
    if total <= most_kept:
        return np.inf, 1.0
    share = most_kept / 2 / total
    largest = max(deals, key=lambda samples: len(samples.person_of))
    one, other = rng.integers(len(largest.person_of), size=(2, _PAIRS_TO_GUESS_FROM))
    apart = largest.person_of[one] != largest.person_of[other]
    distance = np.linalg.norm(largest.vectors[one[apart]] - largest.vectors[other[apart]], axis=1)
    return float(np.quantile(distance, share)), share


def _distances(
    distance: NDArray[np.float32],
    rows: NDArray[np.int32],
    people: NDArray[np.int32],
    chosen: NDArray[np.bool_],
    weight: float,
) -> Distances:
    return Distances(
        distance=distance[chosen],
        rows=rows[chosen],
        people=people[chosen],
        weight=np.full(int(chosen.sum()), weight),
    )


def _sorted(parts: Sequence[Distances]) -> Distances:
    distance = np.concatenate([np.empty(0, np.float32), *(part.distance for part in parts)])
    order = np.argsort(distance, kind="stable")
    return Distances(
        distance=distance[order],
        rows=np.concatenate([np.empty((0, 2), np.int32), *(part.rows for part in parts)])[order],
        people=np.concatenate([np.empty((0, 2), np.int32), *(part.people for part in parts)])[order],
        weight=np.concatenate([np.empty(0), *(part.weight for part in parts)])[order],
    )
