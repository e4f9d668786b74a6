"""Products of matrices on no more cores than whoever searches has."""

from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

MANY = 64
"""From so many probes on they are searched for on every core, each with a share."""


def turned(vectors: Vectors, axes: Vectors) -> Vectors:
    """Return vectors, (n, dim), in terms of axes, (dim, m), by the cores that ``use_cores`` gave this thread.

    NumPy's product starts threads of its own for many, which for milliseconds afterwards keep their cores from those
    who search there: with a product in each, two searches side by side were hardly faster than one after the other.
    """
    if len(vectors) < MANY:
        return np.asarray(vectors @ axes, np.float32)
    transform: Any = faiss.LinearTransform(*axes.shape, False)  # type: ignore[call-arg]
    faiss.copy_array_to_vector(np.ascontiguousarray(axes.T).ravel(), transform.A)
    transform.is_trained = True
    return np.asarray(transform.apply(np.ascontiguousarray(vectors)))
