"""Exact search in Faiss."""

from bisect import insort
from collections.abc import Sequence
from threading import Lock
from uuid import UUID

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.gallery import Candidate, Vector

# Faiss wakes a thread for each core even for what is done in microseconds, and waits for the last of them: where others
# are at work too, a hundred times as long as the search itself. Only many probes are worth it.
_EVERY_CORE = faiss.omp_get_max_threads()
_MANY_PROBES = 64


class FaissGallery:
    """A flat index of Euclidean distances with our ids beside it.

    Faiss allows concurrent searches but no search beside a change, so one lock guards both: a search of a store's
    gallery takes microseconds.
    """

    def __init__(self, dim: int) -> None:
        self._index = faiss.IndexIDMap2(faiss.IndexFlatL2(dim))
        self._lock = Lock()
        self._next_row = 0
        self._rows: dict[UUID, int] = {}  # template id -> row id in the index
        self._owners: dict[int, UUID] = {}  # row id -> FaceId
        self._rows_of: dict[UUID, list[int]] = {}  # FaceId -> row ids, oldest first

    def add(self, template_id: UUID, face_id: UUID, embedding: Vector) -> None:
        """Add or replace a template."""
        self.add_many([template_id], [face_id], embedding[None, :])

    def add_many(self, template_ids: Sequence[UUID], face_ids: Sequence[UUID], embeddings: NDArray[np.float32]) -> None:
        """Add or replace templates: into the index all at once."""
        with self._lock:
            for template_id in template_ids:
                self._remove(template_id)
            rows = range(self._next_row, self._next_row + len(template_ids))
            self._next_row = rows.stop
            self._index.add_with_ids(np.ascontiguousarray(embeddings, dtype=np.float32), np.array(rows, dtype=np.int64))
            for row, template_id, face_id in zip(rows, template_ids, face_ids, strict=True):
                self._rows[template_id] = row
                self._owners[row] = face_id
                self._rows_of.setdefault(face_id, []).append(row)

    def give(self, template_id: UUID, face_id: UUID) -> None:
        """Exchange the FaceId beside the index."""
        with self._lock:
            row = self._rows.get(template_id)
            if row is not None:
                self._disown(row)
                self._owners[row] = face_id
                insort(self._rows_of.setdefault(face_id, []), row)

    def remove(self, template_id: UUID) -> None:
        """Take a template out."""
        with self._lock:
            self._remove(template_id)

    def search(self, probes: NDArray[np.float32], k: int) -> list[list[Candidate]]:
        """Search the flat index, widening until k FaceIds are found or nothing is left."""
        if len(probes) == 0:
            return []
        with self._lock:
            # Holds for the thread that calls, so that it has to be said anew.
            faiss.omp_set_num_threads(_EVERY_CORE if len(probes) >= _MANY_PROBES else 1)
            return self._search(np.ascontiguousarray(probes, dtype=np.float32), k)

    def templates_of(self, face_id: UUID) -> list[Vector]:
        """Return the embeddings kept for a FaceId."""
        with self._lock:
            return [self._index.reconstruct(row) for row in self._rows_of.get(face_id, [])]

    def face_count(self) -> int:
        """Return the number of FaceIds."""
        return len(self._rows_of)

    def __len__(self) -> int:
        """Return the number of templates."""
        return len(self._rows)

    def _search(self, probes: NDArray[np.float32], k: int) -> list[list[Candidate]]:
        # A FaceId owns several templates, so the k nearest templates may belong to fewer FaceIds.
        width = min(8 * k, len(self._rows))
        wanted = min(k, len(self._rows_of))
        while True:
            squares, rows = self._index.search(probes, width) if width else (np.empty((len(probes), 0)),) * 2
            found = [self._nearest(*pair, k) for pair in zip(squares, rows, strict=True)]
            if width == len(self._rows) or all(len(candidates) >= wanted for candidates in found):
                return found
            width = min(4 * width, len(self._rows))

    def _nearest(self, squares: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> list[Candidate]:
        nearest: dict[UUID, float] = {}
        for square, row in zip(squares.tolist(), rows.tolist(), strict=True):
            nearest.setdefault(self._owners[row], square)
            if len(nearest) == k:
                break
        return [Candidate(face_id=face_id, distance=max(square, 0.0) ** 0.5) for face_id, square in nearest.items()]

    def _remove(self, template_id: UUID) -> None:
        row = self._rows.pop(template_id, None)
        if row is None:
            return
        self._index.remove_ids(faiss.IDSelectorBatch(np.array([row], dtype=np.int64)))
        self._disown(row)

    def _disown(self, row: int) -> None:
        owner = self._owners.pop(row)
        self._rows_of[owner].remove(row)
        if not self._rows_of[owner]:
            del self._rows_of[owner]
