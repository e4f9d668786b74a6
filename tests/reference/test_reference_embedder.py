"""face_recognition itself behind the Embedder port (faces/reference.py)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from faces_scene import portrait, scene
from services import require

from faces.engines import Engine
from faces.errors import ModelError
from faces.packs import Pack
from faces.ports import Image
from faces.reference import ReferenceEmbedder, as_in_face_recognition, reference_python

NO_WHEEL = Path(__file__).resolve().parents[2] / "out/reference-venv/no-wheel"

pytestmark = pytest.mark.needs_reference


@pytest.fixture(scope="module")
def dlib() -> Pack:
    return as_in_face_recognition(Engine(precision="f32"))


@pytest.fixture(scope="module")
def crops(dlib: Pack) -> list[Image]:
    detector = dlib.make_detector(threads=1)
    images = [scene(portrait(person), width=320, height=320) for person in range(4)]
    return [dlib.align(image, detector.detect(image)[0].landmarks) for image in images]


@pytest.fixture(scope="module")
def face_recognition() -> Iterator[ReferenceEmbedder]:
    python = reference_python()
    if python is None and NO_WHEEL.exists():
        pytest.skip(NO_WHEEL.read_text().strip())
    require(python is not None, "face_recognition is not there: `make reference` makes its environment")
    assert python is not None
    with ReferenceEmbedder(python) as embedder:
        yield embedder


def test_it_gives_what_the_network_of_the_dlib_pack_does(
    dlib: Pack, face_recognition: ReferenceEmbedder, crops: list[Image]
):
    ours = dlib.make_embedder(threads=1).embed(crops)
    assert np.abs(face_recognition.embed(crops) - ours).max() < 1e-4
    assert face_recognition.dim == ours.shape[1]


def test_no_crop_gives_no_row(face_recognition: ReferenceEmbedder):
    assert face_recognition.embed([]).shape == (0, 128)


def test_a_python_without_it_is_said_to_lack_it(crops: list[Image], tmp_path: Path):
    pretender = tmp_path / "python"
    pretender.write_text("#!/bin/sh\nexit 1\n")
    pretender.chmod(0o755)
    with ReferenceEmbedder(pretender) as embedder, pytest.raises(ModelError, match="make reference"):
        embedder.embed(crops)


def test_a_python_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ModelError, match="no-such-python"):
        ReferenceEmbedder(tmp_path / "no-such-python")
