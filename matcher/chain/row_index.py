"""Rows by folded id, in a few bytes for each row."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from matcher.id_index import Keys

Rows = NDArray[np.int64]

_FREE = -1  # nothing was ever here: a search ends
_GONE = -2  # something was here: a search goes on
_FULLEST = 0.7
_ROOM_TO_GROW = 3 / 4  # so that a table made anew is no larger than it must be, nor made anew again soon
_SMALLEST_BITS = 10
_AT_ONCE = 1 << 18
_ALL_BITS = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15  # Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4)


class RowIndex:
    """A hash table with open addressing of the rows of a column of keys, which stay in that column.

    Several rows may have one key. Not safe to use from two threads at once.
    """

    def __init__(self, keys_of: Callable[[Rows], Keys]) -> None:
        """``keys_of`` returns the keys of rows."""
        self._keys_of = keys_of
        self._bits = _SMALLEST_BITS
        self._slots = np.full(1 << self._bits, _FREE, np.int32)
        self._used = 0  # slots that are not free

    def put(self, keys: Keys, rows: Rows) -> None:
        """Add rows, (n,), with their keys, (n,)."""
        if self._used + len(rows) > _FULLEST * len(self._slots):
            self._grow(len(rows))
        if len(rows) == 1:  # of a visitor who was just minted: in a tenth of the time that arrays take
            self._put_one(int(keys[0]), int(rows[0]))
            return
        for begin in range(0, len(rows), _AT_ONCE):
            self._put(keys[begin : begin + _AT_ONCE], rows[begin : begin + _AT_ONCE])

    def first(self, keys: Keys) -> Rows:
        """Return a row for each key, (n,), -1 where there is none."""
        if len(keys) == 1:
            rows = self.all(int(keys[0]))
            return rows[:1] if len(rows) else np.array([_FREE], np.int64)
        found = np.full(len(keys), _FREE, np.int64)
        places, looking = self._homes(keys), np.arange(len(keys))
        while len(looking):
            rows = self._slots[places[looking]].astype(np.int64)
            looking, rows = looking[rows != _FREE], rows[rows != _FREE]
            right = rows >= 0
            right[right] = self._keys_of(rows[right]) == keys[looking[right]]
            found[looking[right]] = rows[right]
            looking = looking[~right]
            places[looking] = (places[looking] + 1) & (len(self._slots) - 1)
        return found

    def all(self, key: int) -> Rows:
        """Return all rows of a key, in no order."""
        place, found = self._home(key), []
        while (row := int(self._slots[place])) != _FREE:
            if row >= 0:
                found.append(row)
            place = (place + 1) & (len(self._slots) - 1)
        rows = np.array(found, np.int64)
        return np.asarray(rows[self._keys_of(rows) == np.uint64(key)])

    def discard(self, key: int, row: int) -> None:
        """Take out a row that is there under this key."""
        place = self._home(key)
        while self._slots[place] != row:
            place = (place + 1) & (len(self._slots) - 1)
        self._slots[place] = _GONE

    def _home(self, key: int) -> int:
        return (key * _GOLDEN & _ALL_BITS) >> (64 - self._bits)

    def _homes(self, keys: Keys) -> Rows:
        homes = keys * np.uint64(_GOLDEN) >> np.uint64(64 - self._bits)
        return np.asarray(homes, np.int64)

    def _put_one(self, key: int, row: int) -> None:
        place = self._home(key)
        while self._slots[place] != _FREE:
            place = (place + 1) & (len(self._slots) - 1)
        self._slots[place] = row
        self._used += 1

    def _put(self, keys: Keys, rows: Rows) -> None:
        places, waiting = self._homes(keys), np.arange(len(rows))
        while len(waiting):
            free = waiting[self._slots[places[waiting]] == _FREE]
            self._slots[places[free]] = rows[free]  # where several want one place, the last has it
            waiting = waiting[self._slots[places[waiting]] != rows[waiting]]
            places[waiting] = (places[waiting] + 1) & (len(self._slots) - 1)
        self._used += len(rows)

    def _grow(self, more: int) -> None:
        rows = self._slots[self._slots >= 0]
        while len(rows) + more > _FULLEST * _ROOM_TO_GROW * (1 << self._bits):
            self._bits += 1
        self._slots = np.full(1 << self._bits, _FREE, np.int32)
        self._used = 0
        for begin in range(0, len(rows), _AT_ONCE):
            some = rows[begin : begin + _AT_ONCE].astype(np.int64)
            self._put(self._keys_of(some), some)
