"""One probe from the several shots of a track."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.gallery import Vector

_UNIT_WITHIN = 2e-3  # of the square of a length
_LEAST_DISTANCE = 1e-6
_ALONE = np.ones(1, dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fused:
    """The probe of a track: (dim,) float32, which of its shots went into it, (n,) bool, and the best of those."""

    probe: Vector
    consistent: NDArray[np.bool_]
    best: int

    @property
    def shots(self) -> int:
        """How many shots agree."""
        return int(np.count_nonzero(self.consistent))


def fuse(embeddings: NDArray[np.float32], qualities: NDArray[np.float32], consistent_distance: float) -> Fused:
    """Fuse the embeddings of one track, (n, dim) float32 with n > 0, into one probe.

    The shot nearest to all others (the medoid) stands for the track; shots farther from it than ``consistent_distance``
    are left out, for a track may have slipped from one person to another. The rest are averaged, weighted by quality.
    Those that show almost the same share their weight: four of one look and one of another are two looks, as frames of
    one video are pooled before they are joined with photographs (Crosswhite et al., Template Adaptation for Face
    Verification and Identification, 2017). Where the model gives unit vectors, so is the probe.
    """
    if len(embeddings) == 1:  # every provisional crop
        return Fused(probe=_alone(embeddings[0]), consistent=_ALONE, best=0)
    apart = embeddings[:, None, :] - embeddings[None, :, :]
    distances = np.sqrt(np.einsum("ijk,ijk->ij", apart, apart))
    consistent = distances[distances.sum(axis=1).argmin()] <= consistent_distance
    apart_by = distances[np.ix_(consistent, consistent)] / max(consistent_distance, _LEAST_DISTANCE)
    alike = np.maximum(1.0 - apart_by**2, 0.0) ** 2
    weights = (qualities[consistent] + np.float32(1e-3)) / alike.sum(axis=1, dtype=np.float32)
    probe = weights @ embeddings[consistent] / weights.sum()
    best = int(np.where(consistent, qualities, -1.0).argmax())
    return Fused(probe=_of_unit_length(embeddings, probe), consistent=consistent, best=best)


def _alone(embedding: Vector) -> Vector:
    square = float(embedding @ embedding)
    return np.asarray(embedding / np.float32(math.sqrt(square))) if abs(square - 1.0) <= _UNIT_WITHIN else embedding


def _of_unit_length(embeddings: NDArray[np.float32], probe: Vector) -> Vector:
    squares = np.einsum("ij,ij->i", embeddings, embeddings)
    if abs(squares - 1.0).max() > _UNIT_WITHIN:
        return probe
    return np.asarray(probe / np.float32(max(math.sqrt(probe @ probe), 1e-9)))
