"""One tiny embedder in every format that can be brought: a convolution, its mean, a matrix.

The TFLite and TensorFlow files lie in ``tests/fixtures``, for TensorFlow is too heavy for this project's environment;
``python tests/tiny_network.py tests/fixtures`` makes them again where TensorFlow is installed.
"""

import sys
from pathlib import Path

import numpy as np

SIDE_PX, DIM = 32, 16
FIXTURES = Path(__file__).parent / "fixtures"
_rng = np.random.default_rng(20260301)
KERNEL = _rng.normal(0, 0.4, (3, 3, 3, 8)).astype(np.float32)  # rows, columns, in, out
MATRIX = _rng.normal(0, 0.5, (8, DIM)).astype(np.float32)


def onnx_file(path: Path, *, batch: int | str = "n") -> Path:
    """Write the network as ONNX, channels first."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def picture(name: str, shape: list[int | str]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    nodes = [
        helper.make_node("Conv", ["picture", "kernel"], ["edges"], strides=[2, 2]),
        helper.make_node("Relu", ["edges"], ["lit"]),
        helper.make_node("ReduceMean", ["lit", "sides"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "matrix"], ["embedding"]),
    ]
    constants = {
        "kernel": KERNEL.transpose(3, 2, 0, 1),
        "sides": np.array([2, 3], dtype=np.int64),
        "matrix": MATRIX,
    }
    graph = helper.make_graph(
        nodes,
        "tiny",
        [picture("picture", [batch, 3, SIDE_PX, SIDE_PX])],
        [picture("embedding", [batch, DIM])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.save(model, str(path))
    return path


def ir_files(path: Path) -> Path:
    """Write the network as OpenVINO's XML and, beside it, its .bin."""
    import openvino as ov

    ov.save_model(ov.Core().read_model(onnx_file(path.with_suffix(".onnx"))), path, compress_to_fp16=False)
    path.with_suffix(".onnx").unlink()
    return path


def expected(pictures: np.ndarray) -> np.ndarray:
    """What the network answers to BGR pictures (n, 32, 32, 3), by arithmetic: RGB, (pixel - 127.5) / 128."""
    values = (pictures[..., ::-1].astype(np.float64) - 127.5) / 128
    windows = np.lib.stride_tricks.sliding_window_view(values, (3, 3), axis=(1, 2))[:, ::2, ::2]
    edges = np.einsum("nyxcij,ijco->nyxo", windows, KERNEL)
    return np.maximum(edges, 0).mean(axis=(1, 2)) @ MATRIX


def _write_tensorflow(folder: Path) -> None:
    import tensorflow as tf

    class Tiny(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.kernel, self.matrix = tf.Variable(KERNEL), tf.Variable(MATRIX)

        @tf.function(input_signature=[tf.TensorSpec([None, SIDE_PX, SIDE_PX, 3], tf.float32, "picture")])
        def __call__(self, picture: tf.Tensor) -> dict[str, tf.Tensor]:
            lit = tf.nn.relu(tf.nn.conv2d(picture, self.kernel, strides=2, padding="VALID"))
            return {"embedding": tf.reduce_mean(lit, axis=[1, 2]) @ self.matrix}

    tf.saved_model.save(Tiny(), str(folder / "tiny_saved_model"))
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "tiny_saved_model"))
    (folder / "tiny.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    _write_tensorflow(Path(sys.argv[1]))
