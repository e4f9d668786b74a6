import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clips import even_times_s, number_of, numbered, write_clip

from ingest.file_source import FileSource
from ingest.frames import Frame, Gap, SourceState
from ingest.sources import open_source
from schemas.errors import InputError

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def frames_and_gaps(source: FileSource) -> tuple[list[Frame], list[Gap]]:
    items = list(source)
    return [item for item in items if isinstance(item, Frame)], [item for item in items if isinstance(item, Gap)]


def seconds(frames: list[Frame]) -> list[float]:
    return [round((frame.captured_at - START).total_seconds(), 3) for frame in frames]


@pytest.mark.parametrize("name", ["steady.mp4", "steady.mkv"])
def test_the_frames_that_are_due_are_given_at_the_time_of_the_files_own_clock(tmp_path: Path, name: str) -> None:
    path = write_clip(tmp_path / name, even_times_s(51))
    frames, gaps = frames_and_gaps(FileSource(path, start=START, frames_per_s=5))
    assert [number_of(frame.image) for frame in frames] == [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50]
    assert seconds(frames) == [0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0]
    assert gaps == []


@pytest.mark.parametrize("name", ["sparse.mp4", "sparse.mkv"])
def test_a_varying_frame_rate_keeps_its_long_jumps(tmp_path: Path, name: str) -> None:
    times_s = [0, 0.04, 0.08, 0.12, 10.12, 20.12, 20.16, 20.2, 50]
    frames, gaps = frames_and_gaps(FileSource(write_clip(tmp_path / name, times_s), start=START, frames_per_s=100))
    assert [number_of(frame.image) for frame in frames] == list(range(9))
    assert seconds(frames) == times_s
    assert gaps == []


def test_a_rate_above_the_files_own_gives_every_frame_once(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "slow.mp4", even_times_s(10, frames_per_s=4))
    frames, _ = frames_and_gaps(FileSource(path, start=START, frames_per_s=30))
    assert [number_of(frame.image) for frame in frames] == list(range(10))


def test_thirty_frames_a_second_rounded_to_milliseconds_are_still_thinned_evenly(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "rounded.mkv", even_times_s(61, frames_per_s=30))
    frames, _ = frames_and_gaps(FileSource(path, start=START, frames_per_s=5))
    assert [number_of(frame.image) for frame in frames] == list(range(0, 61, 6))


def test_without_a_start_the_first_frame_was_taken_when_the_file_was_written(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "old.mp4", even_times_s(3))
    os.utime(path, (START.timestamp(), START.timestamp()))
    frames, _ = frames_and_gaps(FileSource(path))
    assert frames[0].captured_at == START


@pytest.mark.parametrize(("name", "index_first"), [("cut.mp4", True), ("cut.mkv", False)])
def test_a_video_cut_short_gives_what_is_there_and_then_a_gap(tmp_path: Path, name: str, index_first: bool) -> None:
    path = write_clip(tmp_path / name, even_times_s(250), index_first=index_first)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    source = FileSource(path, start=START, frames_per_s=5)
    frames, gaps = frames_and_gaps(source)
    assert 15 <= len(frames) <= 35
    assert [number_of(frame.image) for frame in frames] == [5 * frame.index for frame in frames]
    (gap,) = gaps
    assert frames[-1].captured_at <= gap.began_at < frames[-1].captured_at + timedelta(seconds=1)
    assert abs(gap.ended_at - (START + timedelta(seconds=10))) < timedelta(seconds=0.2)
    assert "cut short" in source.status().problem
    assert source.status().state is SourceState.ENDED


def test_an_mp4_without_its_index_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "headless.mp4", even_times_s(250))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"headless\.mp4: this is not a video that can be decoded"):
        FileSource(path)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.mp4", b"", "the file is empty"),
        ("letter.mp4", b"Dear Sir or Madam,\n" * 200, "not a video"),
        ("notes.txt", b"Dear Sir or Madam,\n" * 200, "not a video"),
        ("noise.mkv", bytes(range(256)) * 64, "not a video"),
    ],
)
def test_a_file_that_is_no_video_is_an_error_that_names_it(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}.*{sentence}"):
        open_source(str(tmp_path / name))


def test_a_missing_file_and_a_folder_are_errors_that_name_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.mp4: there is no such file"):
        open_source(str(tmp_path / "nowhere.mp4"))
    with pytest.raises(InputError, match="this is a folder"):
        open_source(str(tmp_path))


def test_a_name_that_looks_like_a_protocol_is_still_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clip(tmp_path / "clip.mp4", even_times_s(3)).rename(tmp_path / "concat:a|b.mp4")
    monkeypatch.chdir(tmp_path)
    assert len(list(open_source("concat:a|b.mp4"))) == 1


def test_a_clock_that_stands_still_is_carried_on_by_the_stated_rate(tmp_path: Path) -> None:
    from ingest.file_source import _later

    assert _later(2.0, 2.0, 0.04) == pytest.approx(2.04)
    assert _later(2.0, 1.0, 0.04) == pytest.approx(2.04)
    assert _later(2.0, 9.5, 0.04) == 9.5


def test_progress_rises_to_one_and_decoding_takes_time(tmp_path: Path) -> None:
    source = FileSource(write_clip(tmp_path / "clip.mp4", even_times_s(100)), start=START)
    done = [source.status().fraction_done for _ in source]
    assert done == sorted(done)
    status = source.status()
    assert (status.state, status.fraction_done, status.problem) == (SourceState.ENDED, 1.0, "")
    assert status.decode_s > 0.0


def test_a_file_given_up_half_way_lets_go_of_its_thread(tmp_path: Path) -> None:
    source = FileSource(write_clip(tmp_path / "clip.mp4", even_times_s(200)), frames_per_s=25)
    iterator = iter(source)
    assert number_of(next(iterator).image) == 0
    source.close()
    assert list(iterator) == []
    assert not source._frames._thread.is_alive()


def test_numbers_survive_compression() -> None:
    assert [number_of(numbered(number)) for number in (0, 1, 255, 4095)] == [0, 1, 255, 4095]
