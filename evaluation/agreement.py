"""How well two ways to part a set agree: over all pairs, those together in both."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """``pair_precision`` is the share of pairs found together that are so in truth, ``pair_recall`` the reverse.

    Either is None where there is no such pair.
    """

    pair_precision: float | None
    pair_recall: float | None


def agreement(found: NDArray[np.int64], true: NDArray[np.int64]) -> Agreement:
    """Compare labels (n,) with the true ones (n,); a negative label is a group of its own."""
    alone = found < 0
    found = np.where(alone, found.max(initial=0) + 1 + np.cumsum(alone), found)
    both = _pairs(np.unique(np.stack([found, true]), axis=1, return_counts=True)[1])
    together, mated = (_pairs(np.unique(labels, return_counts=True)[1]) for labels in (found, true))
    return Agreement(pair_precision=both / together if together else None, pair_recall=both / mated if mated else None)


def _pairs(sizes: NDArray[np.int64]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())
