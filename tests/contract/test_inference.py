"""What every Inference promises (faces/ports.py), on both libraries, and that a network is the same in every format."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tiny_network import DIM, FIXTURES, SIDE_PX, expected, ir_files, onnx_file

from faces.engines import Engine, Library
from faces.errors import ModelError
from faces.input_format import InputFormat
from faces.ports import Inference

TINY = InputFormat(side_px=SIDE_PX, channels="RGB", mean=(127.5,) * 3, scale=(128.0,) * 3)
TINY_NHWC = InputFormat(side_px=SIDE_PX, layout="NHWC", channels="RGB", mean=(127.5,) * 3, scale=(128.0,) * 3)
PICTURES = np.random.default_rng(1).integers(0, 256, (5, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)


@pytest.fixture(params=["openvino", "onnxruntime"])
def engine(request: pytest.FixtureRequest) -> Engine:
    library: Library = request.param
    return Engine(library=library)


@pytest.fixture(params=["n", 1, 2], ids=lambda batch: f"exported for {batch}")
def network(engine: Engine, request: pytest.FixtureRequest, tmp_path: Path) -> Inference:
    return engine.load(onnx_file(tmp_path / "tiny.onnx", batch=request.param), name="tiny", threads=1, expects=TINY)


def test_the_answer_is_that_of_arithmetic(network: Inference):
    answer = network.infer(PICTURES[:4])["embedding"]
    assert answer.shape == (4, DIM)
    assert answer.dtype == np.float32
    assert np.abs(answer - expected(PICTURES[:4])).max() < 1e-4


def test_a_row_does_not_depend_on_the_pictures_beside_it(engine: Engine, tmp_path: Path):
    network = engine.load(onnx_file(tmp_path / "tiny.onnx"), name="tiny", threads=1, expects=TINY)
    alone = np.concatenate([network.infer(picture[None])["embedding"] for picture in PICTURES])
    assert np.abs(network.infer(PICTURES)["embedding"] - alone).max() < 1e-5


def test_several_threads_get_what_one_gets(engine: Engine, tmp_path: Path):
    network = engine.load(onnx_file(tmp_path / "tiny.onnx"), name="tiny", threads=1, expects=TINY)
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda picture: network.infer(picture[None])["embedding"][0], PICTURES))
    assert np.abs(np.array(together) - expected(PICTURES)).max() < 1e-4


def test_a_model_may_come_as_bytes(engine: Engine, tmp_path: Path):
    model = onnx_file(tmp_path / "tiny.onnx").read_bytes()
    answer = engine.load(model, name="tiny", threads=1, expects=TINY).infer(PICTURES)["embedding"]
    assert np.abs(answer - expected(PICTURES)).max() < 1e-4


@pytest.mark.parametrize("content", [b"", b"not a network at all"])
def test_what_is_no_network_is_refused_by_its_name(engine: Engine, tmp_path: Path, content: bytes):
    (tmp_path / "broken.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"the embedder: .* cannot (load this model|be read as a network)"):
        engine.load(tmp_path / "broken.onnx", name="the embedder", expects=TINY)


def test_another_size_than_the_manifest_says_is_refused(engine: Engine, tmp_path: Path):
    with pytest.raises(ModelError, match=r"takes pictures of 32 x 32 pixels.*side_px = 112"):
        engine.load(onnx_file(tmp_path / "tiny.onnx"), name="tiny", expects=InputFormat(side_px=112))


def test_pictures_of_another_size_than_the_network_takes_are_refused(engine: Engine, tmp_path: Path):
    network = engine.load(onnx_file(tmp_path / "tiny.onnx"), name="tiny", threads=1, expects=TINY)
    with pytest.raises(ModelError, match="tiny: inference failed"):
        network.infer(PICTURES[:, :20])


@pytest.mark.parametrize("kind", ["onnx", "ir", "tflite", "saved_model"])
def test_a_network_is_the_same_in_every_format(kind: str, tmp_path: Path):
    model, expects = {
        "onnx": lambda: (onnx_file(tmp_path / "tiny.onnx"), TINY),
        "ir": lambda: (ir_files(tmp_path / "tiny.xml"), TINY),
        "tflite": lambda: (FIXTURES / "tiny.tflite", TINY_NHWC),
        "saved_model": lambda: (FIXTURES / "tiny_saved_model", TINY_NHWC),
    }[kind]()
    outputs = Engine().load(model, name=kind, threads=1, expects=expects).infer(PICTURES)
    assert all(np.abs(answer - expected(PICTURES)).max() < 1e-4 for answer in outputs.values())
