"""Embeddings in few bytes, from which distances are computed."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.chain.products import Vectors, turned

Codes = NDArray[np.uint8]

_LEAST_DEVIATION = 1e-6
# In standard deviations, for what is spread normally: sixteen and four steps that lose least (Max, Quantizing for
# minimum distortion, IRE Transactions on Information Theory 6, 1960).
_FINE_STEP = 0.3352
_ROUGH_STEP = 0.9957


class TemplateCodes(Protocol):
    """A way to write embeddings down."""

    @property
    def size(self) -> int:
        """Bytes for one embedding."""

    def encode(self, embeddings: Vectors) -> Codes:
        """Return the codes, (n, size), of embeddings, (n, dim)."""

    def decode(self, codes: Codes) -> Vectors:
        """Return the embeddings, (n, dim), as near as the codes, (n, size), tell."""

    def squares(self, probes: Vectors, codes: Codes) -> NDArray[np.float32]:
        """Return squared Euclidean distances, (n, m), of probes, (n, dim), to the templates coded in (n, m, size)."""


@dataclass(frozen=True, slots=True)
class HalfCodes:
    """Half precision: two bytes for each dimension, distances right to four digits."""

    dim: int

    @property
    def size(self) -> int:
        """Bytes for one embedding."""
        return 2 * self.dim

    def encode(self, embeddings: Vectors) -> Codes:
        """Round to half precision."""
        return embeddings.astype("<f2").view(np.uint8)

    def decode(self, codes: Codes) -> Vectors:
        """Return the rounded embeddings."""
        return codes.view("<f2").astype(np.float32)

    def squares(self, probes: Vectors, codes: Codes) -> NDArray[np.float32]:
        """Measure directly."""
        apart = self.decode(codes)
        apart -= probes[:, None]
        return np.asarray(np.einsum("nmd,nmd->nm", apart, apart))


@dataclass(frozen=True, slots=True, eq=False)
class ShortCodes:
    """Three bits for a dimension, on the principal axes: four on each of the first half of them, two on the others.

    ``mean`` (dim,), ``axes`` (dim, padded) with the axis of largest deviation first, ``steps`` (padded,) of the numbers
    coded, ``loss`` the mean square of what is lost. The same is lost of a probe's own template as of any other, so that
    it is taken off every square.
    """

    mean: Vectors
    axes: Vectors
    steps: Vectors
    loss: float

    @property
    def size(self) -> int:
        """Bytes for one embedding."""
        return len(self.steps) * 3 // 8

    def encode(self, embeddings: Vectors) -> Codes:
        """Turn to the axes and round."""
        numbers = turned(embeddings - self.mean, self.axes) / self.steps
        half = len(self.steps) // 2
        fine = np.clip(np.floor(numbers[:, :half]) + 8, 0, 15).astype(np.uint8)
        rough = np.clip(np.floor(numbers[:, half:]) + 2, 0, 3).astype(np.uint8)
        low, high = np.split(fine, 2, axis=1)
        first, second, third, fourth = np.split(rough, 4, axis=1)
        return np.concatenate([low | high << 4, first | second << 2 | third << 4 | fourth << 6], axis=1)

    def decode(self, codes: Codes) -> Vectors:
        """Turn the middles of the steps back."""
        return np.asarray(self.mean + (self._numbers(codes) * self.steps - self._middle()) @ self.axes.T, np.float32)

    def squares(self, probes: Vectors, codes: Codes) -> NDArray[np.float32]:
        """Measure along the axes."""
        apart = self._numbers(codes)
        apart *= self.steps
        apart -= (turned(probes - self.mean, self.axes) + self._middle())[:, None]
        return np.asarray(np.maximum(np.einsum("nmd,nmd->nm", apart, apart) - self.loss, 0.0), np.float32)

    def _numbers(self, codes: Codes) -> Vectors:
        """Return the numbers coded, from 0, (..., padded)."""
        quarter, eighth = len(self.steps) // 4, len(self.steps) // 8
        numbers = np.empty((*codes.shape[:-1], len(self.steps)), np.float32)
        fine, rough = codes[..., :quarter], codes[..., quarter:]
        numbers[..., :quarter] = fine & 15
        numbers[..., quarter : 2 * quarter] = fine >> 4
        for place in range(4):
            begin = 2 * quarter + place * eighth
            numbers[..., begin : begin + eighth] = rough >> 2 * place & 3
        return numbers

    def _middle(self) -> Vectors:
        """Return what lies between the numbers coded and what they stand for, (padded,)."""
        return self.steps * np.repeat(np.array([7.5, 1.5], np.float32), len(self.steps) // 2)


def short_codes_for(mean: Vectors, axes: Vectors, sample: Vectors) -> ShortCodes:
    """Return codes on all principal axes, the columns of (dim, dim), that lose least of a sample, (n, dim)."""
    dim = len(mean)
    padded = -(-dim // 8) * 8
    wide = np.zeros((dim, padded), np.float32)
    wide[:, :dim] = axes
    deviations = np.maximum(((sample - mean) @ wide).std(axis=0), _LEAST_DEVIATION)
    steps = deviations * np.repeat([_FINE_STEP, _ROUGH_STEP], padded // 2)
    codes = ShortCodes(mean=mean, axes=wide, steps=steps.astype(np.float32), loss=0.0)
    lost = sample - codes.decode(codes.encode(sample))
    return ShortCodes(mean=mean, axes=wide, steps=codes.steps, loss=float(np.square(lost).sum(axis=1).mean()))


def principal_axes(sample: Vectors) -> tuple[Vectors, Vectors]:
    """Return the mean, (dim,), and the principal axes, the columns of (dim, dim), that of most variance first."""
    mean = sample.mean(axis=0, dtype=np.float64)
    _, vectors = np.linalg.eigh(np.cov(sample, rowvar=False, dtype=np.float64).reshape(len(mean), len(mean)))
    return mean.astype(np.float32), np.ascontiguousarray(vectors[:, ::-1], np.float32)
