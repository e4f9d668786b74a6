"""People invented by the million, as far apart as real embeddings are.

Drawn from a measured mean and from two measured covariances, between people and between the pictures of one person.
Nothing but these second moments is real: there are no siblings, no age groups and no bad pictures among these people,
so that they are told apart more easily than those in front of a door.
"""

from dataclasses import dataclass
from importlib.resources import files
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

SHOTS = 3
PEOPLE_AT_ONCE = 16_384
_PROBED_BLOCKS = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """How embeddings lie: ``mean`` (dim,), and (dim, dim) roots of the covariances between people and within a person.

    A root's rows are eigenvectors times the root of their eigenvalue, largest first.
    """

    mean: Vectors
    between: Vectors
    within: Vectors


def shipped_spread() -> Spread:
    """Return the spread in ``data/spread.npz``, computed by ``evaluation.build_spread`` from the retail pack."""
    with files("evaluation").joinpath("data", "spread.npz").open("rb") as file, np.load(file) as stored:
        return Spread(**{name: stored[name].astype(np.float32) for name in ("mean", "between", "within")})


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedTemplates:
    """A template of each of any number of people, PEOPLE_AT_ONCE in a block; the same ones whenever they are asked for.

    A template and a probe are a visit each: SHOTS shots fused and brought to length 1.
    """

    spread: Spread
    seed: int = 0

    @property
    def dim(self) -> int:
        """The dimension of a template."""
        return len(self.spread.mean)

    def block(self, number: int) -> Vectors:
        """Return the templates of a block, (PEOPLE_AT_ONCE, dim)."""
        return self._visits(self._people(number), self._random(number, "templates"))

    def ids(self, number: int) -> list[UUID]:
        """Return an id for each of them."""
        drawn = self._random(number, "ids").bytes(16 * PEOPLE_AT_ONCE)
        return [UUID(bytes=drawn[begin : begin + 16]) for begin in range(0, len(drawn), 16)]

    def ids_of(self, people: NDArray[np.int64]) -> list[UUID]:
        """Return the ids of some people, (n,), counted through all blocks."""
        ids = {number: self.ids(number) for number in np.unique(people // PEOPLE_AT_ONCE).tolist()}
        return [ids[one // PEOPLE_AT_ONCE][one % PEOPLE_AT_ONCE] for one in people.tolist()]

    def mated(self, n: int, count: int) -> tuple[NDArray[np.int64], Vectors]:
        """Return some of the first ``n`` people, (count,), counted through all blocks, and a probe of each."""
        random = self._random(0, "mated")
        blocks = np.unique(random.integers(0, -(-n // PEOPLE_AT_ONCE), _PROBED_BLOCKS))
        people, probes = [], []
        for number in blocks.tolist():
            there = min(PEOPLE_AT_ONCE, n - number * PEOPLE_AT_ONCE)
            chosen = random.permutation(there)[: -(-count // len(blocks))]
            people.append(number * PEOPLE_AT_ONCE + chosen)
            probes.append(self._visits(self._people(number)[chosen], random))
        return np.concatenate(people)[:count], np.concatenate(probes)[:count]

    def _people(self, number: int) -> Vectors:
        drawn = self._random(number, "people").standard_normal((PEOPLE_AT_ONCE, self.dim), dtype=np.float32)
        return self.spread.mean + drawn @ self.spread.between

    def _visits(self, people: Vectors, random: np.random.Generator) -> Vectors:
        # The mean of several shots is drawn at once.
        drawn = random.standard_normal(people.shape, dtype=np.float32)
        fused = people + drawn @ (self.spread.within / np.float32(SHOTS**0.5))
        return np.asarray(fused / np.linalg.norm(fused, axis=1, keepdims=True), np.float32)

    def _random(self, number: int, what: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, number, *what.encode()])
