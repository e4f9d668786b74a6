"""Runs networks with OpenVINO on the CPU. The only module that knows OpenVINO; its errors end here as ModelError."""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from faces.errors import ModelError
from faces.input_format import PLAIN, InputFormat
from faces.ports import Tensor

_CPU_FLAGS = Path("/proc/cpuinfo")
# Compiled for one size a network is a tenth faster; each costs 30 ms and some memory, so only those of whole pictures.
_SIZES_COMPILED_FOR = 8


class Network:
    """A compiled network that takes pictures. Implements ``faces.ports.Inference``."""

    def __init__(
        self,
        model: bytes | Path,
        *,
        name: str,
        threads: int | None = None,
        expects: InputFormat = PLAIN,
        bfloat16: bool = False,
    ) -> None:
        """Compile a model with one input of pictures: ONNX, or by its path OpenVINO IR, TFLite or a SavedModel folder.

        ``threads`` bounds the cores one inference may use; None leaves it to OpenVINO. ``bfloat16`` is what the
        floats are computed in where the CPU is fast in it, else 32 bits; layers quantised to 8-bit integers stay that.
        Raises ModelError.
        """
        self._name = name
        brief = bfloat16 and "BF16" in fast_formats()
        self._settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if brief else "f32",
        }
        if threads is not None:
            self._settings["INFERENCE_NUM_THREADS"] = threads
        try:
            read = _read(model, name)
            expects.require(name, [_shape(given) for given in read.inputs])
            self._at_once = _taking_many(read)
            self._model = _taking_pictures(read, expects)
            self._for_any_size = _Compiled(self._model, self._settings)
        except RuntimeError as error:
            raise ModelError(f"{name}: OpenVINO cannot load this model ({_first_line(error)})") from error
        self._takes_any_size = self._model.input().partial_shape[1].is_dynamic
        self._for_one_size: dict[tuple[int, ...], _Compiled] = {}
        self._compiling = threading.Lock()

    def infer(self, pictures: NDArray[np.uint8]) -> dict[str, Tensor]:
        """See Inference. An output that bears several names is returned under each."""
        step = self._at_once or len(pictures)
        if step < len(pictures):
            parts = [self.infer(pictures[at : at + step]) for at in range(0, len(pictures), step)]
            return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        try:
            return self._compiled_for(pictures.shape).infer(pictures)
        except RuntimeError as error:
            raise ModelError(f"{self._name}: inference failed ({_first_line(error)})") from error

    def _compiled_for(self, shape: tuple[int, ...]) -> "_Compiled":
        """Return the network compiled for a size where that is one of the first few, as whole pictures are."""
        compiled = self._for_one_size.get(shape)
        if compiled is None and self._takes_any_size and len(self._for_one_size) < _SIZES_COMPILED_FOR:
            with self._compiling:
                if shape not in self._for_one_size:
                    model = self._model.clone()
                    model.reshape(ov.PartialShape(list(shape)))
                    self._for_one_size[shape] = _Compiled(model, self._settings)
            compiled = self._for_one_size[shape]
        return compiled or self._for_any_size


class _Compiled:
    """A network made ready for the CPU, and its infer requests. Raises RuntimeError, as OpenVINO does."""

    def __init__(self, model: ov.Model, settings: dict[str, Any]) -> None:
        self._compiled = ov.Core().compile_model(model, "CPU", settings)
        self._idle: queue.LifoQueue[ov.InferRequest] = queue.LifoQueue()

    def infer(self, pictures: NDArray[np.uint8]) -> dict[str, Tensor]:
        with self._request() as request:
            request.infer({0: pictures}, share_inputs=True, share_outputs=True)  # they are copied below
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


@cache
def fast_formats() -> Sequence[str]:
    """Return the number formats this machine's CPU computes in fast, in OpenVINO's words: "FP32", "BF16", "INT8"."""
    known = tuple(ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    try:
        tells = _CPU_FLAGS.read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux
        return known
    return tuple(one for one in known if one != "BF16" or bfloat16_is_fast(tells))


def bfloat16_is_fast(tells: str) -> bool:
    """Tell whether a CPU that has bfloat16 is faster in it than in 32-bit floats; ``tells`` is Linux's cpuinfo.

    AMD's vector units are, twice as fast, and Intel's tiles (AMX). Intel's vector units alone do no more at once than
    in 32-bit floats, and what has to be converted comes on top: it took half as long again, or twice as long.
    """
    return "GenuineIntel" not in tells or "amx_bf16" in tells


def cpu_name() -> str:
    """Return what this machine's CPU is called."""
    return str(ov.Core().get_property("CPU", "FULL_DEVICE_NAME")).strip()


def _read(model: bytes | Path, name: str) -> ov.Model:
    try:
        return ov.Core().read_model(model)
    except RuntimeError as error:
        if isinstance(model, bytes):
            raise
        # OpenVINO's own message begins with the places in its source.
        raise ModelError(
            f"{name}: {model.name} cannot be read as a network: it may be cut short, or of another format than its "
            "name says; get the file anew"
        ) from error


def _taking_many(model: ov.Model) -> int | None:
    """Let a network that was exported for one picture take any number; return how many it takes where it cannot."""
    shape = model.input().partial_shape
    if shape[0].is_dynamic:
        return None
    try:
        model.reshape(ov.PartialShape([-1, *list(shape)[1:]]))
        if all(output.partial_shape.rank.is_static and output.partial_shape[0].is_dynamic for output in model.outputs):
            return None
    except RuntimeError:
        pass  # some layer inside was written for that number alone
    model.reshape(shape)
    return int(shape[0].get_length())


def _taking_pictures(model: ov.Model, expects: InputFormat) -> ov.Model:
    """Let OpenVINO itself turn bytes, BGR and channels last, into the network's input: one pass less over it."""
    steps = ov.preprocess.PrePostProcessor(model)
    given = steps.input()
    given.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    given.preprocess().convert_element_type(ov.Type.f32)
    if expects.channels == "RGB":
        given.preprocess().reverse_channels()
    if expects.mean != PLAIN.mean:
        given.preprocess().mean(list(expects.mean))
    if expects.scale != PLAIN.scale:
        given.preprocess().scale(list(expects.scale))
    given.model().set_layout(ov.Layout(expects.layout))
    return steps.build()


def _shape(given: Any) -> list[object]:
    shape = given.partial_shape
    return [length.get_length() if length.is_static else None for length in shape] if shape.rank.is_static else []


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
