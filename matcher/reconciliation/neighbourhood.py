"""Who looks most like whom: the nearest people of each person, by the mean distance between their templates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 23  # distances held at once: 64 MB
_ENOUGH = 16  # people told of each: those who are kept apart from somebody make room for the next


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nearest:
    """The people nearest to one, nearest first: their numbers, (k,), and mean distances, (k,)."""

    people: NDArray[np.int64]
    distances: NDArray[np.float64]

    def without(self, person: int) -> NDArray[np.float64]:
        """Return the distances of all but a person."""
        return np.asarray(self.distances[self.people != person])


class Neighbourhood:
    """People by the templates they have: (n, dim) float32, person by person, and how many each has.

    Two people are as far apart as their templates are in the mean. Of strangers a mean of several distances is small
    more rarely than a single one, of which a calibration tells: so one errs on the safe side.
    """

    def __init__(self, templates: NDArray[np.float32], counts: Sequence[int]) -> None:
        self._templates = templates
        self._counts = np.array(counts, dtype=np.int64)
        self._begins = np.cumsum(self._counts) - self._counts
        self._squares = np.square(templates, dtype=np.float64).sum(axis=1)

    def nearest(self, people: Sequence[int]) -> list[Nearest]:
        """Return who is nearest to each of some people."""
        found: list[Nearest] = []
        for some in self._blocks(people):
            counts = self._counts[some]
            sums = np.add.reduceat(self._to_people(self._places(some)), np.cumsum(counts) - counts, axis=0)
            means = sums / (counts[:, None] * self._counts)
            means[np.arange(len(some)), some] = np.inf
            found += map(_nearest_of, means)
        return found

    def distance(self, one: int, other: int) -> float:
        """Return how far two people are apart."""
        places = self._places(np.array([one]))
        return float(self._to_people(places)[:, other].sum() / (self._counts[one] * self._counts[other]))

    def each_template(self, people: Sequence[int]) -> Iterator[tuple[int, int, Nearest, float]]:
        """Yield each template of people who have several: place, person, who else is nearest, how far its person is."""
        for some in self._blocks([person for person in people if self._counts[person] > 1]):
            places, owners = self._places(some), np.repeat(some, self._counts[some])
            sums, each = self._to_people(places), np.arange(len(places))
            own = sums[each, owners] / (self._counts[owners] - 1)
            means = sums / self._counts
            means[each, owners] = np.inf
            for place, owner, mean, own_distance in zip(places, owners, means, own, strict=True):
                yield int(place), int(owner), _nearest_of(mean), float(own_distance)

    def _blocks(self, people: Sequence[int]) -> Iterator[NDArray[np.int64]]:
        chosen = np.array(people, dtype=np.int64)
        if len(chosen):
            at_once = max(_BLOCK // len(self._templates), 1)
            ends = np.cumsum(self._counts[chosen])
            yield from np.split(chosen, np.flatnonzero(np.diff(ends // at_once)) + 1)

    def _places(self, people: NDArray[np.int64]) -> NDArray[np.int64]:
        begins, counts = self._begins[people], self._counts[people]
        return np.concatenate([np.arange(begin, begin + count) for begin, count in zip(begins, counts, strict=True)])

    def _to_people(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return for some templates the sum of the distances to those of each person, (places, people)."""
        products = self._templates[places] @ self._templates.T
        squares = self._squares[places][:, None] + self._squares - 2.0 * products
        distances = np.sqrt(np.maximum(squares, 0.0))
        distances[np.arange(len(places)), places] = 0.0
        return np.asarray(np.add.reduceat(distances, self._begins, axis=1))


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
