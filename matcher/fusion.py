"""One probe from the several shots of a track."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.gallery import Vector


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fused:
    """The probe of a track: (dim,) float32, and which of its shots went into it, (n,) bool."""

    probe: Vector
    consistent: NDArray[np.bool_]

    @property
    def shots(self) -> int:
        """How many shots agree."""
        return int(self.consistent.sum())


def fuse(embeddings: NDArray[np.float32], qualities: NDArray[np.float32], consistent_distance: float) -> Fused:
    """Fuse the embeddings of one track, (n, dim) float32 with n > 0, into one probe.

    The shot nearest to all others (the medoid) stands for the track; shots farther from it than ``consistent_distance``
    are left out, for a track may have slipped from one person to another. The rest are averaged, weighted by quality.
    Where the model gives unit vectors, so is the probe.
    """
    distances = np.linalg.norm(embeddings[:, None, :] - embeddings[None, :, :], axis=2)
    medoid = int(np.argmin(distances.sum(axis=1)))
    consistent = distances[medoid] <= consistent_distance
    probe = np.average(embeddings[consistent], axis=0, weights=qualities[consistent] + 1e-3).astype(np.float32)
    norms = np.linalg.norm(embeddings, axis=1)
    if np.allclose(norms, 1.0, atol=1e-3):
        probe /= max(float(np.linalg.norm(probe)), 1e-9)
    return Fused(probe=probe, consistent=consistent)
