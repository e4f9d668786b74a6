"""Writes dlib's two networks as ONNX.

Both take BGR pictures, 0..255, as (n, 3, rows, columns). What dlib does to a picture first (RGB, a mean subtracted, a
division by 256) and its affine layers are linear, so they are folded into the convolutions beside them.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from faces.dlib_format import Affine, Convolution, Dense, Layer, Pooling
from faces.errors import ModelError

CHIP_PX = 150
_OPSET = 17
_RGB_MEAN = np.array([122.782, 117.001, 104.298], dtype=np.float64)
_SCALE = 1.0 / 256.0


def detector_onnx(layers: Sequence[Layer]) -> bytes:
    """Return the face detector of ``mmod_human_face_detector.dat``.

    Input "image" (n, 3, rows, columns), at least 80 rows and columns; output "scores" (n, 1, ceil(rows / 8) - 3 or so,
    …), where a score above 0 is a face. Raises ModelError when the layers are not those of that network.
    """
    graph = _Graph()
    *hidden, last = _folded(layers)
    tensor = "image"
    for convolution in hidden:
        tensor = graph.relu(graph.convolution(tensor, convolution))
    for convolution in _row_by_row(last):
        tensor = graph.convolution(tensor, convolution)
    return graph.model("dlib-cnn-face-detector", ["n", 3, "rows", "columns"], "scores", ["n", 1, None, None])


def embedder_onnx(layers: Sequence[Layer]) -> bytes:
    """Return the network of ``dlib_face_recognition_resnet_model_v1.dat``.

    Input "image" (n, 3, 150, 150); output "embedding" (n, 128), not normalised. Raises ModelError when the layers are
    not those of that network.
    """
    if not isinstance(layers[-1], Dense):
        raise ModelError("dlib's face recognition network does not end in a matrix; reinstall face_recognition_models")
    convolutions = iter(_folded(layers[:-1]))
    graph = _Graph()
    first = next(convolutions)
    tensor = graph.max_pool(graph.relu(graph.convolution("image", first)))
    side, channels = _pooled(_convolved(CHIP_PX, first), 3), len(first.biases)
    for opening, closing in zip(convolutions, convolutions, strict=True):
        inner = graph.convolution(graph.relu(graph.convolution(tensor, opening)), closing)
        inner_side = _convolved(_convolved(side, opening), closing)
        if opening.stride != (1, 1):
            tensor, side = graph.average_pool(tensor), _pooled(side, 2)
        # Where the two sides differ, dlib adds zeros: channels behind, rows below, columns to the right.
        widest = max(side, inner_side)
        tensor = graph.pad(tensor, len(closing.biases) - channels, widest - side)
        inner = graph.pad(inner, 0, widest - inner_side)
        tensor = graph.relu(graph.add(inner, tensor))
        side, channels = widest, len(closing.biases)
    graph.multiply(graph.flatten(graph.global_average(tensor)), layers[-1].weights)
    return graph.model("dlib-face-resnet", ["n", 3, CHIP_PX, CHIP_PX], "embedding", ["n", 128])


def _folded(layers: Sequence[Layer]) -> list[Convolution]:
    """Return the convolutions with what stands before the first and the affine behind each folded in."""
    plain = [layer for layer in layers if not isinstance(layer, Pooling)]
    folded: list[Convolution] = []
    for layer, following in pairwise([*plain, None]):
        if isinstance(layer, Convolution):
            convolution = layer if folded else _on_bgr(layer)
            folded.append(_scaled(convolution, following) if isinstance(following, Affine) else convolution)
    if not folded:
        raise ModelError("dlib's network holds no convolution; reinstall face_recognition_models")
    return folded


def _on_bgr(convolution: Convolution) -> Convolution:
    # The first layer has no padding in either network, so the mean may go into its bias.
    weights = convolution.weights.astype(np.float64) * _SCALE
    biases = convolution.biases - np.einsum("fchw,c->f", weights, _RGB_MEAN)
    return _like(convolution, weights[:, ::-1], biases)


def _scaled(convolution: Convolution, affine: Affine) -> Convolution:
    gamma = affine.gamma.astype(np.float64)
    return _like(
        convolution, convolution.weights * gamma[:, None, None, None], convolution.biases * gamma + affine.beta
    )


def _like(convolution: Convolution, weights: NDArray[np.float64], biases: NDArray[np.float64]) -> Convolution:
    return Convolution(
        weights=weights.astype(np.float32),
        biases=biases.astype(np.float32),
        stride=convolution.stride,
        padding=convolution.padding,
    )


def _row_by_row(convolution: Convolution) -> tuple[Convolution, Convolution]:
    """Return a convolution to one channel as two: along the rows of its window, a channel for each, and their sum.

    The same numbers, but a CPU computes 16 channels at once, of which the one alone would leave 15 idle: 9 times less
    work where dlib's detector ends.
    """
    rows = convolution.weights.shape[2]
    down, across = convolution.padding
    along = np.ascontiguousarray(convolution.weights[0].transpose(1, 0, 2)[:, :, None, :])
    together = np.eye(rows, dtype=np.float32)[None, :, :, None]
    nothing = np.zeros(rows, dtype=np.float32)
    return (
        Convolution(weights=along, biases=nothing, stride=(1, 1), padding=(0, across)),
        Convolution(weights=together, biases=convolution.biases, stride=(1, 1), padding=(down, 0)),
    )


def _convolved(side: int, convolution: Convolution) -> int:
    return int(side + 2 * convolution.padding[0] - convolution.weights.shape[2]) // convolution.stride[0] + 1


def _pooled(side: int, window: int) -> int:
    return (side - window) // 2 + 1


class _Graph:
    """An ONNX graph that grows at its end; each method adds one node and returns the name of its output."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def convolution(self, tensor: str, layer: Convolution) -> str:
        inputs = [tensor, self._constant(layer.weights), self._constant(layer.biases)]
        return self._node("Conv", inputs, strides=layer.stride, pads=layer.padding * 2)

    def relu(self, tensor: str) -> str:
        return self._node("Relu", [tensor])

    def add(self, first: str, second: str) -> str:
        return self._node("Add", [first, second])

    def max_pool(self, tensor: str) -> str:
        return self._node("MaxPool", [tensor], kernel_shape=(3, 3), strides=(2, 2))

    def average_pool(self, tensor: str) -> str:
        return self._node("AveragePool", [tensor], kernel_shape=(2, 2), strides=(2, 2))

    def global_average(self, tensor: str) -> str:
        return self._node("GlobalAveragePool", [tensor])

    def flatten(self, tensor: str) -> str:
        return self._node("Flatten", [tensor])

    def multiply(self, tensor: str, weights: NDArray[np.float32]) -> str:
        return self._node("MatMul", [tensor, self._constant(weights)])

    def pad(self, tensor: str, channels: int, pixels: int) -> str:
        if not channels and not pixels:
            return tensor
        pads = np.array([0, 0, 0, 0, 0, channels, pixels, pixels], dtype=np.int64)
        return self._node("Pad", [tensor, self._constant(pads)])

    def model(
        self, name: str, input_shape: list[int | str], output: str, output_shape: list[int | str | None]
    ) -> bytes:
        self._nodes[-1].output[0] = output
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, input_shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, output_shape)],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="footfall")
        model.ir_version = 8
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def _constant(self, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, operator: str, inputs: list[str], **attributes: Any) -> str:
        output = f"tensor_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output
