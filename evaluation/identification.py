"""Closed-set identification: everyone searched for is in the gallery. Who comes out on top, and how near."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.bootstrap import Interval, share_of
from evaluation.visits import Samples

_BLOCK_DISTANCES = 1 << 22
_POINTS = 41


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """``top_1`` and ``top_5``: shares of the searches whose own person is the nearest, or among the nearest five.

    ``recall`` is (distance, share): of the searches whose own person is the nearest and within the distance;
    ``precision`` (distance, share): of those whose nearest is within the distance, how many name the right person.
    """

    gallery: int
    searches: int
    top_1: Interval
    top_5: Interval
    recall: Sequence[tuple[float, float]]
    precision: Sequence[tuple[float, float]]


def identify(samples: Samples) -> Identification | None:
    """Enrol each person's first sample and search for all others; None where nobody has two.

    Samples are dealt at random, so that the first is any.
    """
    _, first = np.unique(samples.person_of, return_index=True)
    rest = np.setdiff1d(np.arange(len(samples.person_of)), first)
    if not len(rest) or len(first) < 2:
        return None
    owner = np.searchsorted(samples.person_of[first], samples.person_of[rest])
    ranks, nearest = _search(samples.vectors[first], samples.vectors[rest], owner)
    person_of = samples.person_of[rest]
    right = ranks == 0
    distances = np.linspace(float(np.quantile(nearest, 0.001)), float(nearest.max()), _POINTS)
    within = [nearest <= distance for distance in distances]
    top_1, top_5 = share_of(right, person_of), share_of(ranks < 5, person_of)
    assert top_1 is not None
    assert top_5 is not None
    return Identification(
        gallery=len(first),
        searches=len(rest),
        top_1=top_1,
        top_5=top_5,
        recall=[(float(at), float((right & near).mean())) for at, near in zip(distances, within, strict=True)],
        precision=[
            (float(at), float(right[near].mean())) for at, near in zip(distances, within, strict=True) if near.any()
        ],
    )


def _search(
    gallery: NDArray[np.float32], probes: NDArray[np.float32], owner: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return how many others are nearer than the owner, and the distance of the nearest, for each probe."""
    ranks, nearest = np.empty(len(probes), dtype=np.int64), np.empty(len(probes), dtype=np.float32)
    squares = np.square(gallery).sum(axis=1)
    height = max(1, _BLOCK_DISTANCES // len(gallery))
    for at in range(0, len(probes), height):
        block = slice(at, at + height)
        own = np.square(probes[block]).sum(axis=1, keepdims=True)
        distances = np.sqrt(np.maximum(own + squares - 2 * probes[block] @ gallery.T, 0.0))
        of_owner = np.take_along_axis(distances, owner[block, None], axis=1)
        ranks[block] = (distances < of_owner).sum(axis=1)
        nearest[block] = distances.min(axis=1)
    return ranks, nearest
