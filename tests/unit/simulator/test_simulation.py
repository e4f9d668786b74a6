import hashlib
import json
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from schemas.errors import InputError, StorageError
from simulator.simulation import Simulation, simulate
from simulator.truth import load_truth


def asked(**changes):
    values = {"people": 2, "visits": 3, "minutes": 40.0, "seed": 4} | changes
    return Simulation(**values)


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def frames_at(path, times_ms):
    wanted, found = set(times_ms), {}
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    while len(found) < len(wanted) and capture.grab():
        at_ms = round(capture.get(cv2.CAP_PROP_POS_MSEC))
        if at_ms in wanted:
            found[at_ms] = capture.retrieve()[1]
    capture.release()
    return found


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulated")
    reported = []
    truth = simulate(asked(posters=1, passers_by=1), out, progress=reported.append)
    return out, truth, reported


def test_the_truth_on_disk_is_the_truth_returned(simulated):
    out, truth, _ = simulated
    assert load_truth(out / "truth.json") == truth
    assert (truth.pv, truth.uv) == (3, 2)
    written = json.loads((out / "truth.json").read_text())
    assert (written["pv"], written["uv"], len(written["visits"])) == (3, 2, 3)


def test_progress_grows_to_the_end(simulated):
    _, _, reported = simulated
    assert reported == sorted(reported)
    assert reported[-1] == 1


def test_the_film_lasts_as_long_as_the_day_and_is_at_rest_most_of_it(simulated):
    out, truth, _ = simulated
    capture = cv2.VideoCapture(str(out / "door.mp4"), cv2.CAP_FFMPEG)
    times_ms = []
    while capture.grab():
        times_ms.append(round(capture.get(cv2.CAP_PROP_POS_MSEC)))
    capture.release()
    assert (times_ms[0], times_ms[-1]) == (0, 40 * 60_000)
    assert max(np.diff(times_ms)) == 60_000
    seen_ms = [round(box.at_s * 1000) for passage in truth.passages for box in passage.boxes]
    assert set(seen_ms) <= set(times_ms)
    assert truth.cameras[0].starts_at == datetime(2026, 1, 5, 8, tzinfo=UTC)


def test_a_steady_film_shows_the_same_and_never_rests(tmp_path):
    resting, steady = (
        simulate(asked(minutes=2, visits=2, steady=steady), tmp_path / str(steady), progress=lambda _: None)
        for steady in (False, True)
    )
    assert steady.passages == resting.passages
    capture = cv2.VideoCapture(str(tmp_path / "True" / "door.mp4"), cv2.CAP_FFMPEG)
    times_ms = []
    while capture.grab():
        times_ms.append(round(capture.get(cv2.CAP_PROP_POS_MSEC)))
    capture.release()
    assert times_ms == list(range(0, 2 * 60_000 + 1, 125))


def test_something_is_where_the_truth_says_a_face_is_and_nothing_when_nobody_is_there(simulated):
    out, truth, _ = simulated
    moments = {}
    for passage in truth.passages:
        largest = max((box for box in passage.boxes if box.box[0] > 0), key=lambda box: box.box[2])
        moments[round(largest.at_s * 1000)] = largest.box
    frames = frames_at(out / "door.mp4", [0, 40 * 60_000, *moments])
    empty = frames.pop(0).astype(int)
    assert np.abs(frames.pop(40 * 60_000) - empty).mean() < 2
    for at_ms, (x, y, width, height) in moments.items():
        face = slice(max(int(y), 0), int(y + height)), slice(max(int(x), 0), int(x + width))
        assert np.abs(frames[at_ms][face] - empty[face]).mean() > 15


def test_the_same_seed_gives_the_same_files_and_another_seed_others(tmp_path):
    for name, seed in (("one", 4), ("same", 4), ("other", 5)):
        simulate(asked(people=1, visits=1, minutes=5.0, seed=seed), tmp_path / name, progress=lambda share: None)
    assert digests(tmp_path / "one") == digests(tmp_path / "same")
    assert digests(tmp_path / "one")["door.mp4"] != digests(tmp_path / "other")["door.mp4"]


def test_every_camera_has_a_film_of_its_own_size(tmp_path):
    truth = simulate(
        asked(people=1, visits=1, minutes=2.0, cameras=2, height_px=1080), tmp_path, progress=lambda share: None
    )
    assert [camera.file for camera in truth.cameras] == ["door.mp4", "door2.mp4"]
    assert {passage.camera for passage in truth.passages} <= {"door", "door2"}
    assert frames_at(tmp_path / "door2.mp4", [0])[0].shape == (1080, 1920, 3)


def test_a_number_that_makes_no_sense_is_named():
    with pytest.raises(InputError, match="posters 9 is outside 0 to 6"):
        asked(posters=9)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file/out: cannot be made"):
        simulate(asked(), tmp_path / "file" / "out", progress=lambda share: None)
