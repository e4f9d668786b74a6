"""The chain's gallery in Milvus, for chains whose templates are too many for every matcher to hold an index of them.

All matchers share one collection: what one adds the others find. It holds nothing that the log does not, so that it
may be dropped; the next matcher that starts fills it again. A file as address is Milvus Lite, for one process alone.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pymilvus import DataType, MilvusClient
from pymilvus.exceptions import MilvusException

from matcher.gallery import Candidate, Known, Vector, uuids
from schemas.errors import StorageError, TransientError

_AT_ONCE = 4096  # rows in one request: some four megabytes of 256 numbers each
_MOST_FOUND = 16_384  # Milvus answers no more rows than this at once
_COUNTED_EXACTLY = 10_000
_CHANGED_SHARE = 0.01


class MilvusGallery:
    """Templates in one collection of a Milvus server, searched by the index that it makes of them itself.

    Every call asks the server. A search or a count that fails raises TransientError and may be asked again; a change
    that fails raises StorageError, for whoever makes it has gone on by then: let the matcher end, and at its next start
    it brings the collection to what the log says. Beyond ten thousand templates ``face_count`` is counted
    anew only when a hundredth of them is another, for the server cannot count FaceIds.
    """

    def __init__(self, address: str, collection: str, dim: int) -> None:
        """Open a collection, made if it is not there, of embeddings of ``dim`` numbers. Raises TransientError.

        ``address`` is ``http(s)://[user:password@]host:port`` or the path of a file of Milvus Lite.
        """
        self._address = address
        self._collection = collection
        self._changing = Lock()
        self._last_added = 0
        self._counted: tuple[int, int] | None = None  # templates and FaceIds
        with self._asking():
            self._client = MilvusClient(address)
            if not self._client.has_collection(collection):
                self._create(dim)
            self._client.load_collection(collection)

    @classmethod
    def filled(cls, address: str, collection: str, dim: int, known: Iterable[Known]) -> Self:
        """Open a collection and bring it to hold just these templates: what it holds of them already is not sent."""
        gallery = cls(address, collection, dim)
        owners = dict(gallery._owners())
        for some in known:
            ids = list(zip(uuids(some.template_ids), uuids(some.face_ids), strict=True))
            new = [row for row, (template_id, face_id) in enumerate(ids) if owners.pop(template_id, None) != face_id]
            if new:
                gallery.add_many([ids[row][0] for row in new], [ids[row][1] for row in new], some.embeddings[new])
        gallery._delete(list(owners))
        return gallery

    def close(self) -> None:
        """Leave the server."""
        self._client.close()

    def add(self, template_id: UUID, face_id: UUID, embedding: Vector) -> None:
        """Add or replace a template."""
        self.add_many([template_id], [face_id], embedding[None, :])

    def add_many(self, template_ids: Sequence[UUID], face_ids: Sequence[UUID], embeddings: NDArray[np.float32]) -> None:
        """Add or replace templates."""
        with self._changing:
            rows = [
                self._row(template_id, face_id, embedding.tolist(), self._next_place())
                for template_id, face_id, embedding in zip(template_ids, face_ids, embeddings, strict=True)
            ]
            self._put(rows)

    def give(self, template_id: UUID, face_id: UUID) -> None:
        """Write the row again under another FaceId."""
        with self._changing, self._asking(StorageError):
            held = self._client.get(self._collection, ids=[template_id.hex], output_fields=["embedding", "added"])
            self._put([self._row(template_id, face_id, list(row["embedding"]), row["added"]) for row in held])

    def remove(self, template_id: UUID) -> None:
        """Take a template out."""
        with self._changing:
            self._delete([template_id])

    def search(self, probes: NDArray[np.float32], k: int) -> list[list[Candidate]]:
        """Let the server find the nearest template of each of the k nearest FaceIds."""
        if not len(probes):
            return []
        rows = np.ascontiguousarray(probes, np.float32).tolist()
        found = self._nearest(rows, k)
        for row, candidates in zip(rows, found, strict=True):
            # One FaceId's many templates may have filled what the server looked at: ask for the others by themselves.
            more = candidates
            while more and len(candidates) < k:
                (more,) = self._nearest([row], k - len(candidates), without=[one.face_id for one in candidates])
                candidates += more
        return found

    def _nearest(self, rows: list[list[float]], k: int, without: Sequence[UUID] = ()) -> list[list[Candidate]]:
        with self._asking():
            found = self._client.search(
                self._collection,
                rows,
                anns_field="embedding",
                filter=f"face_id not in {[one.hex for one in without]}" if without else "",
                limit=k,
                group_by_field="face_id",
                output_fields=["face_id"],
                consistency_level="Strong",
            )
        return [
            [
                Candidate(face_id=UUID(hit["entity"]["face_id"]), distance=max(float(hit["distance"]), 0.0) ** 0.5)
                for hit in hits
            ]
            for hits in found
        ]

    def templates_of(self, face_id: UUID) -> list[Vector]:
        """Return the embeddings kept for a FaceId."""
        with self._asking():
            rows = self._client.query(
                self._collection,
                filter=f'face_id == "{face_id.hex}"',
                output_fields=["embedding", "added"],
                limit=_MOST_FOUND,
                consistency_level="Strong",
            )
        return [np.array(row["embedding"], np.float32) for row in sorted(rows, key=lambda row: int(row["added"]))]

    def face_count(self) -> int:
        """Return the number of FaceIds."""
        templates, counted = len(self), self._counted
        few = templates <= _COUNTED_EXACTLY
        if counted is None or few or abs(templates - counted[0]) > _CHANGED_SHARE * counted[0]:
            counted = self._counted = templates, len({face_id for _, face_id in self._owners()})
        return counted[1]

    def __len__(self) -> int:
        """Return the number of templates."""
        with self._asking():
            (answer,) = self._client.query(
                self._collection, filter="", output_fields=["count(*)"], consistency_level="Strong"
            )
        return int(answer["count(*)"])

    def _create(self, dim: int) -> None:
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("template_id", DataType.VARCHAR, is_primary=True, max_length=32)
        schema.add_field("face_id", DataType.VARCHAR, max_length=32)
        schema.add_field("added", DataType.INT64)
        schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=dim)
        indexes = self._client.prepare_index_params()
        indexes.add_index("embedding", index_type="AUTOINDEX", metric_type="L2")
        indexes.add_index("face_id", index_type="INVERTED")
        self._client.create_collection(
            self._collection, schema=schema, index_params=indexes, consistency_level="Strong"
        )

    def _owners(self) -> Iterator[tuple[UUID, UUID]]:
        """Yield template and FaceId of every row."""
        with self._asking():
            rows = self._client.query_iterator(
                self._collection, batch_size=_AT_ONCE, filter="", output_fields=["template_id", "face_id"],
                consistency_level="Strong",
            )  # fmt: skip
            try:
                while some := rows.next():
                    for row in some:
                        yield UUID(row["template_id"]), UUID(row["face_id"])
            finally:
                rows.close()

    def _put(self, rows: Sequence[dict[str, Any]]) -> None:
        with self._asking(StorageError):
            for begin in range(0, len(rows), _AT_ONCE):
                self._client.upsert(self._collection, rows[begin : begin + _AT_ONCE])

    def _delete(self, template_ids: Sequence[UUID]) -> None:
        with self._asking(StorageError):
            for begin in range(0, len(template_ids), _AT_ONCE):
                self._client.delete(self._collection, ids=[one.hex for one in template_ids[begin : begin + _AT_ONCE]])

    def _next_place(self) -> int:
        """Return a number for the order of adding. Clocks of machines differ: it tells the order within one."""
        self._last_added = max(self._last_added + 1, time.time_ns())
        return self._last_added

    @contextmanager
    def _asking(self, otherwise: type[StorageError] = TransientError) -> Iterator[None]:
        try:
            yield
        except MilvusException as error:
            shown = self._address.rpartition("@")[2]  # never a password
            raise otherwise(f"the vector engine at {shown} does not do as asked: {error.message}") from error

    @staticmethod
    def _row(template_id: UUID, face_id: UUID, embedding: list[float], added: int) -> dict[str, Any]:
        return {"template_id": template_id.hex, "face_id": face_id.hex, "added": added, "embedding": embedding}
