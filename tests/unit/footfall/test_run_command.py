"""``footfall run`` as it is typed, as far as it goes without a film."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from faces.errors import ModelError
from footfall.cli import run as _registered  # noqa: F401
from footfall.cli.app import app
from footfall.cli.asked import load_with_cameras
from schemas.errors import ConfigError, InputError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "footfall.toml"
    file.write_text('[store]\nzone = "Asia/Shanghai"\n[[camera]]\nname = "back"\nurl = "back.mp4"\n')
    return file


def test_a_start_without_an_offset_is_a_time_of_the_store(config: Path):
    settings = load_with_cameras(config, {}, ["door=door.mp4"], ["2026-03-02T09:00"])
    assert settings.camera[0].start == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_a_start_with_an_offset_is_what_it_says(config: Path):
    starts = ["2026-03-02T09:00Z", "2026-03-02T09:00-01:00"]
    settings = load_with_cameras(config, {}, ["door=door.mp4", "gate=gate.mp4"], starts)
    assert [camera.start for camera in settings.camera] == [
        datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
    ]


def test_cameras_on_the_command_line_take_the_place_of_those_in_the_file(config: Path):
    assert [camera.name for camera in load_with_cameras(config, {}, [], []).camera] == ["back"]
    assert [camera.name for camera in load_with_cameras(config, {}, ["door=door.mp4"], []).camera] == ["door"]


@pytest.mark.parametrize(
    ("cameras", "starts", "says"),
    [
        (["door=door.mp4"], ["nine"], "--start nine is not a time"),
        (["a=a.mp4", "b=b.mp4", "c=c.mp4"], ["2026-03-02T09:00", "2026-03-02T09:00"], "2 times for 3 cameras"),
        ([], ["2026-03-02T09:00"], "there is none"),
        (["door.mp4"], [], "--camera takes NAME=URL"),
    ],
)
def test_what_cannot_be_meant_is_said(config: Path, cameras: list[str], starts: list[str], says: str):
    with pytest.raises(InputError, match=says):
        load_with_cameras(config, {}, cameras, starts)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--camera", "door=nowhere.mp4"], InputError),
        (["--camera", "door=rtsp://192.0.2.7/door"], ConfigError),
        (["--camera", "door=nowhere.mp4", "--pack", "nose"], ModelError),
        ([], InputError),
    ],
)
def test_a_run_that_cannot_begin_leaves_nothing_behind(tmp_path: Path, arguments: list[str], error: type[Exception]):
    folder = tmp_path / "data"
    with pytest.raises(error):
        CliRunner().invoke(app, ["run", "--once", "--data-dir", str(folder), *arguments], catch_exceptions=False)
    assert not folder.exists()


def test_json_without_an_end_is_refused_because_nothing_would_be_printed():
    done = CliRunner().invoke(app, ["run", "--json", "--camera", "door=door.mp4"])
    assert done.exit_code == 2
    assert "printed" in done.stderr
