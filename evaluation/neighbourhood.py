"""How much nearer than the next few people the nearest wrong one comes: the neighbour gap of a calibration.

The matcher holds a visitor against a bar between the strictest and the loosest threshold of a pack's groups, put where
the visitor's own neighbours lie, less the neighbour gap (``matcher.policy.threshold_within``). Here the gap is measured
on searches by people who are not in the gallery, of every group among its like and of all among all. A gap too narrow
merges people for good and one too wide splits a few, so each is taken at the wide end of its 95 % interval.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faces.calibration import NEIGHBOURS, Table

SHARES = (5e-4, 5e-3, 5e-2)
# Neighbours of a gallery this large are near enough to tell something; a smaller group gives what it has.
_GALLERY_SIZE = 300
_LEAST_PEOPLE = 2 * NEIGHBOURS
_GALLERIES = 10
_RESAMPLED = 200
_WIDE_END = 0.975

Distances = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visits:
    """Probes fused from the shots of a visit, (n, dim), and whose each is, (n,)."""

    vectors: NDArray[np.float32]
    people: NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaps:
    """What searches by people who are not in the gallery found: the gap of each, (n,), and who searched, (n,)."""

    gap: Distances
    people: NDArray[np.str_]

    def can_tell(self, share: float) -> bool:
        """Tell whether at least one search is expected beyond the gap of this share."""
        return share * len(self.gap) >= 1

    def wide_end(self, share: float, random: np.random.Generator) -> float:
        """Return the upper end of the 95 % interval, resampled over people, of the gap that this share exceeds."""
        _, whose = np.unique(self.people, return_inverse=True)
        of_person = [self.gap[whose == person] for person in range(whose.max() + 1)]
        resampled = [
            np.quantile(np.concatenate([of_person[person] for person in drawn]), 1 - share)
            for drawn in random.integers(len(of_person), size=(_RESAMPLED, len(of_person)))
        ]
        return float(np.quantile(resampled, _WIDE_END))


def neighbour_gap(groups: Mapping[str, Visits], *, seed: int = 0) -> Table:
    """Return the table of (share, gap) for ``SHARES``: the widest of any group's, and of all groups together.

    A share too rare for a group is left to the others, and one too rare for all of them is left out. Raises ValueError
    where all of them together hold too few people to have neighbours.
    """
    random = np.random.default_rng(seed)
    measured = [gaps(visits, random) for visits in (*groups.values(), together(groups)) if _enough(visits)]
    if not measured:
        raise ValueError(f"a neighbour gap takes more than {_LEAST_PEOPLE} people; add folders of other people")
    table: list[tuple[float, float]] = []
    for share in sorted(SHARES, reverse=True):
        able = [found.wide_end(share, random) for found in measured if found.can_tell(share)]
        if able:
            # A group that cannot tell so rare a share still needs at least what it needs of a commoner one.
            table.append((share, max(round(max(able), 3), table[-1][1] if table else 0.0)))
    return tuple(reversed(table))


def gaps(visits: Visits, random: np.random.Generator) -> Gaps:
    """Search every visit in some galleries of other people: the gap is the median of the next few less the nearest.

    A gallery holds one visit of each of up to ``_GALLERY_SIZE`` people, drawn for each searcher anew.
    """
    names, first = np.unique(visits.people, return_index=True)
    between = _distances(visits.vectors.astype(np.float64), first)
    between[visits.people[:, None] == names[None]] = np.inf
    size = min(_GALLERY_SIZE, len(names) - 1)
    gap = np.concatenate([_gaps_once(between, size, random) for _ in range(_GALLERIES)])
    return Gaps(gap=gap, people=np.tile(visits.people, _GALLERIES))


def together(groups: Mapping[str, Visits]) -> Visits:
    """Return the visits of all groups as one; people keep apart by the name of their group."""
    people = [np.array([f"{name}/{person}" for person in visits.people]) for name, visits in groups.items()]
    vectors = [visits.vectors for visits in groups.values()]
    return Visits(vectors=np.concatenate(vectors), people=np.concatenate(people))


def _enough(visits: Visits) -> bool:
    return len(np.unique(visits.people)) > _LEAST_PEOPLE


def _distances(vectors: Distances, columns: NDArray[np.intp]) -> Distances:
    squares = np.square(vectors).sum(axis=1)
    between = squares[:, None] + squares[columns][None] - 2 * vectors @ vectors[columns].T
    return np.asarray(np.sqrt(np.maximum(between, 0.0)))


def _gaps_once(between: Distances, size: int, random: np.random.Generator) -> Distances:
    # The searcher's own person, infinitely far, may be drawn too: one more than the size makes up for it.
    drawn = random.random(between.shape).argpartition(size, axis=1)[:, : size + 1]
    near = np.sort(np.take_along_axis(between, drawn, axis=1), axis=1)[:, : NEIGHBOURS + 1]
    return np.asarray(np.median(near[:, 1:], axis=1) - near[:, 0])
