"""The proof that the dlib pack is face_recognition: the same embeddings from the same chip and the same picture."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from services import require

from faces.dlib_detector import SMALLEST_FACE_PX, DlibDetector
from faces.dlib_models import dlib_detector_model, dlib_landmarks
from faces.engines import Engine
from faces.packs import Pack
from faces.ports import Detection
from faces.reference import as_in_face_recognition

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("FOOTFALL_REFERENCE_PYTHON", ROOT / "out/reference-venv/bin/python"))
NO_WHEEL = ROOT / "out/reference-venv/no-wheel"
PICTURES_OF_A_SET = 12

pytestmark = pytest.mark.needs_reference


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """What face_recognition found: a row of each array for each face."""

    pictures: list[Path]
    picture: np.ndarray
    box: np.ndarray
    encoding: np.ndarray
    chip: np.ndarray
    chip_encoding: np.ndarray


@pytest.fixture(scope="module")
def dlib() -> Pack:
    return as_in_face_recognition(Engine(precision="f32"))


@pytest.fixture(scope="module")
def reference(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    if not PYTHON.exists() and NO_WHEEL.exists():
        pytest.skip(NO_WHEEL.read_text().strip())
    require(PYTHON.exists(), f"{PYTHON} is not there: `make reference` makes it, or set FOOTFALL_REFERENCE_PYTHON")
    pictures = chosen_pictures(data_dir)
    out = tmp_path_factory.mktemp("reference") / "face_recognition.npz"
    script = Path(__file__).with_name("face_recognition_vectors.py")
    subprocess.run([PYTHON, script, out, *pictures], check=True, timeout=300)
    with np.load(out) as found:
        return Reference(
            pictures=pictures,
            picture=found["picture"],
            box=found["box"],
            encoding=found["encoding"],
            chip=found["chip"],
            chip_encoding=found["chip_encoding"],
        )


def as_dlib_looks(dlib: Pack) -> DlibDetector:
    """The pack's detector over every size that dlib looks at, none enlarged, laid out as dlib does."""
    network = dlib.engine.load(dlib_detector_model(dlib.places["mmod_human_face_detector.dat"]), name="the detector")
    landmarks = dlib_landmarks(dlib.places["shape_predictor_5_face_landmarks.dat"])
    return DlibDetector(network, landmarks, min_face_px=SMALLEST_FACE_PX, as_dlib=True)


def chosen_pictures(data_dir: Path) -> list[Path]:
    """A dozen pictures spread evenly over each set; every one is decoded the same way by both sides."""
    chosen = []
    for pattern in ("lfw_deepfunneled/images/*/*.jpg", "casia_facev5_40/images/*/*.png"):
        pictures = sorted(data_dir.glob(pattern))
        chosen += pictures[:: max(1, len(pictures) // PICTURES_OF_A_SET)][:PICTURES_OF_A_SET]
    return chosen


@pytest.mark.needs_data
def test_the_same_chip_gives_the_embedding_of_face_recognition(dlib: Pack, reference: Reference):
    ours = dlib.make_embedder().embed(list(reference.chip))
    assert len(ours) >= PICTURES_OF_A_SET
    assert np.abs(ours - reference.chip_encoding).max() < 1e-4


@pytest.mark.needs_data
def test_the_same_picture_gives_the_embedding_of_face_recognition(dlib: Pack, reference: Reference):
    detector, embedder = as_dlib_looks(dlib), dlib.make_embedder()
    apart = []
    for index, path in enumerate(reference.pictures):
        image = cv2.imread(str(path))
        found = detector.detect(image)
        for row in np.flatnonzero(reference.picture == index):
            face = min(found, key=lambda detection: off(detection, reference.box[row]))
            (ours,) = embedder.embed([dlib.align(image, face.landmarks)])
            apart.append(float(np.linalg.norm(ours - reference.encoding[row])))
    assert len(apart) >= PICTURES_OF_A_SET
    assert max(apart) < 0.06


@pytest.mark.needs_data
def test_the_same_picture_gives_the_faces_of_face_recognition(dlib: Pack, reference: Reference):
    detector = as_dlib_looks(dlib)
    exact = 0
    for index, path in enumerate(reference.pictures):
        found = detector.detect(cv2.imread(str(path)))
        theirs = reference.box[reference.picture == index]
        assert len(found) == len(theirs)
        exact += sum(min(off(detection, box) for detection in found) <= 1 for box in theirs)
    # Where two windows score within 0.0005 of one another, the rounding of a pixel decides between them.
    assert exact >= 0.9 * len(reference.box)


def off(detection: Detection, box: np.ndarray) -> float:
    return float(np.abs(np.array(corners(detection)) - box).max())


def corners(detection: Detection) -> tuple[float, float, float, float]:
    left, top, width, height = detection.box
    return left, top, left + width - 1, top + height - 1
