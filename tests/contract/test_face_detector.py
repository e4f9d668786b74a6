"""What every FaceDetector promises (faces/ports.py)."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from faces_scene import portrait, scene

from faces.engines import Engine
from faces.packs import Pack, open_pack
from faces.ports import Detection, FaceDetector


@pytest.fixture(scope="module", params=["dlib", pytest.param("retail", marks=pytest.mark.needs_models)])
def name(request: pytest.FixtureRequest) -> str:
    asked: str = request.param
    return asked


@pytest.fixture(scope="module", params=["openvino", "onnxruntime"])
def pack(name: str, request: pytest.FixtureRequest) -> Pack:
    return open_pack(name, engine=Engine(library=request.param))


@pytest.fixture(scope="module")
def detector(pack: Pack) -> FaceDetector:
    return pack.make_detector(threads=1)


def centre(detection: Detection) -> tuple[float, float]:
    x, y, width, height = detection.box
    return x + width / 2, y + height / 2


def test_each_face_is_found_once_and_where_it_is(detector: FaceDetector):
    found = detector.detect(scene(portrait(1), portrait(2)))
    assert sorted(round(centre(face)[0] / 320 - 0.5) for face in found) == [0, 1]
    assert all(abs(centre(face)[1] - 180) < 40 for face in found)


def test_detections_are_well_formed_and_best_first(detector: FaceDetector):
    found = detector.detect(scene(portrait(3), portrait(4)))
    assert [face.score for face in found] == sorted((face.score for face in found), reverse=True)
    for face in found:
        x, y, width, height = face.box
        assert 0 <= face.score <= 1
        assert x >= 0
        assert y >= 0
        assert x + width <= 640
        assert y + height <= 360
        assert face.landmarks.shape == (5, 2)
        assert face.landmarks.dtype == np.float32
        assert np.linalg.norm(face.landmarks - centre(face), axis=1).max() < width


def test_a_face_cut_by_the_edge_has_its_box_inside_the_image(detector: FaceDetector):
    whole = scene(portrait(1))
    for face in detector.detect(np.ascontiguousarray(whole[:, 260:])):
        x, y, width, height = face.box
        assert x >= 0
        assert width > 0
        assert x + width <= 380
        assert y + height <= 360


def test_an_empty_scene_holds_no_face(detector: FaceDetector):
    assert detector.detect(np.full((360, 640, 3), 127, dtype=np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (7, 9), (33, 65), (121, 119), (720, 1280)])
def test_any_size_of_image_is_taken(detector: FaceDetector, shape: tuple[int, int]):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert isinstance(detector.detect(noise), list)


def test_a_view_into_a_larger_image_is_taken(detector: FaceDetector):
    image = scene(portrait(1))
    doubled = np.repeat(image, 2, axis=1)[:, ::2]
    assert not doubled.flags.c_contiguous
    assert [face.box for face in detector.detect(doubled)] == [face.box for face in detector.detect(image)]


def test_a_smaller_face_is_found_when_asked_for(pack: Pack):
    small = pack.default_min_face_px * 0.6
    image = scene(portrait(1), side_px=round(small * 2))
    found = pack.make_detector(min_face_px=small, threads=1).detect(image)
    assert len(found) == 1
    assert abs(centre(found[0])[0] - 320) < small


def test_several_threads_see_what_one_sees(detector: FaceDetector):
    images = [scene(portrait(person), side_px=side) for person in (1, 2) for side in (200, 300)]
    alone = [[face.box for face in detector.detect(image)] for image in images]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda image: [face.box for face in detector.detect(image)], images))
    assert together == alone


def test_the_detector_bears_the_id_its_pack_names(pack: Pack, detector: FaceDetector):
    assert detector.detector_id == pack.detector_id


def test_landmarks_follow_a_face_that_turns_in_the_plane(pack: Pack, detector: FaceDetector):
    turned_by_12 = cv2.warpAffine(scene(portrait(1)), cv2.getRotationMatrix2D((320, 180), -12, 1), (640, 360))
    (upright,), (tilted,) = (detector.detect(np.asarray(image)) for image in (scene(portrait(1)), turned_by_12))
    before, after = (pack.landmark_scheme.pose(face.landmarks).roll_deg for face in (upright, tilted))
    assert 6 < after - before < 18
