"""The seam to a gallery: the templates a probe is searched in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Ids = NDArray[np.void]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A FaceId a probe may belong to, with the Euclidean distance to the nearest of its templates."""

    face_id: UUID
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """Templates by the thousand: their ids and FaceIds, (n,) of 16 bytes each, and embeddings, (n, dim) float32."""

    template_ids: Ids
    face_ids: Ids
    embeddings: NDArray[np.float32]


class Searchable(Protocol):
    """What can be searched: templates of one model."""

    def search(self, probes: NDArray[np.float32], k: int) -> list[list[Candidate]]:
        """Return for each row of ``probes``, (n, dim) float32, its ``k`` nearest FaceIds, nearest first.

        Fewer are returned where the gallery holds fewer FaceIds.
        """

    def templates_of(self, face_id: UUID) -> Sequence[Vector]:
        """Return the embeddings kept for a FaceId, in the order of their adding."""

    def face_count(self) -> int:
        """Return the number of FaceIds that have a template."""

    def __len__(self) -> int:
        """Return the number of templates."""


class Gallery(Searchable, Protocol):
    """Templates of one store and one model.

    An add is seen by the next search; a remove is complete. Safe to use from several threads.
    """

    def add(self, template_id: UUID, face_id: UUID, embedding: Vector) -> None:
        """Add a template, (dim,) float32; one that is there already under this id is replaced."""

    def add_many(self, template_ids: Sequence[UUID], face_ids: Sequence[UUID], embeddings: NDArray[np.float32]) -> None:
        """Add templates, (n, dim) float32, as so many calls of ``add`` would; no id twice."""

    def give(self, template_id: UUID, face_id: UUID) -> None:
        """Say to which FaceId a template belongs from now on; nothing happens when it is not there."""

    def remove(self, template_id: UUID) -> None:
        """Take a template out; nothing happens when it is not there."""


def filled(gallery: Gallery, known: Iterable[Known]) -> Gallery:
    """Return a gallery to which templates were added, none of them twice."""
    for some in known:
        gallery.add_many(uuids(some.template_ids), uuids(some.face_ids), some.embeddings)
    return gallery


def uuids(ids: Ids) -> list[UUID]:
    """Return ids of 16 bytes each, (n,), one by one."""
    data = ids.tobytes()
    return [UUID(bytes=data[begin : begin + 16]) for begin in range(0, len(data), 16)]
