"""A gallery that was searched for all probes of a batch together, and answers as if each had been searched for in turn.

Of a search for one probe most is spent on the way to the index and back. What the batch itself adds to the gallery
meanwhile changes an answer only where it comes as near as the last of those found: there the search is made anew.
"""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matcher.gallery import Candidate, Searchable, Vector

# Faiss compares up to 19 probes one by one, and more by products of matrices, whose last digits are others: what is
# found of somebody must not depend on who else is in the batch.
_TOGETHER = 16
_NEARLY = 1.001  # the chain's distances are right to four digits
_ROUNDING = 1e-5  # of a squared distance that is taken from lengths and a product of 32-bit floats


class SearchedAhead(Searchable):
    """A gallery during one batch. Probes are wanted, then looked for, then searched for one by one."""

    def __init__(self, gallery: Searchable, k: int) -> None:
        """``k`` is how many FaceIds each search will ask for."""
        self._gallery = gallery
        self._k = k
        self._wanted: dict[bytes, Vector] = {}
        self._found: dict[bytes, list[Candidate]] = {}
        self._added: NDArray[np.float32] | None = None  # with room for more
        self._squares: NDArray[np.float32] = np.empty(0, np.float32)  # of their lengths
        self._number_added = 0

    def want(self, probe: Vector) -> None:
        """Say that a probe, (dim,) float32, will be searched for."""
        # A track that is told of twice in one batch is searched for once.
        self._wanted[probe.tobytes()] = probe

    def look(self) -> None:
        """Search for those that are wanted."""
        wanted = list(self._wanted.items())
        for begin in range(0, len(wanted), _TOGETHER):
            keys, probes = zip(*wanted[begin : begin + _TOGETHER], strict=True)
            self._found |= zip(keys, self._gallery.search(np.stack(probes), self._k), strict=True)

    def note(self, embedding: Vector) -> None:
        """Take note of a template that was added to the gallery since, (dim,) float32."""
        if self._added is None or self._number_added == len(self._added):
            room = np.empty((max(_TOGETHER, self._number_added), len(embedding)), np.float32)
            self._added = room if self._added is None else np.concatenate([self._added, room])
            self._squares = np.concatenate([self._squares, np.empty(len(room), np.float32)])
        self._added[self._number_added] = embedding
        self._squares[self._number_added] = embedding @ embedding
        self._number_added += 1

    def search(self, probes: NDArray[np.float32], k: int) -> list[list[Candidate]]:
        """Return what a search of the gallery would, found ahead where it could be."""
        if k != self._k:
            return self._gallery.search(probes, k)
        found = (self._found.get(probe.tobytes()) for probe in probes)
        return [
            self._gallery.search(probe[None, :], k)[0] if one is None or self._is_out_of_date(probe, one) else one
            for probe, one in zip(probes, found, strict=True)
        ]

    def templates_of(self, face_id: UUID) -> Sequence[Vector]:
        """Return the gallery's."""
        return self._gallery.templates_of(face_id)

    def face_count(self) -> int:
        """Return the gallery's."""
        return self._gallery.face_count()

    def __len__(self) -> int:
        """Return the gallery's."""
        return len(self._gallery)

    def _is_out_of_date(self, probe: Vector, found: Sequence[Candidate]) -> bool:
        if self._added is None or len(found) < self._k:
            return self._added is not None
        squares = self._squares[: self._number_added] - 2.0 * (self._added[: self._number_added] @ probe)
        nearest = float(squares.min()) + float(probe @ probe)
        return nearest <= (found[-1].distance * _NEARLY) ** 2 + _ROUNDING
