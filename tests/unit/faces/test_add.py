"""Bringing one's own embedder, in every format."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tiny_network import DIM, FIXTURES, SIDE_PX, expected, ir_files, onnx_file

from faces.engines import ON_CPU, Engine
from faces.errors import ModelError
from faces.own_calibration import own_calibration_file, write_own_calibration
from faces.packs import known_pack, open_as_brought, open_pack, pack_names, pack_of_model
from faces.packs.add import add
from faces.packs.install import Installed, pull
from faces.packs.licences import NON_COMMERCIAL, UNSTATED
from faces.packs.places import folder_of, models_dir, packs_dir
from faces.packs.removal import remove
from faces.packs.sources import Official, source_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CROPS = np.random.default_rng(1).integers(0, 256, (3, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
MANIFEST = """
name = "tiny"
licence = "MIT"

[detector]
name = "yunet"

[embedder]
network = "tiny.onnx"
dimension = 16
metric = "l2"

[embedder.input]
side_px = 32
channels = "RGB"
mean = 127.5
scale = 128

[embedder.alignment]
scheme = "arcface"
"""

pytestmark = pytest.mark.needs_models  # YuNet, with which they are paired


@pytest.fixture(autouse=True)
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A packs folder of its own."""
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path / "cache"))
    yield packs_dir()
    assert not list(packs_dir().glob(".*.partial")), "nothing half-made is left behind"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder with the operator's network; the manifest is written by ``added``."""
    folder = tmp_path / "mine"
    folder.mkdir()
    onnx_file(folder / "tiny.onnx")
    return folder


def added(
    folder: Path,
    text: str = MANIFEST,
    *,
    engine: Engine = ON_CPU,
    unstated: bool = False,
    non_commercial: bool = False,
    source: str | None = None,
) -> Installed:
    (folder / "pack.toml").write_text(text)
    return add(
        folder / "pack.toml",
        source_of(source),
        engine=engine,
        accept_unstated_licence=unstated,
        accept_non_commercial=non_commercial,
        now=lambda: NOON,
        on_file=lambda name, done, total: None,
    )


def refused(folder: Path, says: str, text: str = MANIFEST, **more: bool) -> None:
    with pytest.raises(ModelError, match=says):
        added(folder, text, **more)
    assert "tiny" not in pack_names()
    assert not folder_of("tiny").exists()


@pytest.mark.parametrize("kind", ["onnx", "ir", "tflite", "saved_model"])
def test_an_embedder_of_any_format_answers_the_same(mine: Path, kind: str):
    ir_files(mine / "tiny.xml")
    onnx_file(mine / "tiny.onnx")
    shutil.copy(FIXTURES / "tiny.tflite", mine)
    shutil.copytree(FIXTURES / "tiny_saved_model", mine / "tiny_saved_model")
    network = {"onnx": "tiny.onnx", "ir": "tiny.xml", "tflite": "tiny.tflite", "saved_model": "tiny_saved_model"}[kind]
    layout = 'layout = "NHWC"\n' if kind in ("tflite", "saved_model") else ""
    text = MANIFEST.replace("tiny.onnx", network).replace("side_px = 32\n", f"side_px = 32\n{layout}")
    added(mine, text)
    shutil.rmtree(mine)
    embedder = open_pack("tiny").make_embedder(threads=1)
    assert embedder.dim == DIM
    assert np.abs(embedder.embed(list(CROPS)) - expected(CROPS)).max() < 1e-4


def test_a_cosine_embedder_gives_vectors_of_length_one(mine: Path):
    added(mine, MANIFEST.replace('"l2"', '"cosine"'))
    embeddings = open_pack("tiny").make_embedder(threads=1).embed(list(CROPS))
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1)


def test_a_pack_finds_faces_with_its_shipped_detector_and_crops_as_its_manifest_says(mine: Path):
    added(mine)
    pack = open_pack("tiny")
    assert (pack.detector_id, pack.default_min_face_px, pack.min_score) == ("yunet-n.v1", 40, 0.8)
    points = SIDE_PX * np.array(known_pack("tiny").manifest.embedder.alignment.targets(), dtype=np.float32) + (20, 10)
    image = np.add.outer(np.arange(64), 2 * np.arange(64))[..., None].repeat(3, axis=2).astype(np.uint8)
    crop = pack.align(image, points)
    assert crop.shape == (SIDE_PX, SIDE_PX, 3)
    assert np.abs(crop.astype(int) - image[10 : 10 + SIDE_PX, 20 : 20 + SIDE_PX]).max() <= 1


def test_settings_of_the_detector_can_be_the_packs_own(mine: Path):
    added(mine, MANIFEST.replace('name = "yunet"', 'name = "yunet"\nmin_face_px = 80\nmin_score = 0'))
    assert (open_pack("tiny").default_min_face_px, open_pack("tiny").min_score) == (80, 0)


