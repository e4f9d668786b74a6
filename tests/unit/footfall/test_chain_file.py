"""The file of what the chain's gallery has learnt: wholly there or as it was, and never more than time saved."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from footfall.chain_file import ChainKeeper, chain_opener
from footfall.fail_points import PLACES, VARIABLE
from matcher.chain.gallery import ChainGallery
from matcher.chain.search import ChainSizes
from matcher.gallery import Known

ROOT = Path(__file__).resolve().parents[3]
DIM = 8
SIZES = ChainSizes(exact_up_to=30, tail=3, probed=1_000.0, measured=1_000, room=2_000)


def everybody(count: int = 200) -> Known:
    ids = np.random.default_rng(1).bytes(16 * count)
    embeddings = np.random.default_rng(2).standard_normal((count, DIM)).astype(np.float32)
    return Known(template_ids=np.frombuffer(ids, "V16"), face_ids=np.frombuffer(ids, "V16"), embeddings=embeddings)


def trained() -> ChainGallery:
    gallery = ChainGallery.filled(DIM, [everybody()], sizes=SIZES)
    gallery.settle()
    return gallery


def answers(gallery: ChainGallery) -> list:
    return [candidates[0].face_id for candidates in gallery.search(everybody().embeddings, 1)]


def test_the_next_process_searches_in_the_same_lists(tmp_path: Path):
    gallery, file = trained(), tmp_path / "chain.lists"
    ChainKeeper(file, "m").save(gallery)
    again = chain_opener(file, "m")(DIM, [everybody()])
    assert (again.lists, answers(again)) == (gallery.lists, answers(gallery))


def test_what_is_as_good_as_before_is_not_written_again(tmp_path: Path):
    gallery, file = trained(), tmp_path / "chain.lists"
    keeper = ChainKeeper(file, "m")
    keeper.save(gallery)
    written = file.stat().st_mtime_ns
    keeper.save(gallery)
    assert file.stat().st_mtime_ns == written
    for number in range(20):
        gallery.remove(UUID(bytes=everybody().template_ids[number].tobytes()))
    keeper.save(gallery)
    assert file.stat().st_mtime_ns > written
    file.unlink()  # as an erasure does
    keeper.save(gallery)
    assert file.exists()


@pytest.mark.parametrize(
    ("says", "model_id", "damage", "stays"), [("damaged", "m", 1, False), ("of the model m", "other", 0, True)]
)
def test_a_file_that_cannot_be_used_is_named_and_nobody_is_missing_and_only_a_damaged_one_is_removed(
    says: str, model_id: str, damage: int, stays: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    file = tmp_path / "chain.lists"
    ChainKeeper(file, "m").save(trained())
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= damage
    file.write_bytes(data)
    gallery = chain_opener(file, model_id)(DIM, [everybody()])
    assert (gallery.lists, file.exists(), says in caplog.text) == (0, stays, True)
    assert answers(gallery) == answers(trained())


@pytest.mark.parametrize("place", [place for place in PLACES if place.startswith("snapshot")])
def test_whoever_dies_while_writing_leaves_what_the_next_process_can_use(place: str, tmp_path: Path):
    file = tmp_path / "chain.lists"
    script = (
        "import sys; sys.path[:0] = ['tests/unit/footfall']; from pathlib import Path; import test_chain_file as t\n"
        f"t.ChainKeeper(Path({str(file)!r}), 'm').save(t.trained())"
    )
    died = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env={**os.environ, VARIABLE: place}, check=False)
    assert died.returncode == -signal.SIGKILL
    gallery = chain_opener(file, "m")(DIM, [everybody()])
    assert gallery.lists == (trained().lists if place == "snapshot-renamed" else 0)
    assert answers(gallery) == answers(trained())
