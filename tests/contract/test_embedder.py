"""What every Embedder promises (faces/ports.py), and what makes one worth having."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import openvino as ov
import pytest
from faces_scene import portrait, scene

from faces.engines import Engine
from faces.packs import Pack, open_pack
from faces.ports import Embedder, Image


@pytest.fixture(scope="module", params=["dlib", pytest.param("retail", marks=pytest.mark.needs_models)])
def name(request: pytest.FixtureRequest) -> str:
    asked: str = request.param
    return asked


@pytest.fixture(scope="module", params=["openvino", "onnxruntime"])
def pack(name: str, request: pytest.FixtureRequest) -> Pack:
    return open_pack(name, engine=Engine(library=request.param))


@pytest.fixture(scope="module")
def embedder(pack: Pack) -> Embedder:
    return pack.make_embedder(threads=1)


@pytest.fixture(scope="module")
def crops(pack: Pack) -> list[Image]:
    """Two looks of each of five people, one after the other."""
    detector = pack.make_detector(threads=1)
    images = [scene(portrait(person, look), width=320, height=320) for person in range(5) for look in range(2)]
    return [pack.align(image, detector.detect(image)[0].landmarks) for image in images]


def test_there_is_a_row_for_each_crop(embedder: Embedder, crops: list[Image]):
    embeddings = embedder.embed(crops)
    assert embeddings.shape == (len(crops), embedder.dim)
    assert embeddings.dtype == np.float32


def test_no_crop_gives_no_row(embedder: Embedder):
    assert embedder.embed([]).shape == (0, embedder.dim)


def test_a_row_does_not_depend_on_the_crops_beside_it(embedder: Embedder, crops: list[Image]):
    alone = np.concatenate([embedder.embed([crop]) for crop in crops])
    assert np.abs(embedder.embed(crops) - alone).max() < 1e-4
    assert np.abs(embedder.embed(crops[::-1])[::-1] - alone).max() < 1e-4


def test_several_threads_get_what_one_gets(embedder: Embedder, crops: list[Image]):
    alone = embedder.embed(crops)
    with ThreadPoolExecutor(4) as threads:
        together = np.concatenate(list(threads.map(lambda crop: embedder.embed([crop]), crops)))
    assert np.abs(together - alone).max() < 1e-4


def test_two_looks_of_one_person_are_nearer_than_two_people(embedder: Embedder, crops: list[Image]):
    embeddings = embedder.embed(crops)
    first, second = embeddings[0::2], embeddings[1::2]
    between = np.linalg.norm(first[:, None] - second[None], axis=2)
    assert (between.argmin(axis=1) == np.arange(len(first))).all()


def test_the_threshold_tells_people_apart(pack: Pack, embedder: Embedder, crops: list[Image]):
    people = embedder.embed(crops[::2])
    between = np.linalg.norm(people[:, None] - people[None], axis=2)[np.triu_indices(len(people), 1)]
    assert between.min() > pack.calibration.threshold_for(1e-3)


def test_the_embedder_bears_the_id_its_pack_names(pack: Pack, embedder: Embedder):
    assert embedder.model_id == pack.model_id


def test_a_mirrored_embedding_is_that_of_a_crop_and_of_its_mirror_image(pack: Pack, crops: list[Image]):
    table = pack.embedder.model_copy(update={"metric": "l2", "mirrored": False})
    once, both = (
        replace(pack, embedder=table.model_copy(update={"mirrored": mirrored})).make_embedder(threads=1)
        for mirrored in (False, True)
    )
    mirrored = [np.ascontiguousarray(crop[:, ::-1]) for crop in crops]
    assert np.allclose(both.embed(crops), (once.embed(crops) + once.embed(mirrored)) / 2, atol=0.01)
    assert np.allclose(both.embed(mirrored), both.embed(crops), atol=0.01)


def test_both_engines_give_the_same_embeddings(name: str, crops: list[Image]):
    reference = open_pack(name, engine=Engine(library="onnxruntime")).make_embedder(threads=1).embed(crops)
    in_floats = open_pack(name, engine=Engine(precision="f32")).make_embedder(threads=1)
    assert np.abs(in_floats.embed(crops) - reference).max() < 1e-4


def test_templates_of_one_number_format_serve_probes_of_another(name: str, embedder: Embedder, crops: list[Image]):
    templates = open_pack(name, engine=Engine(precision="f32")).make_embedder(threads=1).embed(crops)
    among, across = (
        np.linalg.norm(probes[:, None] - templates[None], axis=2) for probes in (templates, embedder.embed(crops))
    )
    others = ~np.eye(len(crops), dtype=bool)
    assert np.abs(across - among)[others].max() < 0.02  # thresholds lie between 0.2 and 1.2


@pytest.mark.needs_models
def test_the_landmark_network_finds_the_same_points_in_half_precision_weights(pack: Pack, tmp_path: Path):
    name = "landmarks-regression-retail-0009.onnx"
    if pack.name != "retail" or pack.engine.library != "openvino":
        pytest.skip("an IR is for OpenVINO, and the other packs have no such network")
    halved = tmp_path / "halved.xml"
    ov.save_model(ov.Core().read_model(pack.places[name]), halved, compress_to_fp16=True)
    squares = np.stack([cv2.resize(portrait(person), (48, 48)) for person in range(5)])
    whole, half = (
        next(iter(pack.engine.load(place, name="landmarks", threads=1).infer(squares).values())).reshape(5, 10)
        for place in (pack.places[name], halved)
    )
    assert np.abs(whole - half).max() < 1e-3
    assert np.std(whole, axis=0).max() > 1e-3  # and not the same points in every face


@pytest.mark.needs_models
def test_half_precision_as_intel_publishes_it_is_all_that_the_retail_embedder_has(
    crops: list[Image], pack: Pack, tmp_path: Path
):
    if pack.name != "retail" or pack.engine.library != "openvino":
        pytest.skip("an IR is for OpenVINO, and the other packs have none")
    halved = tmp_path / "halved.xml"
    ov.save_model(ov.Core().read_model(pack.places[pack.network]), halved, compress_to_fp16=True)
    in_floats = replace(pack, engine=Engine(precision="f32"))
    of_halved = replace(in_floats, network="halved.xml", places={"halved.xml": halved}).make_embedder(threads=1)
    moved = np.linalg.norm(of_halved.embed(crops) - in_floats.make_embedder(threads=1).embed(crops), axis=1)
    assert moved.max() < 1e-5  # so that both files of the pack may bear one model_id
