"""Templates of people who do not exist, to fill a gallery beyond the people there are pictures of."""

import numpy as np
from numpy.typing import NDArray


def invent_templates(real: NDArray[np.float32], number: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (number, dim) templates drawn from the normal distribution with mean and covariance of ``real`` (n, dim).

    Fused templates of different people: their covariance is that between people and what fusing leaves of that within a
    person. Where ``real`` are unit vectors, so are those drawn. Real people come in families and crowds of their like
    and a normal distribution does not, so that invented ones come near to strangers more seldom: an open-set search
    states how much. (Mixtures of two or three real people come as near as real ones, but then everybody real has a
    hundred doubles in a gallery of ten thousand.)
    """
    mean = real.mean(axis=0)
    weights = rng.standard_normal((number, len(real))).astype(np.float32) / np.sqrt(len(real))
    drawn = mean + weights @ (real - mean)
    if np.allclose(np.linalg.norm(real, axis=1), 1.0, atol=1e-3):
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return np.asarray(drawn, dtype=np.float32)