def test_a_pack_without_a_calibration_opens_and_embeds_but_identifies_nobody(mine: Path):
    added(mine)
    pack = open_pack("tiny")
    assert pack.make_embedder(threads=1).embed(list(CROPS)).any()
    with pytest.raises(ModelError, match="`footfall models calibrate --pack tiny`"):
        _ = pack.calibration


def test_a_calibration_that_cannot_be_read_is_refused(mine: Path):
    refused(mine, "its calibration cannot be read", MANIFEST + '[calibration]\nmeasured_on = "us"\n')


def test_the_model_id_changes_with_the_weights_and_with_what_is_done_to_a_crop(mine: Path):
    ids = set()
    for text in (MANIFEST, MANIFEST.replace("scale = 128", "scale = 127.5")):
        added(mine, text)
        ids.add(open_pack("tiny").model_id)
        remove("tiny")
    with (mine / "tiny.onnx").open("ab") as file:
        file.write(b"\x72\x00")  # an empty documentation string
    added(mine)
    ids.add(open_pack("tiny").model_id)
    assert len(ids) == 3
    assert pack_of_model(open_pack("tiny").model_id) == "tiny"
    assert open_pack("tiny").make_embedder(threads=1).model_id == open_pack("tiny").model_id


def test_a_pack_added_again_keeps_its_model_id(mine: Path):
    added(mine)
    first = open_pack("tiny").model_id
    remove("tiny")
    added(mine)
    assert open_pack("tiny").model_id == first


@pytest.mark.parametrize("licence", ['licence = ""', "", 'licence = "unknown"', 'licence = "n/a"'])
def test_a_pack_without_a_stated_licence_is_refused_unless_that_is_accepted(mine: Path, licence: str):
    text = MANIFEST.replace('licence = "MIT"', licence)
    refused(mine, "states no licence.*--accept-unstated-licence", text)
    refused(mine, "states no licence", text, non_commercial=True)
    added(mine, text, unstated=True)
    record = known_pack("tiny").record
    assert record is not None
    assert record.accepted == (UNSTATED,)


@pytest.mark.parametrize(
    "licence",
    [
        "non-commercial",
        "Non Commercial research",
        "CC-BY-NC-4.0",
        "CC BY-NC-SA 4.0",
        "for research purposes",
        "academic",
    ],
)
def test_a_pack_that_trade_may_not_use_is_refused_unless_that_is_accepted(mine: Path, licence: str):
    text = MANIFEST.replace("MIT", licence)
    refused(mine, "--accept-non-commercial", text)
    refused(mine, "--accept-non-commercial", text, unstated=True)
    added(mine, text, non_commercial=True)
    record = known_pack("tiny").record
    assert record is not None
    assert record.accepted == (NON_COMMERCIAL,)


@pytest.mark.parametrize("licence", ["MIT", "Apache-2.0", "BSD-3-Clause", "CC0-1.0", "NCSA", "commercial, bought"])
def test_a_licence_that_allows_trade_needs_no_acceptance(mine: Path, licence: str):
    assert added(mine, MANIFEST.replace("MIT", licence)).licence.startswith(licence)
    remove("tiny")


def test_the_licence_of_the_detector_stands_beside_that_of_the_embedder(mine: Path):
    assert added(mine).licence == "MIT; detector yunet: Apache-2.0"


@pytest.mark.parametrize(
    ("instead_of", "stands", "says"),
    [
        ("tiny.onnx", "other.onnx", r"other\.onnx is not there"),
        ("tiny.onnx", "a_folder", r"a_folder is not there"),
        ("tiny.onnx", "tiny.xml", r"tiny\.xml is not there"),
        ("dimension = 16", "dimension = 17", r"answers 16 numbers for a crop.*dimension = 17"),
        ("side_px = 32", "side_px = 112", r"takes pictures of 32 x 32 pixels"),
        ('channels = "RGB"', 'layout = "NHWC"', r"takes pictures of 3 x 32 pixels in the layout NHWC"),
        ('metric = "l2"', 'metric = "l2"\noutput = "features"', r"which output is the embedding\?.*embedding"),
        ('name = "yunet"', 'name = "dlib"', r"its alignment takes landmarks of the order five_point and its detector"),
        ('name = "tiny"', 'name = "retail"', r"the name retail is that of a shipped pack"),
    ],
)
def test_what_would_not_work_is_not_installed(mine: Path, instead_of: str, stands: str, says: str):
    refused(mine, says, MANIFEST.replace(instead_of, stands))


