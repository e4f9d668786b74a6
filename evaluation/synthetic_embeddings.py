"""People invented by the million, as far apart as real embeddings are.

Drawn from a measured mean and from two measured covariances, between people and between the pictures of one person.
Nothing but these second moments is real: there are no siblings, no age groups and no bad pictures among these people,
so that they are told apart more easily than those in front of a door.
"""

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

SHOTS = 3
PEOPLE_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """How embeddings lie: ``mean`` (dim,), and (dim, dim) roots of the covariances between people and within a person.

    A root's rows are eigenvectors times the root of their eigenvalue, largest first.
    """

    mean: Vectors
    between: Vectors
    within: Vectors

    @property
    def dim(self) -> int:
        """The dimension of an embedding."""
        return len(self.mean)


def shipped_spread() -> Spread:
    """Return the spread in ``data/spread.npz``, computed by ``evaluation.build_spread`` from the retail pack."""
    with files("evaluation").joinpath("data", "spread.npz").open("rb") as file, np.load(file) as stored:
        return Spread(**{name: stored[name].astype(np.float32) for name in ("mean", "between", "within")})


def invent_people(spread: Spread, block: int, *, seed: int = 0) -> Vectors:
    """Return the middles of PEOPLE_AT_ONCE people, (people, dim); the same ones for the same block and seed."""
    rng = np.random.default_rng((seed, block))
    return spread.mean + rng.standard_normal((PEOPLE_AT_ONCE, spread.dim), dtype=np.float32) @ spread.between


def invent_visit(people: Vectors, spread: Spread, rng: np.random.Generator) -> Vectors:
    """Return a visit of each of (n, dim) people: SHOTS shots fused, brought to length 1, (n, dim)."""
    # The mean of so many shots is drawn at once.
    noise = rng.standard_normal(people.shape, dtype=np.float32) @ (spread.within / np.float32(SHOTS**0.5))
    fused = people + noise
    return np.asarray(fused / np.linalg.norm(fused, axis=1, keepdims=True), np.float32)
