"""The file of a matcher's snapshot: wholly there or as it was, and nothing the matcher depends on."""

import logging
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from colour_crops import RED, START, ColourEmbedder, face_crop, new_identifier
from services import wait_until

from faces.errors import ModelError
from footfall.chain_file import ChainKeeper
from footfall.consumer import Consumer
from footfall.exit_codes import ExitCode, exit_code_of
from footfall.fail_points import PLACES, VARIABLE
from footfall.local_log.log import SqliteEventLog
from footfall.publisher import Publisher
from footfall.snapshot_file import open_state, write_atomically
from footfall.snapshot_keeper import SnapshotKeeper
from matcher.numpy_gallery import NumpyGallery
from matcher.state import MatcherState
from schemas.errors import StorageError
from schemas.topics import CROPS

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "matcher.snapshot"


def state_of(file: Path, log: SqliteEventLog, *, model_id: str = "colour-v1", hours_later: int = 0) -> MatcherState:
    return open_state(
        file,
        log,
        group="matchers",
        model_id=model_id,
        dim=ColourEmbedder.dim,
        new_gallery=lambda dim: NumpyGallery(),
        now=START + timedelta(hours=hours_later),
    )


def see(log: SqliteEventLog, state: MatcherState, number: int) -> None:
    """Let somebody come whom nobody knows."""
    publisher = Publisher(log)
    publisher.publish(face_crop(number, [RED] * 3, store=f"store {number}"))
    publisher.flush()
    identifier = new_identifier(state.of)
    with closing(
        Consumer(log=log, topics=[CROPS], group="matchers", handler=identifier, on_assigned=state.assign)
    ) as consumer:
        assert consumer.step(1.0) == 1


def kept(file: Path, log: SqliteEventLog) -> MatcherState:
    """Leave a snapshot of one template."""
    state = state_of(file, log)
    see(log, state, 1)
    with SnapshotKeeper(state, file, now=lambda: START, every_s=180):
        pass
    return state


def test_a_matcher_that_ends_leaves_what_it_knows_for_the_next(file: Path, log: SqliteEventLog):
    kept(file, log)
    again = state_of(file, log)
    assert len(again) == 1
    assert again.follow() == 0, "nothing has to be read again"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_has_not_changed_is_not_written_again(file: Path, log: SqliteEventLog):
    keeper = SnapshotKeeper(kept(file, log), file, now=lambda: START, every_s=180)
    keeper.save()
    file.unlink()
    keeper.save()
    assert not file.exists()


def test_it_is_taken_now_and_then_beside_the_work(file: Path, log: SqliteEventLog):
    state = state_of(file, log)
    with SnapshotKeeper(state, file, now=lambda: START, every_s=0.01):
        see(log, state, 1)
        assert wait_until(lambda: file.exists() and len(state_of(file, log)) == 1, within_s=90)


def test_what_the_chain_has_learnt_is_kept_while_the_next_snapshot_has_to_wait(
    file: Path, log: SqliteEventLog, monkeypatch: pytest.MonkeyPatch
):
    state, snapshots, learnt = kept(file, log), [], []

    def slowly(*_: object) -> None:
        snapshots.append(time.monotonic())
        time.sleep(0.5)  # the next is due in fifty seconds

    monkeypatch.setattr("footfall.snapshot_keeper.write_atomically", slowly)
    monkeypatch.setattr(ChainKeeper, "save", lambda *_: learnt.append(time.monotonic()))
    with SnapshotKeeper(state, file, now=lambda: START, every_s=0.01):
        assert wait_until(lambda: len(learnt) > 5, within_s=30)
        assert len(snapshots) == 1


@pytest.mark.parametrize(
    ("says", "damage"),
    [
        ("damaged", lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:]),
        ("cut short", lambda data: data[: len(data) // 2]),
        ("no snapshot", lambda data: b""),
    ],
)
def test_a_damaged_snapshot_is_named_removed_and_read_anew_from_the_log(
    says: str, damage, file: Path, log: SqliteEventLog, caplog: pytest.LogCaptureFixture
):
    kept(file, log)
    file.write_bytes(damage(file.read_bytes()))
    state = state_of(file, log)
    assert len(state) == 0
    assert not file.exists()
    assert f"{file} is not used and removed" in caplog.text
    assert says in caplog.text
    state.follow()
    assert len(state) == 1


def test_a_snapshot_older_than_the_log_remembers_erasures_is_not_used(
    file: Path, log: SqliteEventLog, caplog: pytest.LogCaptureFixture
):
    kept(file, log)
    assert len(state_of(file, log, hours_later=22)) == 1
    assert len(state_of(file, log, hours_later=24)) == 0
    assert "the log forgets after a day what was erased" in caplog.text


def test_a_snapshot_of_another_model_is_not_used_and_is_there_for_its_own_again(
    file: Path, log: SqliteEventLog, caplog: pytest.LogCaptureFixture
):
    kept(file, log)
    assert len(state_of(file, log, model_id="shape-v2")) == 0
    assert "of the model colour-v1, not of shape-v2" in caplog.text
    assert len(state_of(file, log)) == 1


def test_a_log_learnt_by_another_model_is_a_fault_of_the_pack(file: Path, log: SqliteEventLog):
    kept(file, log)
    with pytest.raises(ModelError, match="learnt by the model colour-v1") as refused:
        state_of(file, log, model_id="shape-v2").follow()
    assert exit_code_of(refused.value) is ExitCode.MODEL


def test_a_folder_that_cannot_be_written_costs_the_snapshot_and_nothing_else(
    tmp_path: Path, log: SqliteEventLog, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING)
    with SnapshotKeeper(
        state_of(tmp_path / "none", log), tmp_path / "nowhere" / "matcher.snapshot", now=lambda: START, every_s=180
    ):
        pass
    assert "no snapshot this time" in caplog.text


def test_a_failure_in_the_middle_leaves_what_was_there(file: Path):
    def pieces():
        yield b"new"
        raise OSError(28, "No space left on device")

    write_atomically(file, [b"old"])
    with pytest.raises(StorageError, match="what it held before is kept"):
        write_atomically(file, pieces())
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert file.read_bytes() == b"old"


@pytest.mark.parametrize("place", [place for place in PLACES if place.startswith("snapshot")])
def test_whoever_dies_while_writing_leaves_the_old_or_the_new(place: str, file: Path):
    write_atomically(file, [b"old", b"old"])
    script = (
        "import sys; from pathlib import Path; from footfall.snapshot_file import write_atomically as write\n"
        "write(Path(sys.argv[1]), [b'new', b'new'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], cwd=ROOT, env={**os.environ, VARIABLE: place}, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert file.read_bytes() == (b"newnew" if place == "snapshot-renamed" else b"oldold")
    write_atomically(file, [b"newest"])
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert file.read_bytes() == b"newest"
