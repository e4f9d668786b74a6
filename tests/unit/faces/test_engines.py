"""Which engines are refused, and with what advice."""

import sys

import pytest

from faces.engines import Engine
from faces.errors import ModelError


def test_openvino_is_for_the_cpu():
    with pytest.raises(ModelError, match=r'inference\.device = "cuda" needs inference\.engine = "onnxruntime"'):
        Engine(device="cuda")


@pytest.mark.parametrize(("device", "extra"), [("cpu", "onnxruntime"), ("cuda", "gpu"), ("tensorrt", "gpu")])
def test_without_onnxruntime_the_extra_to_install_is_named(monkeypatch: pytest.MonkeyPatch, device, extra: str):
    monkeypatch.delitem(sys.modules, "faces.onnx_runtime", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=rf"not installed here .*pip install 'footfall\[{extra}\]'"):
        Engine(library="onnxruntime", device=device)


@pytest.mark.parametrize(("device", "provider"), [("cuda", "CUDA"), ("tensorrt", "Tensorrt")])
def test_without_the_provider_of_a_device_what_is_there_and_what_to_install_is_said(device, provider: str):
    import onnxruntime

    if any(provider in there for there in onnxruntime.get_available_providers()):
        pytest.skip(f"this onnxruntime has {provider}")
    with pytest.raises(ModelError, match=rf"{provider}ExecutionProvider, .*CPUExecutionProvider.*footfall\[gpu\]"):
        Engine(library="onnxruntime", device=device)


def test_onnxruntime_reads_onnx_alone():
    engine = Engine(library="onnxruntime")
    assert [engine.opens(name) for name in ("net.onnx", "net.xml", "net.tflite", "folder")] == [True] + 3 * [False]
    assert all(Engine().opens(name) for name in ("net.onnx", "net.xml", "net.tflite", "folder"))