def test_a_file_that_has_not_the_checksum_its_manifest_states_is_refused(mine: Path):
    refused(mine, "has not the checksum", MANIFEST + f'[files."tiny.onnx"]\nsha256 = "{"0" * 64}"\n')


def test_a_network_that_is_cut_short_is_refused_by_its_name(mine: Path):
    whole = (mine / "tiny.onnx").read_bytes()
    (mine / "tiny.onnx").write_bytes(whole[: len(whole) // 2])
    refused(mine, r"embedder of pack tiny: tiny\.onnx cannot be read as a network: it may be cut short")


def test_an_empty_folder_is_no_network(mine: Path):
    (mine / "empty").mkdir()
    refused(mine, "empty holds no file", MANIFEST.replace("tiny.onnx", "empty"))


def test_a_model_id_of_another_packs_is_refused_unless_the_network_is_the_same(mine: Path):
    text = MANIFEST.replace("dimension", 'model_id = "one"\ndimension')
    added(mine, text.replace('"tiny"', '"first"'))
    added(mine, text.replace('"tiny"', '"second"'))
    with (mine / "tiny.onnx").open("ab") as file:
        file.write(b"\x72\x00")  # an empty documentation string
    refused(mine, "its model_id one is that of pack first", text)


def test_a_pack_goes_with_its_own_calibration_and_another_takes_its_name(mine: Path):
    added(mine)
    place = own_calibration_file("tiny")
    write_own_calibration(place, '[calibration]\nmodel_id = "the first"\n')
    assert remove("tiny").calibration == place
    added(mine, MANIFEST.replace("scale = 128", "scale = 127.5"))
    assert open_pack("tiny").measured is None


def test_a_pack_with_a_damaged_calibration_is_opened_to_be_calibrated_anew(mine: Path):
    added(mine)
    write_own_calibration(own_calibration_file("tiny"), "nonsense")
    with pytest.raises(ModelError, match="is no calibration of pack tiny"):
        open_pack("tiny")
    assert open_as_brought("tiny").make_embedder(threads=1).embed(list(CROPS)).any()


def test_a_manifest_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(ModelError, match="cannot be read"):
        add(
            tmp_path / "none.toml",
            Official(),
            engine=ON_CPU,
            accept_unstated_licence=False,
            accept_non_commercial=False,
            now=lambda: NOON,
            on_file=lambda name, done, total: None,
        )


def test_a_pack_is_not_replaced_unasked(mine: Path):
    added(mine)
    with pytest.raises(ModelError, match="`footfall models remove tiny`"):
        added(mine)
    assert open_pack("tiny").name == "tiny"


def test_a_file_that_changes_after_it_was_added_is_refused(mine: Path):
    added(mine)
    (folder_of("tiny") / "tiny.onnx").write_bytes(b"something else")
    with pytest.raises(ModelError, match="wrong checksum"):
        open_pack("tiny")


def test_a_pack_that_was_added_is_not_pulled(mine: Path):
    added(mine)
    with pytest.raises(ModelError, match="no address to pull it from"):
        pull("tiny", Official(), now=lambda: NOON, on_file=lambda name, done, total: None)


def test_the_detector_is_taken_from_where_it_can_be_had(mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stick = models_dir()
    monkeypatch.setenv("FOOTFALL_MODELS", str(tmp_path / "none"))
    with pytest.raises(ModelError, match="no such folder"):
        added(mine, source=str(tmp_path / "none"))
    added(mine, source=str(stick))
    assert (folder_of("tiny") / "yunet_n.onnx").read_bytes() == (stick / "yunet_n.onnx").read_bytes()
    assert open_pack("tiny").make_detector(threads=1).detect(np.zeros((64, 64, 3), np.uint8)) == []


def test_the_other_engine_runs_onnx_and_says_so_of_anything_else(mine: Path):
    onnxruntime = Engine(library="onnxruntime")
    added(mine, engine=onnxruntime)
    embedder = open_pack("tiny", engine=onnxruntime).make_embedder(threads=1)
    assert np.abs(embedder.embed(list(CROPS)) - expected(CROPS)).max() < 1e-4
    remove("tiny")
    ir_files(mine / "tiny.xml")
    added(mine, MANIFEST.replace("tiny.onnx", "tiny.xml"))
    with pytest.raises(ModelError, match=r'onnxruntime reads ONNX alone.*inference\.engine = "openvino"'):
        open_pack("tiny", engine=onnxruntime)
    remove("tiny")
    onnx_file(mine / "tiny.onnx")
    added(mine, MANIFEST.replace('"tiny.onnx"', '["tiny.xml", "tiny.onnx"]'))
    assert open_pack("tiny").network == "tiny.xml"
    assert open_pack("tiny", engine=onnxruntime).network == "tiny.onnx"
