"""Reads dlib's own weight files: layers of a network, and a shape predictor.

Facts of the format, taken from its public source. An integer is one control byte (low four bits: how many bytes follow,
bit 7: negative) and that many little-endian bytes. A real number is two integers, mantissa and binary exponent. A
string is its length as an integer, then its bytes. A tensor is the integer 2 (its version), four integers (samples, k,
rows, columns), then float32 little-endian. In a network's stream the layers follow one another from the input outward,
each marked by a version string.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faces.errors import ModelError

Floats = NDArray[np.float32]

_TENSOR_VERSION = 2
_SHAPE_PREDICTOR_VERSION = 1
_BATCH_NORM_EPSILON = 1e-4
_MARKERS = (b"con_4", b"affine_", b"bn_con2", b"max_pool_2", b"avg_pool_2", b"fc_2")
_MARKER = re.compile(b"|".join(b"\\x01" + bytes([len(name)]) + re.escape(name) for name in _MARKERS))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Convolution:
    """``weights`` is (filters, channels, rows, columns), ``biases`` (filters,), stride and padding are (y, x)."""

    weights: Floats
    biases: Floats
    stride: tuple[int, int]
    padding: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Affine:
    """Multiplies each channel by ``gamma`` and adds ``beta``, both (channels,)."""

    gamma: Floats
    beta: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooling:
    """``kind`` is "max" or "average"; a window of (0, 0) is the whole plane. Pairs are (y, x)."""

    kind: str
    window: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dense:
    """``weights`` is (inputs, outputs); there is no bias."""

    weights: Floats


Layer = Convolution | Affine | Pooling | Dense


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShapePredictor:
    """An ensemble of regression trees as in Kazemi and Sullivan, CVPR 2014.

    With C cascades of T trees, S splits and S + 1 leaves a tree, F pixels a cascade and P points: ``mean_shape`` is
    (P, 2) in units of the box; ``split_first``, ``split_second`` (C, T, S) index pixels and ``split_threshold``
    (C, T, S) is held against their difference; ``leaves`` is (C, T, S + 1, P, 2); ``anchors`` (C, F) is the point a
    pixel hangs on and ``offsets`` (C, F, 2) where it lies from there.
    """

    mean_shape: Floats
    split_first: NDArray[np.int32]
    split_second: NDArray[np.int32]
    split_threshold: Floats
    leaves: Floats
    anchors: NDArray[np.int32]
    offsets: Floats


def read_layers(path: Path) -> tuple[Layer, ...]:
    """Return the layers of a network file in the order in which data meets them.

    Raises ModelError when the file cannot be read or breaks off inside a layer.
    """
    stream = _Stream(path)
    layers = []
    while (name := stream.next_marker()) is not None:
        layers.append(_read_layer(stream, name))
    if not layers:
        raise stream.error("holds no layer we know")
    return tuple(layers)


def read_shape_predictor(path: Path) -> ShapePredictor:
    """Return the shape predictor in a file; raises ModelError when it cannot be read or breaks off.

    Such a file is integers and nothing else, some three million of them. All trees are alike, so that once the first
    has shown its size the rest are slices.
    """
    numbers = _Numbers(_Stream(path))
    if numbers.next() != _SHAPE_PREDICTOR_VERSION:
        raise numbers.error("is not a shape predictor of version 1")
    mean_shape = numbers.reals(_column_length(numbers.take(2)))
    points = len(mean_shape) // 2
    cascades, trees, splits = (int(count) for count in numbers.peek(3))
    numbers.next()
    forest_length = 1 + trees * (1 + 4 * splits + 1 + (splits + 1) * (2 + 4 * points))
    forests = numbers.take(cascades * forest_length).reshape(cascades, forest_length)
    if not (forests[:, 0] == trees).all():
        raise numbers.error("has cascades of different sizes, which no file of this kind has")
    forest = forests[:, 1:].reshape(cascades, trees, -1)
    if not ((forest[..., 0] == splits).all() and (forest[..., 1 + 4 * splits] == splits + 1).all()):
        raise numbers.error("has trees of different sizes, which no file of this kind has")
    nodes = forest[..., 1 : 1 + 4 * splits].reshape(cascades, trees, splits, 4)
    leaves = forest[..., 2 + 4 * splits :].reshape(cascades, trees, splits + 1, 2 + 4 * points)[..., 2:]
    anchors = numbers.table(cascades, 1)[..., 0]
    offsets = numbers.table(cascades, 4)
    return ShapePredictor(
        mean_shape=mean_shape.reshape(-1, 2),
        split_first=nodes[..., 0].astype(np.int32),
        split_second=nodes[..., 1].astype(np.int32),
        split_threshold=_real(nodes[..., 2:])[..., 0],
        leaves=_real(leaves).reshape(cascades, trees, splits + 1, points, 2),
        anchors=anchors.astype(np.int32),
        offsets=_real(offsets),
    )


def _column_length(dimensions: NDArray[np.int64]) -> int:
    # dlib writes the dimensions negated where a matrix is in its newer form.
    return int(abs(dimensions.prod()))


def _real(numbers: NDArray[np.int64]) -> Floats:
    """Return mantissas and exponents, alternating along the last axis, as real numbers."""
    return np.ldexp(numbers[..., 0::2].astype(np.float64), numbers[..., 1::2]).astype(np.float32)


def _read_layer(stream: "_Stream", name: bytes) -> Layer:
    if name == b"con_4":
        return _read_convolution(stream)
    if name == b"fc_2":
        outputs, inputs = stream.integer(), stream.integer()
        return Dense(weights=stream.tensor().reshape(inputs, outputs))
    if name in (b"max_pool_2", b"avg_pool_2"):
        return Pooling(
            kind="max" if name == b"max_pool_2" else "average",
            window=stream.pair(),
            stride=stream.pair(),
            padding=stream.pair(),
        )
    gamma, beta = np.split(stream.tensor().ravel(), 2)
    return _read_batch_norm(stream, gamma, beta) if name == b"bn_con2" else Affine(gamma=gamma, beta=beta)


def _read_convolution(stream: "_Stream") -> Convolution:
    parameters = stream.tensor().ravel()
    filters, (rows, columns) = stream.integer(), stream.pair()
    weights, biases = parameters[:-filters], parameters[-filters:]
    return Convolution(
        weights=weights.reshape(filters, -1, rows, columns),
        biases=biases,
        stride=stream.pair(),
        padding=stream.pair(),
    )


def _read_batch_norm(stream: "_Stream", gamma: Floats, beta: Floats) -> Affine:
    """Read on behind gamma and beta: two alias tensors, the figures of the last batch, then the running ones."""
    for _ in range(2):
        stream.alias()
    _, _, means, variances = (stream.tensor().ravel() for _ in range(4))
    scale = gamma / np.sqrt(variances + _BATCH_NORM_EPSILON)
    return Affine(gamma=scale, beta=beta - means * scale)


class _Stream:
    """A cursor over the bytes of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._data = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path}: cannot be read ({error.strerror}); reinstall face_recognition_models") from error
        self._at = 0

    def error(self, what: str) -> ModelError:
        return ModelError(f"{self._path}: {what} (at byte {self._at}); reinstall face_recognition_models")

    def next_marker(self) -> bytes | None:
        found = _MARKER.search(self._data, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found.group()[2:]

    def integer(self) -> int:
        control = self._take(1)[0]
        magnitude = int.from_bytes(self._take(control & 0x0F), "little")
        return -magnitude if control & 0x80 else magnitude

    def pair(self) -> tuple[int, int]:
        return self.integer(), self.integer()

    def alias(self) -> None:
        """Pass over an alias tensor: its version and its four dimensions, without values."""
        for _ in range(5):
            self.integer()

    def integers(self) -> NDArray[np.int64]:
        """Return everything from here to the end as integers."""
        data = np.frombuffer(self._data, dtype=np.uint8)
        following = np.arange(1, len(data) + 1) + (data & 0x0F)
        starts, at, next_at = [], self._at, following.tolist()
        while at < len(next_at):
            starts.append(at)
            at = next_at[at]
        if at != len(next_at):
            raise self.error("breaks off")
        self._at = at
        start = np.array(starts)
        lengths = data[start] & 0x0F
        padded = np.pad(data, (0, 8)).astype(np.int64)
        values = np.zeros(len(start), dtype=np.int64)
        for place in range(int(lengths.max(initial=0))):
            values += np.where(place < lengths, padded[start + 1 + place] << 8 * place, 0)
        return np.where(data[start] & 0x80, -values, values)

    def tensor(self) -> Floats:
        if self.integer() != _TENSOR_VERSION:
            raise self.error("a tensor was expected here")
        shape = tuple(self.integer() for _ in range(4))
        values = np.frombuffer(self._take(4 * math.prod(shape)), dtype="<f4")
        return values.reshape(shape).astype(np.float32)

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count or count < 0:
            raise self.error("breaks off")
        self._at += count
        return taken


class _Numbers:
    """A cursor over the integers of a stream that holds nothing else."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream
        self._numbers = stream.integers()
        self._at = 0

    def error(self, what: str) -> ModelError:
        return self._stream.error(what)

    def next(self) -> int:
        return int(self.take(1)[0])

    def peek(self, count: int) -> NDArray[np.int64]:
        if self._at + count > len(self._numbers) or count < 0:
            raise self.error("breaks off")
        return self._numbers[self._at : self._at + count]

    def take(self, count: int) -> NDArray[np.int64]:
        taken = self.peek(count)
        self._at += count
        return taken

    def reals(self, count: int) -> Floats:
        return _real(self.take(2 * count))

    def table(self, rows: int, width: int) -> NDArray[np.int64]:
        """Take a list of lists, equally long, of items of ``width`` numbers: (rows, items, width)."""
        if self.next() != rows:
            raise self.error(f"does not hold {rows} lists here")
        items = int(self.peek(1)[0])
        lists = self.take(rows * (1 + items * width)).reshape(rows, -1)
        if not (lists[:, 0] == items).all():
            raise self.error("has lists of different lengths, which no file of this kind has")
        return lists[:, 1:].reshape(rows, items, width)
