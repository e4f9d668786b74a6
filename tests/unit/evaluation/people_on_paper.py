"""Embeddings of people who do not exist, and a calibration that fits them."""

import numpy as np

from faces.calibration import Calibration

DIM = 64

# Unit vectors of strangers in 64 dimensions lie about 1.41 apart, hardly ever nearer than 1.0.
CALIBRATION = Calibration(
    measured_on="paper",
    groups={"hard": ((1e-7, 0.6), (1e-3, 0.8), (1e-1, 1.0)), "easy": ((1e-7, 0.8), (1e-3, 1.0), (1e-1, 1.2))},
    neighbour_gap=((1e-3, 0.3), (1e-1, 0.1)),
)


def faces_of(*sizes: int, spread: float = 0.35, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """So many faces of each person, as unit vectors ``spread`` around the person's own, and who each of them is."""
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(len(sizes)), sizes)
    own = rng.standard_normal((len(sizes), DIM))
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    vectors = own[people] + spread / np.sqrt(DIM) * rng.standard_normal((len(people), DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), people
