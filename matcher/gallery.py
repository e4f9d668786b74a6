"""The seam to a gallery: the templates a probe is searched in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A FaceId a probe may belong to, with the Euclidean distance to the nearest of its templates."""

    face_id: UUID
    distance: float


class Gallery(Protocol):
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
