"""How well the packs tell real people apart: the bars that were set for them."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from evaluation.comparisons import compare
from evaluation.embedding_cache import cache_of
from evaluation.embedding_set import EmbeddingSet, embed_pictures
from evaluation.error_rates import error_rates
from evaluation.minting import Minting, mint
from evaluation.open_set import search_open_set
from evaluation.pictures import find_pictures, read_pairs
from evaluation.verification import pairs_accuracy
from evaluation.visits import deals, numbered
from faces.packs import open_pack
from matcher.policy import Policy
from matcher.recognition import Recogniser

pytestmark = [pytest.mark.needs_data, pytest.mark.needs_models]

LFW, CASIA = "lfw_deepfunneled/images", "casia_facev5_40/images"
Faces = Callable[[str, str], EmbeddingSet]


@pytest.fixture(scope="module")
def faces(data_dir: Path) -> Faces:
    """The faces of a folder as a pack sees them."""

    @cache
    def seen(pack_name: str, folder: str) -> EmbeddingSet:
        pack, place = open_pack(pack_name), data_dir / folder
        return embed_pictures(find_pictures(place), pack, cache_of(place, pack))

    return seen


def usable(faces: EmbeddingSet):
    passed = faces.passed
    _, person_of = numbered(faces.people[passed])
    return faces.embeddings[passed], faces.qualities[passed], person_of


def fnmr(faces: EmbeddingSet, shots: int, fmr: float) -> float:
    found = error_rates(compare(deals(*usable(faces), shots=shots, seed=0)))[fmr]
    assert found is not None
    return found.fnmr.value


def minted(faces: EmbeddingSet, pack: str) -> Minting:
    found = mint(*usable(faces), Recogniser(calibration=open_pack(pack).calibration, policy=Policy()))
    assert found is not None
    return found


@pytest.mark.parametrize(("pack", "least"), [("retail", 0.993), ("dlib", 0.990)])
def test_pairs_of_lfw_are_answered_rightly(faces: Faces, data_dir: Path, pack: str, least: float):
    place = data_dir / LFW
    pairs = read_pairs(data_dir / "lfw_pairs_dev.csv", place, find_pictures(place))

    seen = faces(pack, LFW)
    assert pairs_accuracy(seen.names.tolist(), seen.embeddings, pairs).value >= least


def test_single_shots_of_casia_are_rarely_missed(faces: Faces):
    assert fnmr(faces("retail", CASIA), shots=1, fmr=1e-3) <= 0.015


def test_two_shots_of_casia_fused_are_never_missed(faces: Faces):
    assert fnmr(faces("retail", CASIA), shots=2, fmr=1e-3) == 0.0


def test_the_gates_let_the_pictures_of_casia_pass(faces: Faces):
    assert faces("retail", CASIA).passed.mean() >= 0.95


def test_visitors_of_lfw_are_counted_rightly(faces: Faces):
    minting = minted(faces("retail", LFW), "retail")

    assert minting.people > 140
    assert abs(minting.uv_error) <= 0.02
    assert minting.pair_precision >= 0.99
    assert minting.pair_recall >= 0.97


@pytest.mark.parametrize("pack", ["retail", "dlib"])
def test_a_larger_gallery_brings_no_more_false_matches(faces: Faces, pack: str):
    recogniser = Recogniser(calibration=open_pack(pack).calibration, policy=Policy())
    found = search_open_set(*usable(faces(pack, LFW)), recogniser)

    assert found is not None
    assert [size.size for size in found.sizes] == [100, 1_000, 10_000]
    for size in found.sizes:
        assert size.fpir is not None
        assert size.fpir.value <= 0.01
        assert size.fpir_foretold is not None  # from the real pairs alone
        assert size.fpir_foretold <= 0.01
