"""Visits dealt from a person's pictures: so many shots each, fused as the matcher fuses those of a track."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.fusion import fuse

_ENOUGH_COMPARISONS = 1_000_000
_MOST_DEALS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """What is compared: ``vectors`` (n, dim), the number of the person of each, (n,), from 0, and of how many people.

    ``rows`` (n, shots) are the rows of the embedding set each was fused from, -1 where it had fewer.
    """

    vectors: NDArray[np.float32]
    person_of: NDArray[np.int32]
    rows: NDArray[np.int64]
    people: int


def numbered(people: NDArray[np.str_]) -> tuple[NDArray[np.str_], NDArray[np.int32]]:
    """Return the names of the people, sorted, and for each row the number of its own."""
    names, person_of = np.unique(people, return_inverse=True)
    return names, person_of.astype(np.int32)


def deal(person_of: NDArray[np.int32], shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return (visits, shots) rows: each person's rows are shuffled and cut into visits; what is left over is left out.

    No row is in two visits.
    """
    order = rng.permutation(len(person_of))
    order = order[np.argsort(person_of[order], kind="stable")]
    starts = np.flatnonzero(np.diff(person_of[order], prepend=-1))
    dealt = [own[: len(own) // shots * shots].reshape(-1, shots) for own in np.split(order, starts[1:])]
    return np.concatenate([np.empty((0, shots), dtype=np.int64), *dealt])


def fused_samples(
    embeddings: NDArray[np.float32],
    qualities: NDArray[np.float32],
    person_of: NDArray[np.int32],
    rows: NDArray[np.int64],
    people: int,
) -> Samples:
    """Return a sample for each visit, its shots averaged by quality as in the matcher.

    The matcher also leaves out shots that do not seem to show the same person; here they do, by their folder. And it
    lets shots that are almost the same share their weight; photographs differ.
    """
    if rows.shape[1] == 1:
        vectors = embeddings[rows[:, 0]]
    else:
        vectors = np.array([fuse(embeddings[visit], qualities[visit], math.inf).probe for visit in rows])
    owners = person_of[rows[:, 0]]
    return Samples(vectors=vectors.reshape(len(rows), embeddings.shape[1]), person_of=owners, rows=rows, people=people)


def one_visit_each(
    embeddings: NDArray[np.float32],
    qualities: NDArray[np.float32],
    person_of: NDArray[np.int32],
    *,
    shots: int,
    seed: int,
) -> Samples:
    """Return a sample of everybody: of so many rows of a person, drawn at random, or of all where there are fewer."""
    order = np.random.default_rng(seed).permutation(len(person_of))
    order = order[np.argsort(person_of[order], kind="stable")]
    owners, starts = np.unique(person_of[order], return_index=True)
    drawn = [own[:shots] for own in np.split(order, starts[1:])]
    vectors = np.array([fuse(embeddings[own], qualities[own], math.inf).probe for own in drawn], dtype=np.float32)
    rows = np.array([np.pad(own, (0, shots - len(own)), constant_values=-1) for own in drawn])
    return Samples(vectors=vectors, person_of=owners.astype(np.int32), rows=rows, people=int(person_of.max()) + 1)


def deals(
    embeddings: NDArray[np.float32],
    qualities: NDArray[np.float32],
    person_of: NDArray[np.int32],
    *,
    shots: int,
    seed: int,
) -> Sequence[Samples]:
    """Return the samples of one deal, or of up to 20 where one deal of visits gives few comparisons.

    A person's shots can be dealt into visits in many ways. Only samples of one deal are ever compared.
    """
    people = int(person_of.max(initial=-1)) + 1
    first = deal(person_of, shots, np.random.default_rng([seed, 0]))
    comparisons = len(first) * (len(first) - 1) // 2
    number = 1 if shots == 1 else min(_MOST_DEALS, math.ceil(_ENOUGH_COMPARISONS / max(comparisons, 1)))
    again = (np.random.default_rng([seed, number]) for number in range(1, number))
    dealt = [first, *(deal(person_of, shots, rng) for rng in again)]
    return [fused_samples(embeddings, qualities, person_of, rows, people) for rows in dealt]
