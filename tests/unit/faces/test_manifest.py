"""What a manifest may say, and the sentence for what it may not."""

import numpy as np
import pytest

from faces.errors import ModelError
from faces.packs.catalogue import known_pack, shipped_names
from faces.packs.manifest import Manifest, Networks, parse

WHOLE = """
name = "mine"
licence = "MIT"

[detector]
name = "yunet"

[embedder]
network = "net.onnx"
dimension = 512
metric = "cosine"

[embedder.input]
side_px = 112
channels = "RGB"
mean = 127.5
scale = [127.5, 127.5, 128.0]

[embedder.alignment]
scheme = "arcface"
"""


def manifest(text: str = WHOLE) -> Manifest:
    return parse(Manifest, text, "mine.toml")


def refusal(*, instead_of: str, stands: str) -> str:
    assert instead_of in WHOLE
    with pytest.raises(ModelError) as caught:
        manifest(WHOLE.replace(instead_of, stands))
    return str(caught.value)


def test_a_number_for_all_channels_is_one_for_each():
    expects = manifest().embedder.input.format()
    assert (expects.mean, expects.scale) == ((127.5, 127.5, 127.5), (127.5, 127.5, 128.0))
    assert (expects.layout, expects.channels, expects.side_px) == ("NCHW", "RGB", 112)


def test_an_ir_brings_its_weights_a_folder_what_lies_in_it_and_the_rest_goes_with_each():
    text = WHOLE.replace('"net.onnx"', '["net.onnx", "net.xml", "saved"]') + '[files."net.onnx.data"]\n'
    known = ("saved/saved_model.pb", "saved/variables/variables.index", "other/file")
    files = [manifest(text).files_of(Networks(network), known) for network in ("net.onnx", "net.xml", "saved")]
    assert files == [
        ("net.onnx", "net.onnx.data"),
        ("net.xml", "net.bin", "net.onnx.data"),
        ("saved/saved_model.pb", "saved/variables/variables.index", "net.onnx.data"),
    ]


def test_networks_of_embedder_and_landmarks_may_be_of_two_formats():
    text = WHOLE.replace('"net.onnx"', '["net.onnx", "net.xml"]') + '[landmarks]\nnetwork = ["l.xml"]\nside_px = 48\n'
    assert [manifest(text).files_of(networks, ()) for networks in manifest(text).choices()] == [
        ("net.onnx", "l.xml", "l.bin"),
        ("net.xml", "net.bin", "l.xml", "l.bin"),
    ]


@pytest.mark.parametrize(
    ("instead_of", "stands", "says"),
    [
        ("dimension", "dimensions", "mine.toml: embedder.dimensions: there is no such key; did you mean dimension?"),
        ("licence", "license", "mine.toml: license: there is no such key; did you mean licence?"),
        ("channels", "chanels", "embedder.input.chanels: there is no such key; did you mean channels?"),
        (
            "[embedder]",
            "[landmarks]\nside = 1\n[embedder]",
            "landmarks.side: there is no such key; did you mean side_px?",
        ),
        ("scheme", "zzz", "embedder.alignment.zzz: there is no such key; there are points, scheme"),
        ("dimension = 512", "", "embedder.dimension: is missing: docs/models.md"),
        ('"cosine"', '"manhattan"', "embedder.metric: should be 'l2' or 'cosine'"),
        ('"RGB"', '"GRB"', "embedder.input.channels: should be 'BGR' or 'RGB'"),
        ('"yunet"', '"mtcnn"', "detector.name: should be 'dlib' or 'yunet'"),
        ("mean = 127.5", "mean = [1, 2]", "embedder.input.mean.2: is missing"),
        ("scale = [127.5, 127.5, 128.0]", "scale = 0", "embedder.input: scale divides: it cannot be 0"),
        ('scheme = "arcface"', "", 'embedder.alignment: should hold either scheme = "arcface" (or "dlib") or five'),
        ('scheme = "arcface"', "points = [[0.3, 0.4]]", "embedder.alignment.points"),
        ('scheme = "arcface"', 'scheme = "dlib"', "embedder: dlib's chip is 150 pixels wide"),
        ('"net.onnx"', '"../net.onnx"', "embedder.network.0: should be the path of a file beside the manifest"),
        ('"net.onnx"', '"/net.onnx"', "embedder.network.0: should be the path of a file beside the manifest"),
        ('"net.onnx"', "[]", "embedder.network"),
        ('"mine"', '"../mine"', "name: should be lower-case letters"),
        ('name = "mine"', 'name = "mine', "mine.toml: this is not TOML"),
    ],
)
def test_what_cannot_be_meant_is_said_by_its_key(instead_of: str, stands: str, says: str):
    assert says in refusal(instead_of=instead_of, stands=stands)


def test_everything_that_is_wrong_is_said_at_once():
    said = refusal(instead_of="[detector]", stands="lisence = 1\n[detector]\nmin_scor = 1")
    assert len(said.splitlines()) == 2


def test_every_file_of_a_shipped_pack_is_pinned_and_can_be_had():
    for name in shipped_names():
        pack = known_pack(name)
        networks = list(pack.networks())
        assert all(file.checksum for _, files in networks for file in files)
        if not pack.manifest.package:
            assert any(all(file.url for file in files) for _, files in networks)


def test_no_shipped_pack_is_for_non_commercial_use():
    from faces.packs.licences import require_accepted

    for name in shipped_names():
        pack = known_pack(name)
        for licence in (pack.manifest.licence, pack.detector.licence):
            assert require_accepted(name, licence, unstated=False, non_commercial=False) == ()


def test_arcface_points_are_those_of_its_112_pixels():
    points = 112 * np.array(manifest().embedder.alignment.targets())
    in_the_paper = [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
    assert np.abs(points - in_the_paper).max() < 1e-3
