"""``footfall cluster`` and ``footfall compare`` with what they cannot use: a sentence and an exit code each."""

from pathlib import Path

import numpy as np
import pytest
from faces_scene import portrait, scene
from typer.testing import CliRunner

from faces.pictures import encode_jpeg
from footfall.cli import cluster as _cluster  # noqa: F401 - registers its command
from footfall.cli import compare as _compare  # noqa: F401 - registers its command
from footfall.cli.app import app
from footfall.exit_codes import ExitCode, exit_code_of


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A file, an empty folder, a folder with a grey picture, one with two portraits, and one with a single one."""
    (tmp_path / "file").touch()
    for name in ("empty", "grey", "one", "alone"):
        (tmp_path / name).mkdir()
    (tmp_path / "grey" / "grey.jpg").write_bytes(encode_jpeg(np.full((200, 300, 3), 127, np.uint8)))
    (tmp_path / "one" / "one.jpg").write_bytes(encode_jpeg(scene(portrait(1))))
    (tmp_path / "one" / "two.jpg").write_bytes(encode_jpeg(scene(portrait(1, look=2))))
    (tmp_path / "alone" / "alone.jpg").write_bytes(encode_jpeg(scene(portrait(1))))
    return tmp_path


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("cluster gone", ExitCode.BAD_INPUT, "gone: there is no such folder; give a folder of pictures"),
        ("cluster file", ExitCode.BAD_INPUT, "file: is a file, not a folder"),
        ("cluster empty", ExitCode.BAD_INPUT, "empty: there is no picture in it"),
        ("cluster grey", ExitCode.BAD_INPUT, "grey: no face was found in 1 picture; give others"),
        ("cluster", ExitCode.BAD_INPUT, "name either a folder of pictures or"),
        ("cluster grey --embeddings file", ExitCode.BAD_INPUT, "name either a folder of pictures or"),
        ("cluster --embeddings file", ExitCode.BAD_INPUT, "file: cannot be read (not a whole .npz file)"),
        ("cluster one --out file/out", ExitCode.STORAGE, "give another folder with --out"),
        ("cluster one --pack nose", ExitCode.MODEL, "there is no pack 'nose'; choose one of dlib"),
        ("compare gone.jpg --gallery one", ExitCode.BAD_INPUT, "gone.jpg: cannot be read (No such file"),
        ("compare file --gallery one", ExitCode.BAD_INPUT, "file: is empty; copy or save it again"),
        ("compare grey/grey.jpg --gallery one", ExitCode.BAD_INPUT, "grey.jpg: no face was found"),
        ("compare one/one.jpg --gallery gone", ExitCode.BAD_INPUT, "gone: there is no such folder"),
        ("compare one/one.jpg --gallery grey", ExitCode.BAD_INPUT, "give another --gallery"),
        ("compare alone/alone.jpg --gallery alone", ExitCode.BAD_INPUT, "alone: holds nothing but the picture itself"),
        ("compare one/one.jpg --gallery one --out c.gif", ExitCode.BAD_INPUT, "give a name that ends in .png"),
        ("compare one/one.jpg --gallery one --out file/c.png", ExitCode.STORAGE, "give another file with --out"),
    ],
)
def test_what_cannot_be_used_is_named(
    command: str, code: ExitCode, said: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    pack = [] if "--pack" in command else ["--pack", "dlib"]
    done = CliRunner().invoke(app, [*command.split(), *pack, "--no-cache", "--json"])
    assert done.stdout == ""
    assert done.exception is not None
    assert said in str(done.exception)
    assert exit_code_of(done.exception) == code  # type: ignore[arg-type]
