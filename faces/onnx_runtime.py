"""Runs networks with onnxruntime, on the CPU or on a GPU of NVIDIA's.

The only module that knows onnxruntime; its errors end here as ModelError.
"""

from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from faces.errors import ModelError
from faces.input_format import PLAIN, InputFormat
from faces.ports import Device, Tensor

# Best first: what TensorRT cannot run goes to CUDA, and what CUDA cannot run to the CPU.
_PROVIDERS: dict[Device, tuple[str, ...]] = {
    "cpu": ("CPUExecutionProvider",),
    "cuda": ("CUDAExecutionProvider", "CPUExecutionProvider"),
    "tensorrt": ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"),
}
_ONLY_FATAL = 4
_FAILURES = (
    failures.EPFail,
    failures.Fail,
    failures.InvalidArgument,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.NoSuchFile,
    failures.NotImplemented,
    failures.RuntimeException,
    RuntimeError,
)


def require_device(device: Device) -> None:
    """Raise ModelError unless the onnxruntime that is installed was built for the device."""
    wanted, there = _PROVIDERS[device][0], ort.get_available_providers()
    if wanted not in there:
        raise ModelError(
            f'inference.device = "{device}" needs an onnxruntime with {wanted}, and the one installed has '
            f"{', '.join(there)}: put onnxruntime-gpu in its place (pip uninstall onnxruntime; "
            "pip install 'footfall[gpu]')"
        )


class OnnxNetwork:
    """An ONNX network in a session of onnxruntime's. Implements ``faces.ports.Inference``."""

    def __init__(
        self,
        model: bytes | Path,
        *,
        name: str,
        threads: int | None = None,
        expects: InputFormat = PLAIN,
        device: Device = "cpu",
    ) -> None:
        """Load an ONNX model with one input of pictures. Raises ModelError.

        ``threads`` bounds the cores one inference may use; None leaves it to onnxruntime.
        """
        self._name = name
        self._expects = expects
        options = ort.SessionOptions()
        options.log_severity_level = _ONLY_FATAL  # what matters comes as an exception
        if threads is not None:
            options.intra_op_num_threads = threads
        source = model if isinstance(model, bytes) else str(model)
        try:
            self._session = ort.InferenceSession(source, options, providers=list(_PROVIDERS[device]))
        except _FAILURES as error:
            raise ModelError(f"{name}: onnxruntime cannot load this model ({_first_line(error)})") from error
        if self._session.get_providers()[0] != _PROVIDERS[device][0]:
            # onnxruntime itself would go on with the CPU and say nothing.
            raise ModelError(
                f'{name}: the GPU does not start: check the driver and CUDA, or set inference.device = "cpu"'
            )
        expects.require(name, [given.shape for given in self._session.get_inputs()])
        batch = self._session.get_inputs()[0].shape[0]
        self._at_once = batch if isinstance(batch, int) else None

    def infer(self, pictures: NDArray[np.uint8]) -> dict[str, Tensor]:
        """See Inference."""
        step = self._at_once or len(pictures)
        parts = [self._run(pictures[at : at + step]) for at in range(0, len(pictures), step)]
        names = [output.name for output in self._session.get_outputs()]
        return {name: np.concatenate(values) for name, values in zip(names, zip(*parts, strict=True), strict=True)}

    def _run(self, pictures: NDArray[np.uint8]) -> list[Tensor]:
        try:
            given = {self._session.get_inputs()[0].name: _as_input(pictures, self._expects)}
            outputs: list[Tensor] = self._session.run(None, given)
        except _FAILURES as error:
            raise ModelError(f"{self._name}: inference failed ({_first_line(error)})") from error
        return outputs


def _as_input(pictures: NDArray[np.uint8], expects: InputFormat) -> Tensor:
    ordered = pictures[..., ::-1] if expects.channels == "RGB" else pictures
    values = (ordered.astype(np.float32) - np.array(expects.mean, np.float32)) / np.array(expects.scale, np.float32)
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2) if expects.layout == "NCHW" else values)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
