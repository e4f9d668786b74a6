"""Exact search in plain NumPy: the reference that every other gallery must agree with."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matcher.gallery import Candidate, Vector


class NumpyGallery:
    """A gallery for the tests: short enough to be seen to be right, and slow."""

    def __init__(self) -> None:
        self.templates: dict[UUID, tuple[UUID, Vector]] = {}

    def add(self, template_id: UUID, face_id: UUID, embedding: Vector) -> None:
        """Add or replace a template."""
        self.templates.pop(template_id, None)
        self.templates[template_id] = (face_id, embedding)

    def add_many(self, template_ids: Sequence[UUID], face_ids: Sequence[UUID], embeddings: NDArray[np.float32]) -> None:
        """Add or replace templates, one by one."""
        for template_id, face_id, embedding in zip(template_ids, face_ids, embeddings, strict=True):
            self.add(template_id, face_id, embedding)

    def give(self, template_id: UUID, face_id: UUID) -> None:
        """Exchange the FaceId, and leave the template at its place in the order."""
        if template_id in self.templates:
            self.templates[template_id] = (face_id, self.templates[template_id][1])

    def remove(self, template_id: UUID) -> None:
        """Take a template out."""
        self.templates.pop(template_id, None)

    def search(self, probes: NDArray[np.float32], k: int) -> list[list[Candidate]]:
        """Measure every template and keep the nearest of each FaceId."""
        return [self._nearest(probe)[:k] for probe in probes]

    def templates_of(self, face_id: UUID) -> list[Vector]:
        """Return the embeddings kept for a FaceId."""
        return [embedding for owner, embedding in self.templates.values() if owner == face_id]

    def face_count(self) -> int:
        """Return the number of FaceIds."""
        return len({owner for owner, _ in self.templates.values()})

    def __len__(self) -> int:
        """Return the number of templates."""
        return len(self.templates)

    def _nearest(self, probe: Vector) -> list[Candidate]:
        nearest: dict[UUID, float] = {}
        for face_id, embedding in self.templates.values():
            distance = float(np.linalg.norm(embedding - probe))
            nearest[face_id] = min(distance, nearest.get(face_id, distance))
        ranked = sorted(nearest.items(), key=lambda item: (item[1], item[0]))
        return [Candidate(face_id=face_id, distance=distance) for face_id, distance in ranked]
