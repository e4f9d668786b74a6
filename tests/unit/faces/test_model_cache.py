import subprocess
import sys
from pathlib import Path

import pytest

from faces.errors import ModelError
from faces.model_cache import cached

BUILD_SLOWLY = """
import sys, time
from pathlib import Path
from faces.model_cache import cached
def build():
    with open(sys.argv[2], "a") as file: file.write("built\\n")
    time.sleep(0.5)
    return b"model"
assert cached("net.onnx", build, folder=Path(sys.argv[1])) == b"model"
"""


class Builder:
    """Counts how often it had to build."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return b"a model"


def test_a_model_is_built_once(tmp_path: Path):
    build = Builder()
    assert cached("net.onnx", build, folder=tmp_path) == b"a model"
    assert cached("net.onnx", build, folder=tmp_path) == b"a model"
    assert build.times == 1


@pytest.mark.parametrize("damage", [b"", b"a mode", b"another model"])
def test_a_damaged_model_is_built_again(tmp_path: Path, damage: bytes):
    build = Builder()
    cached("net.onnx", build, folder=tmp_path)
    (tmp_path / "models/net.onnx").write_bytes(damage)
    assert cached("net.onnx", build, folder=tmp_path) == b"a model"
    assert build.times == 2
    assert (tmp_path / "models/net.onnx").read_bytes() == b"a model"


def test_a_model_without_its_checksum_is_built_again(tmp_path: Path):
    build = Builder()
    cached("net.onnx", build, folder=tmp_path)
    (tmp_path / "models/net.onnx.sha256").unlink()
    cached("net.onnx", build, folder=tmp_path)
    assert build.times == 2


def test_a_build_that_fails_leaves_nothing_behind_that_is_taken_for_a_model(tmp_path: Path):
    def failing() -> bytes:
        raise ModelError("the weights are damaged")

    with pytest.raises(ModelError, match="weights are damaged"):
        cached("net.onnx", failing, folder=tmp_path)
    build = Builder()
    assert cached("net.onnx", build, folder=tmp_path) == b"a model"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="FOOTFALL_CACHE"):
        cached("net.onnx", Builder(), folder=tmp_path)


def test_two_processes_that_start_together_build_once(tmp_path: Path):
    log = tmp_path / "log"
    command = [sys.executable, "-c", BUILD_SLOWLY, str(tmp_path), str(log)]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(timeout=90) for process in processes] == [0, 0]
    assert log.read_text() == "built\n"
