"""Which library runs the networks, and on what. Each is imported when it is chosen, not before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from faces.errors import ModelError
from faces.input_format import PLAIN, InputFormat
from faces.ports import Device, Inference

Library = Literal["openvino", "onnxruntime"]
Precision = Literal["auto", "f32"]
"""The fastest number format of the CPU that leaves results as they are (docs/speed.md), or 32-bit floats throughout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An inference library on a device: OpenVINO on the CPU, or onnxruntime on the CPU or a GPU of NVIDIA's.

    Raises ModelError where that is not to be had on this machine, with what to install.
    """

    library: Library = "openvino"
    device: Device = "cpu"
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        if self.library == "openvino":
            if self.device != "cpu":
                raise ModelError(
                    f'inference.device = "{self.device}" needs inference.engine = "onnxruntime": OpenVINO runs on the '
                    "CPU here"
                )
            return
        try:
            from faces.onnx_runtime import require_device
        except ImportError as error:
            extra = "onnxruntime" if self.device == "cpu" else "gpu"
            raise ModelError(
                f'inference.engine = "onnxruntime" needs onnxruntime, which is not installed here ({error}): '
                f"pip install 'footfall[{extra}]'"
            ) from error
        require_device(self.device)

    def opens(self, network: str) -> bool:
        """Tell whether the library reads such a file, by its name; dlib's own files are converted to ONNX first."""
        return self.library == "openvino" or network.endswith((".onnx", ".dat"))

    def takes_integers(self) -> bool:
        """Tell whether a network in 8-bit integers is the faster one here, and may be run."""
        if self.library != "openvino" or self.precision != "auto":
            return False
        from faces.runtime import fast_formats

        return "INT8" in fast_formats()

    def load(
        self,
        model: bytes | Path,
        *,
        name: str,
        threads: int | None = None,
        expects: InputFormat = PLAIN,
        bfloat16: bool = False,
    ) -> Inference:
        """Load a network: ONNX as bytes or by its path, anything else by its path. ``name`` is for messages.

        ``threads`` bounds the cores one inference may use. ``bfloat16`` tells that the network may be run in it, where
        OpenVINO and the CPU can and "f32" is not asked for. Raises ModelError.
        """
        if self.library == "openvino":
            from faces.runtime import Network

            bfloat16 = bfloat16 and self.precision == "auto"
            return Network(model, name=name, threads=threads, expects=expects, bfloat16=bfloat16)
        from faces.onnx_runtime import OnnxNetwork

        return OnnxNetwork(model, name=name, threads=threads, expects=expects, device=self.device)


ON_CPU = Engine()
"""OpenVINO on the CPU: what runs unless somebody chooses otherwise."""
