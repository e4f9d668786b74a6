"""Numbers by id, for millions of ids in few bytes."""

from collections.abc import Iterable
from typing import TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Keys: TypeAlias = NDArray[np.uint64]
Values: TypeAlias = NDArray[np.int64]

_HALF = (1 << 64) - 1
_RECENT_AT_MOST = 32_768
_GONE = -1


def folded(identity: UUID) -> int:
    """Return an id as 64 bits. Of a hundred million ids two are folded alike with a probability of 1 in 3,700."""
    return (identity.int >> 64) ^ (identity.int & _HALF)


def folded_rows(identities: NDArray[np.void]) -> Keys:
    """Return ids of 16 bytes each, (n,) V16, as 64 bits each."""
    halves = np.ascontiguousarray(identities).view(">u8").reshape(-1, 2)
    return np.asarray(halves[:, 0] ^ halves[:, 1], np.uint64)


def folded_in(identities: NDArray[np.void], some: Iterable[UUID]) -> NDArray[np.bool_]:
    """Return which ids of 16 bytes each, (n,) V16, are folded as one of some ids is."""
    keys = np.array([folded(one) for one in some], np.uint64)
    return np.isin(folded_rows(identities), keys) if len(keys) else np.zeros(len(identities), np.bool_)


class IdIndex:
    """A number that is not negative for each folded id: sorted arrays, and a dict of what came since they were sorted.

    One thread may change it while others look something up.
    """

    def __init__(self, keys: Keys | None = None, values: Values | None = None) -> None:
        """Begin with ``keys``, in any order and none of them twice, and their ``values``."""
        self._sorted = _sorted(np.empty(0, np.uint64) if keys is None else keys, values)
        self._recent: dict[int, int] = {}

    def get(self, key: int) -> int | None:
        """Return the number of a folded id, or None."""
        # In this order: what is no longer recent when it is looked for there is among the sorted by then.
        value = self._recent.get(key)
        if value is None:
            keys, values = self._sorted
            place = int(np.searchsorted(keys, np.uint64(key)))
            value = int(values[place]) if place < len(keys) and keys[place] == key else _GONE
        return None if value == _GONE else value

    def put(self, key: int, value: int) -> None:
        """Set the number of a folded id."""
        self._recent[key] = value
        if len(self._recent) > max(_RECENT_AT_MOST, len(self._sorted[0]) // 8):
            self._sort()

    def discard(self, key: int) -> None:
        """Forget a folded id."""
        self.put(key, _GONE)

    def forget_below(self, value: int) -> None:
        """Forget the ids whose number is smaller."""
        self._sort(least=value)

    def items(self) -> tuple[Keys, Values]:
        """Return all ids, sorted, and their numbers."""
        self._sort()
        return self._sorted

    def _sort(self, least: int = 0) -> None:
        keys, values = self._sorted
        if self._recent:
            new = np.fromiter(self._recent.keys(), np.uint64, len(self._recent))
            old = ~np.isin(keys, new)
            keys = np.concatenate([keys[old], new])
            values = np.concatenate([values[old], np.fromiter(self._recent.values(), np.int64, len(new))])
        kept = values >= least
        self._sorted = _sorted(keys[kept], values[kept])
        self._recent = {}


def _sorted(keys: Keys, values: Values | None) -> tuple[Keys, Values]:
    order = np.argsort(keys, kind="stable")
    return keys[order], np.arange(len(keys))[order] if values is None else values[order]
