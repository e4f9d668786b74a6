"""Runs networks with OpenVINO on the CPU. The only module that knows OpenVINO; its errors end here as ModelError.

Precision is float32 throughout. On a CPU without bfloat16 there is no faster one without quantisation, and on one with
it embeddings moved by up to 2.4e-3: identity is worth more than a millisecond.
"""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from faces.errors import ModelError

Tensor = NDArray[np.float32]


class Network:
    """A compiled network that takes pictures. Safe to call from several threads at once."""

    def __init__(self, model: bytes, *, name: str, threads: int | None = None) -> None:
        """Compile an ONNX model whose one input is (n, 3, rows, columns) float, BGR, 0..255.

        ``threads`` bounds the cores one inference may use; None leaves it to OpenVINO. Raises ModelError.
        """
        self._name = name
        settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        if threads is not None:
            settings["INFERENCE_NUM_THREADS"] = threads
        try:
            core = ov.Core()
            self._compiled = core.compile_model(_taking_pictures(core.read_model(model)), "CPU", settings)
        except RuntimeError as error:
            raise ModelError(f"{name}: OpenVINO cannot load this model ({_first_line(error)})") from error
        self._idle: queue.LifoQueue[ov.InferRequest] = queue.LifoQueue()

    def infer(self, pictures: NDArray[np.uint8]) -> dict[str, Tensor]:
        """Return the outputs for (n, rows, columns, 3) uint8; by each name they bear.

        Raises ModelError when OpenVINO refuses."""
        with self._request() as request:
            try:
                request.infer({0: pictures}, share_inputs=True)
            except RuntimeError as error:
                raise ModelError(f"{self._name}: inference failed ({_first_line(error)})") from error
            outputs = {}
            for port in self._compiled.outputs:
                tensor = request.get_tensor(port).data.copy()
                outputs.update(dict.fromkeys(port.names, tensor))
            return outputs

    @contextmanager
    def _request(self) -> Iterator[ov.InferRequest]:
        """Lend an infer request that no other thread is using; a request serves one caller at a time."""
        try:
            request = self._idle.get_nowait()
        except queue.Empty:
            request = self._compiled.create_infer_request()
        try:
            yield request
        finally:
            self._idle.put(request)


def _taking_pictures(model: ov.Model) -> ov.Model:
    """Let OpenVINO itself turn bytes, channels last, into the network's own input: one pass less over each picture."""
    steps = ov.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    return steps.build()


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
