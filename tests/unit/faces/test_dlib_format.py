from pathlib import Path

import numpy as np
import pytest

from faces.dlib_format import Affine, Convolution, Dense, Pooling, read_layers, read_shape_predictor
from faces.errors import ModelError


def integer(value: int) -> bytes:
    length = (abs(value).bit_length() + 7) // 8
    return bytes([length | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(length, "little")


def real(value: float) -> bytes:
    mantissa, exponent = round(value * 2**20), -20
    return integer(mantissa) + integer(exponent)


def text(value: str) -> bytes:
    return integer(len(value)) + value.encode()


def tensor(values: np.ndarray) -> bytes:
    shape = (*values.shape, 1, 1, 1, 1)[:4]
    return integer(2) + b"".join(integer(side) for side in shape) + values.astype("<f4").tobytes()


def convolution(weights: np.ndarray, biases: np.ndarray, stride: int, padding: int) -> bytes:
    shape = (len(biases), weights.shape[2], weights.shape[3], stride, stride, padding, padding)
    return text("con_4") + tensor(np.concatenate([weights.ravel(), biases])) + b"".join(integer(side) for side in shape)


def shape_predictor(*, cascades: int = 2, trees: int = 3, splits: int = 1, points: int = 5, pixels: int = 4) -> bytes:
    column = integer(-2 * points) + integer(-1)
    tree = integer(splits) + (integer(1) + integer(2) + real(-0.5)) * splits
    tree += integer(splits + 1) + (column + real(0.25) * 2 * points) * (splits + 1)
    forest = integer(trees) + tree * trees
    anchors = integer(cascades) + (integer(pixels) + integer(3) * pixels) * cascades
    offsets = integer(cascades) + (integer(pixels) + (real(0.125) + real(-0.125)) * pixels) * cascades
    return integer(1) + column + real(0.5) * 2 * points + integer(cascades) + forest * cascades + anchors + offsets


def test_layers_come_back_in_the_order_of_the_stream(tmp_path: Path):
    weights = np.arange(2 * 3 * 5 * 5, dtype=np.float32).reshape(2, 3, 5, 5)
    path = tmp_path / "net.dat"
    path.write_bytes(
        text("loss")
        + convolution(weights, np.array([7, 8]), stride=2, padding=1)
        + text("affine_")
        + tensor(np.array([1, 2, 3, 4]))
        + text("avg_pool_2")
        + b"".join(integer(side) for side in (2, 2, 2, 2, 0, 0))
        + text("fc_2")
        + integer(3)
        + integer(2)
        + tensor(np.arange(6).reshape(2, 3))
    )
    first, affine, pooling, dense = read_layers(path)
    assert isinstance(first, Convolution)
    np.testing.assert_array_equal(first.weights, weights)
    assert (first.biases.tolist(), first.stride, first.padding) == ([7, 8], (2, 2), (1, 1))
    assert isinstance(affine, Affine)
    assert (affine.gamma.tolist(), affine.beta.tolist()) == ([1, 2], [3, 4])
    assert pooling == Pooling(kind="average", window=(2, 2), stride=(2, 2), padding=(0, 0))
    assert isinstance(dense, Dense)
    assert dense.weights.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_batch_normalisation_becomes_an_affine(tmp_path: Path):
    alias = b"".join(integer(side) for side in (2, 1, 1, 1, 1))
    unused = tensor(np.array([9.0]))
    path = tmp_path / "net.dat"
    running = tensor(np.array([3.0])) + tensor(np.array([4.0 - 1e-4]))
    path.write_bytes(text("bn_con2") + tensor(np.array([6.0, 1.0])) + alias * 2 + unused * 2 + running)
    (affine,) = read_layers(path)
    assert isinstance(affine, Affine)
    assert affine.gamma[0] == pytest.approx(3.0)
    assert affine.beta[0] == pytest.approx(1.0 - 3.0 * 3.0)


def test_a_file_that_breaks_off_is_refused_with_its_name(tmp_path: Path):
    whole = convolution(np.ones((2, 3, 5, 5)), np.zeros(2), stride=1, padding=0)
    path = tmp_path / "half.dat"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"half\.dat: breaks off"):
        read_layers(path)


def test_a_file_without_layers_is_refused(tmp_path: Path):
    path = tmp_path / "other.dat"
    path.write_bytes(b"not a network")
    with pytest.raises(ModelError, match="holds no layer"):
        read_layers(path)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(ModelError, match="cannot be read"):
        read_layers(tmp_path / "absent.dat")


def test_a_shape_predictor_is_read_whole(tmp_path: Path):
    path = tmp_path / "points.dat"
    path.write_bytes(shape_predictor())
    predictor = read_shape_predictor(path)
    assert predictor.mean_shape.tolist() == [[0.5, 0.5]] * 5
    assert predictor.split_threshold.shape == (2, 3, 1)
    assert (predictor.split_first[0, 0, 0], predictor.split_second[0, 0, 0]) == (1, 2)
    assert predictor.split_threshold[1, 2, 0] == -0.5
    assert predictor.leaves.shape == (2, 3, 2, 5, 2)
    assert (predictor.leaves == 0.25).all()
    assert predictor.anchors.tolist() == [[3] * 4] * 2
    assert predictor.offsets.tolist() == [[[0.125, -0.125]] * 4] * 2


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_shape_predictor_that_breaks_off_is_refused(tmp_path: Path, share: float):
    whole = shape_predictor()
    path = tmp_path / "points.dat"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match=r"points\.dat"):
        read_shape_predictor(path)
