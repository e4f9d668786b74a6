"""Whatever is wrong with what the command is given: a sentence, a named exit code, and nothing stored is lost."""

import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import av
import pytest
from footfall_process import Ended, footfall
from services import RtspServer, free_port, require_rtsp_server, wait_until
from simulated_day import FAST, STORE, Counted, Day, report_of

from footfall.exit_codes import ExitCode

SECRET = "s3cret-word"


@pytest.fixture
def data_dir(counted: Counted, tmp_path: Path) -> Path:
    """A data directory in which a day is recorded already."""
    return Path(shutil.copytree(counted.data_dir, tmp_path / "data"))


def run(data_dir: Path, *arguments: object, **settings: object) -> Ended:
    return footfall("run", "--once", "--json", "--store", STORE, "--data-dir", data_dir, *arguments, **FAST | settings)


def assert_refused(ended: Ended, code: ExitCode, *parts: str) -> None:
    """It ended with this code and a sentence in which all of this is said, and printed nothing for programs."""
    assert (ended.code, ended.out) == (code, ""), ended.err
    assert "Traceback" not in ended.err
    for part in parts:
        assert part in ended.sentence, ended.sentence


@contextmanager
def mounted(place: Path, options: str) -> Iterator[Path]:
    """A small disk of its own, in memory; needs the rights to mount."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "footfall-test", str(place)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def half(path: Path) -> bytes:
    content = path.read_bytes()
    return content[: len(content) // 2]


def index_first(film: Path, path: Path) -> Path:
    """The same pictures in an MP4 that says at its beginning what is in it."""
    with av.open(str(film)) as source, av.open(str(path), "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return path


def test_a_file_that_is_no_video_is_named(counted: Counted, data_dir: Path, tmp_path: Path) -> None:
    not_a_video = "this is not a video that can be decoded"
    for name, content, said in (
        ("gone.mp4", None, "there is no such file; check the path"),
        ("empty.mp4", b"", "the file is empty; copy or record it again"),
        ("letter.mp4", b"Dear Sir or Madam,\n", "this is not a video but text; give a video file"),
        ("noise.mp4", bytes(range(256)) * 200, not_a_video),
        ("without-index.mp4", half(counted.day.films["door"]), f"{not_a_video}; if it is an MP4 that was being"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        ended = run(data_dir, "--camera", f"door={tmp_path / name}")
        assert_refused(ended, ExitCode.BAD_INPUT, f"{tmp_path / name}: {said}")
    assert report_of(data_dir) == counted.report


def test_of_a_video_that_breaks_off_what_is_there_is_counted_and_the_rest_is_a_gap(
    counted: Counted, tmp_path: Path
) -> None:
    broken_off = tmp_path / "broken-off.mp4"
    broken_off.write_bytes(half(index_first(counted.day.films["door"], tmp_path / "whole.mp4")))
    ended = replace(counted.day, films={"door": broken_off}).count(tmp_path / "data")
    report = ended.json
    assert 0 < report["pv"] < counted.report["pv"]
    assert report["visits"] == counted.report["visits"][: report["pv"]]
    assert 0.0 < report["completeness"] < 1.0
    assert f"{broken_off}: the video is cut short" in ended.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ["--camera", f"door=ftp://anna:{SECRET}@192.0.2.7/door"],
            ExitCode.BAD_CONFIG,
            "ftp:// is not a kind of camera",
        ),
        (["--camera", "film.mp4"], ExitCode.BAD_INPUT, "--camera takes NAME=URL or NAME=FILE"),
        (["--camera", "door=film.mp4", "--start", "yesterday"], ExitCode.BAD_INPUT, "--start yesterday is not a time"),
        (["--camera", f"door=rtsp://anna:{SECRET}@192.0.2.7/door"], ExitCode.BAD_CONFIG, "leave out --once"),
        (["--camera", "a=film.mp4", "--camera", "a=film.mp4"], ExitCode.BAD_CONFIG, "give each a name of its own"),
        ([], ExitCode.BAD_INPUT, "there is nothing to watch: name a video file with --camera NAME=FILE"),
        (["--camera", "door=film.mp4", "--pack", "nose"], ExitCode.MODEL, "choose one of dlib, opencv, retail"),
    ],
)
def test_an_argument_that_cannot_be_meant_is_named(
    arguments: list[str], code: ExitCode, said: str, data_dir: Path
) -> None:
    ended = run(data_dir, *arguments)
    assert_refused(ended, code, said)
    assert SECRET not in ended.err


def test_a_wrong_password_is_a_sentence_and_stands_nowhere(day: Day, tmp_path: Path) -> None:
    require_rtsp_server()
    wrong = "wr0ng-word"
    with RtspServer(day.films["door"], user="anna", password=SECRET) as server:
        url = server.url.replace(SECRET, wrong)
        ended = footfall("run", "--camera", f"door={url}", "--data-dir", tmp_path, "--port", free_port())
    assert_refused(ended, ExitCode.CAMERA, "the camera refuses the user or the password; correct the address")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for word in (wrong, SECRET):
        assert word not in ended.err
        assert word.encode() not in kept


def test_an_unknown_setting_is_named_with_the_nearest(data_dir: Path, tmp_path: Path) -> None:
    settings = tmp_path / "footfall.toml"
    settings.write_text('[store]\nzon = "Europe/Berlin"\n')
    ended = run(data_dir, "--config", settings)
    assert_refused(ended, ExitCode.BAD_CONFIG, str(settings), "store.zon: there is no such setting", "store.zone?")
    ended = run(data_dir, FOOTFALL_STORE_ZON="Europe/Berlin")
    assert_refused(
        ended, ExitCode.BAD_CONFIG, "variable FOOTFALL_STORE_ZON: there is no", "did you mean FOOTFALL_STORE_ZONE?"
    )


def test_an_unknown_store_is_answered_with_those_that_are_known(data_dir: Path) -> None:
    ended = footfall("report", "--json", "--store", "elsewhere", "--data-dir", data_dir)
    assert_refused(ended, ExitCode.BAD_INPUT, "store elsewhere", f"stores with records: {STORE}")


def test_a_data_directory_that_cannot_be_one_is_named(day: Day, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = day.count(tmp_path / "file")
    assert_refused(ended, ExitCode.STORAGE, str(tmp_path / "file"), "give another with --data-dir")


def test_a_data_directory_that_cannot_be_written_is_named(day: Day, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=4m,ro") as disk:
        ended = day.count(disk / "data")
    assert_refused(ended, ExitCode.STORAGE, str(disk / "data"), "cannot be written", "give another with --data-dir")


def test_a_disk_that_is_full_ends_a_run_with_a_sentence_and_loses_nothing(counted: Counted, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=2m") as disk:
        ended = counted.day.count(disk / "data")
        assert_refused(ended, ExitCode.STORAGE, str(disk / "data"), "the disk is full", "start again")
        before = report_of(disk / "data")
        assert 0 < before["pv"] < counted.report["pv"]
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        after = counted.day.count(disk / "data").json
    assert before["visits"] == after["visits"][: before["pv"]]
    assert after == counted.report


def test_a_damaged_record_is_put_aside_and_the_others_are_counted(counted: Counted, data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "log.sqlite")) as log:
        ((damaged, value),) = log.execute(
            "SELECT records.id, value FROM records JOIN partitions ON partitions.id = partition_id "
            "WHERE topic = 'crops' ORDER BY records.id LIMIT 1"
        )
        broken = value[:500] + bytes(64) + value[564:]
        log.execute("UPDATE records SET value = ? WHERE id = ?", (broken, damaged))
        log.execute("DELETE FROM commits")  # everything is to be handled again
        log.commit()
    ended = counted.day.count(data_dir)
    assert ended.json == counted.report
    assert "dead-lettered crops/" in ended.err
    assert "damaged on disk" in ended.err
    with closing(sqlite3.connect(data_dir / "log.sqlite")) as log:
        dead = log.execute(
            "SELECT value, headers FROM records JOIN partitions ON partitions.id = partition_id "
            "WHERE topic = 'dead-letters'"
        ).fetchall()
    ((kept, headers),) = dead
    assert kept == broken
    assert "damaged on disk" in headers


def test_a_log_that_is_no_database_is_left_as_it_is(counted: Counted, data_dir: Path) -> None:
    text = b"This is a letter that somebody saved in the wrong place.\n" * 20
    (data_dir / "log.sqlite").write_bytes(text)
    assert_refused(counted.day.count(data_dir), ExitCode.STORAGE, str(data_dir / "log.sqlite"), "move it away")
    assert (data_dir / "log.sqlite").read_bytes() == text
    assert report_of(data_dir) == counted.report


def test_a_damaged_model_in_the_cache_is_made_again(tmp_path: Path) -> None:
    settings = {"FOOTFALL_CACHE": tmp_path, "FOOTFALL_MODELS": tmp_path / "none"}
    made = footfall("models", "verify", "--json", **settings)
    assert made.json["packs"] == {"dlib": "whole", "opencv": "not in place", "retail": "not in place"}
    models = {path: path.read_bytes() for path in (tmp_path / "models").glob("dlib-*[xz]")}
    assert {path.name.split(".")[0] for path in models} >= {"dlib-embedder", "dlib-landmarks"}
    for path, content in models.items():
        path.write_bytes(content[:1000] + bytes(byte ^ 0xFF for byte in content[1000:1100]) + content[1100:])
    assert footfall("models", "verify", "--json", **settings).json == made.json
    assert {path: path.read_bytes() for path in models} == models


def test_a_second_run_in_one_data_directory_is_refused(day: Day, tmp_path: Path) -> None:
    with day.begin_to_count(tmp_path) as first:
        assert wait_until(lambda: (tmp_path / "log.sqlite").exists(), within_s=90.0), first.err
        second = day.count(tmp_path)
        assert first.runs, first.err
    assert_refused(second, ExitCode.STORAGE, str(tmp_path), "in use by another footfall", "--data-dir")


@pytest.mark.needs_models
def test_visitors_learnt_by_one_pack_are_not_compared_with_another(counted: Counted, data_dir: Path) -> None:
    ended = counted.day.count(data_dir, "--pack", "dlib")
    assert_refused(ended, ExitCode.MODEL, "retail-0095", "dlib", "--pack")
    assert report_of(data_dir) == counted.report


def test_a_port_in_use_and_an_address_beyond_this_machine_are_refused(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = footfall("run", "--data-dir", data_dir, "--port", port)
    assert_refused(ended, ExitCode.BAD_CONFIG, f"127.0.0.1:{port}", "give another --port")
    ended = footfall("run", "--data-dir", data_dir, "--host", "0.0.0.0")
    assert_refused(ended, ExitCode.BAD_CONFIG, "0.0.0.0", "beyond this machine", "footfall user add")
