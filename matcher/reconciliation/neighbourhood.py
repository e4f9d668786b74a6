"""Who looks most like whom: the nearest people of each person, all that is known of each fused into one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 23  # distances held at once: 64 MB
_UNIT_WITHIN = 1e-3  # of a length
_LEAST_WEIGHT = 1e-3
_ENOUGH = 16  # people told of each: those who are kept apart from somebody make room for the next


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nearest:
    """The people nearest to one, nearest first: their numbers, (k,), and distances, (k,)."""

    people: NDArray[np.int64]
    distances: NDArray[np.float64]

    def without(self, person: int) -> NDArray[np.float64]:
        """Return the distances of all but a person."""
        return np.asarray(self.distances[self.people != person])


class Neighbourhood:
    """People by the templates they have: (n, dim) float32, person by person, how many each has, and (n,) qualities.

    Templates of one person differ, and are fused: averaged by quality, and of unit length where the templates are. What
    two looks of a person do not share goes out of the average, so that two FaceIds of one come nearer the more is known
    of them; strangers come hardly nearer (``likeness``).
    """

    def __init__(
        self, templates: NDArray[np.float32], counts: Sequence[int], qualities: NDArray[np.float32] | None = None
    ) -> None:
        self._counts = np.array(counts, dtype=np.int64)
        self._begins = np.cumsum(self._counts) - self._counts
        lengths = np.linalg.norm(templates, axis=1)
        self._unit = bool(abs(lengths - 1.0).max() <= _UNIT_WITHIN)
        weights = np.ones(len(templates)) if qualities is None else qualities.astype(np.float64) + _LEAST_WEIGHT
        self._weights = weights
        self._templates = templates
        self._sums = np.add.reduceat(templates * weights[:, None], self._begins, axis=0)
        self._people = self._averaged(self._sums, np.add.reduceat(weights, self._begins))

    def nearest(self, people: Sequence[int]) -> list[Nearest]:
        """Return who is nearest to each of some people."""
        found: list[Nearest] = []
        for some in self._blocks(people):
            distances = self._to_people(self._people[some])
            distances[np.arange(len(some)), some] = np.inf
            found += map(_nearest_of, distances)
        return found

    def distance(self, one: int, other: int) -> float:
        """Return how far two people are apart."""
        return float(np.linalg.norm(self._people[one] - self._people[other]))

    def several(self, person: int) -> bool:
        """Return whether more than one template is known of a person."""
        return bool(self._counts[person] > 1)

    def each_template(self, people: Sequence[int]) -> Iterator[tuple[int, int, Nearest, float]]:
        """Yield each template of people who have several: place, person, who else is nearest, how far its person is.

        Its person is what is known of them without it.
        """
        for some in self._blocks([person for person in people if self._counts[person] > 1]):
            owners = np.repeat(some, self._counts[some])
            places = np.concatenate(
                [np.arange(self._begins[one], self._begins[one] + self._counts[one]) for one in some]
            )
            chosen, weights = self._templates[places], self._weights[places]
            whole = np.add.reduceat(self._weights, self._begins)[owners]
            others = self._averaged(self._sums[owners] - chosen * weights[:, None], whole - weights)
            own = np.linalg.norm(chosen - others, axis=1)
            distances = self._to_people(chosen.astype(np.float64))
            distances[np.arange(len(places)), owners] = np.inf
            for place, owner, row, own_distance in zip(places, owners, distances, own, strict=True):
                yield int(place), int(owner), _nearest_of(row), float(own_distance)

    def _blocks(self, people: Sequence[int]) -> Iterator[NDArray[np.int64]]:
        chosen = np.array(people, dtype=np.int64)
        if len(chosen):
            at_once = max(_BLOCK // len(self._people), 1)
            ends = np.cumsum(self._counts[chosen])
            yield from np.split(chosen, np.flatnonzero(np.diff(ends // at_once)) + 1)

    def _averaged(self, sums: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        means = sums / weights[:, None]
        if self._unit:
            means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
        return np.asarray(means)

    def _to_people(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distances of some vectors to each person, (vectors, people)."""
        squares = (vectors**2).sum(axis=1)[:, None] + (self._people**2).sum(axis=1) - 2.0 * vectors @ self._people.T
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def _nearest_of(distances: NDArray[np.float64]) -> Nearest:
    """Return the nearest people of all; those equally near by their numbers."""
    some = (
        np.argpartition(distances, _ENOUGH)[: _ENOUGH + 1]
        if len(distances) > _ENOUGH + 1
        else np.arange(len(distances))
    )
    some = np.sort(some[np.isfinite(distances[some])])
    people = some[np.argsort(distances[some], kind="stable")]
    return Nearest(people=people, distances=distances[people])
