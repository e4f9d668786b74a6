"""Settings and the sentences about those that cannot be used."""

import ast
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from footfall.camera_url import CameraUrl
from footfall.config import Settings
from footfall.config_loading import load_settings, settings_list
from schemas.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in settings_list():
        monkeypatch.delenv(setting.environment, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "footfall.toml"


def loaded(file: Path, text: str, **command_line) -> Settings:
    file.write_text(text)
    return load_settings(file, **command_line)


def refusal(file: Path, text: str, **command_line) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(file, text, **command_line)
    assert caught.value.__cause__ is None, "a chained error would show what the sentence hides"
    return str(caught.value)


def test_nothing_needs_to_be_configured(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/data")
    settings = load_settings(None)
    assert settings.data_dir == Path("/srv/data/footfall")
    assert settings.web.host == "127.0.0.1"
    assert settings.store.session_gap_minutes == 30
    assert settings.camera == ()


def test_data_lies_in_the_home_folder_where_nothing_else_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/anna")
    assert load_settings(None).data_dir == Path("/home/anna/.local/share/footfall")


def test_a_relative_data_dir_is_taken_from_where_the_program_was_started(file: Path):
    assert loaded(file, 'data_dir = "here"').data_dir == Path.cwd() / "here"


def test_a_file_sets_what_it_says_and_leaves_the_rest(file: Path):
    settings = loaded(
        file,
        """
        [store]
        id = "harbour-street"
        zone = "Europe/Amsterdam"
        day_start = "06:00"
        [store.opening_hours]
        monday = ["09:00", "18:00"]
        [[camera]]
        name = "door"
        url = "rtsp://user:secret@10.0.0.20/stream1"
        [[camera]]
        name = "film"
        url = "film.mp4"
        start = 2026-03-02T09:00:00Z
        """,
    )
    assert settings.store.day_start == time(6)
    assert settings.store.store_settings().opening_hours == {0: (time(9), time(18))}
    assert settings.store.store_settings().session_gap == timedelta(minutes=30)
    assert [camera.name for camera in settings.camera] == ["door", "film"]
    assert settings.camera[0].url.reveal() == "rtsp://user:secret@10.0.0.20/stream1"
    assert settings.camera[1].start == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_environment_is_above_the_file_and_the_command_line_above_both(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTFALL_STORE_ID", "from-environment")
    monkeypatch.setenv("FOOTFALL_WEB_PORT", "8001")
    text = '[store]\nid = "from-file"\nzone = "Asia/Shanghai"\n[web]\nport = 8002\n'
    settings = loaded(file, text, web={"port": 8003})
    assert settings.store.id == "from-environment"
    assert settings.store.zone == "Asia/Shanghai"
    assert settings.web.port == 8003


def test_cameras_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTFALL_CAMERA", '[{"name": "door", "url": "door.mp4"}]')
    assert [camera.url.reveal() for camera in load_settings(None).camera] == ["door.mp4"]


def test_settings_do_not_change(file: Path):
    settings = loaded(file, "")
    with pytest.raises(ValidationError):
        settings.pack = "other"
    with pytest.raises(ValidationError):
        settings.store.id = "other"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[matcher]\nfalse_merge_budgt = 0.1",
            "matcher.false_merge_budgt: there is no such setting; did you mean matcher.false_merge_budget?",
        ),
        ("zone = 'UTC'", "zone: there is no such setting; did you mean store.zone?"),
        ("xyzzy = 1", "xyzzy: there is no such setting; docs/configuration.md lists them all"),
        (
            "[[camera]]\nname = 'door'\nurl = 'a.mp4'\nstrat = 1",
            "camera[0].strat: there is no such setting; did you mean camera.start?",
        ),
        ("[store]\nsession_gap_minutes = 'lots'", "store.session_gap_minutes: 'lots': should be a valid integer"),
        ("[store]\nsession_gap_minutes = 181", "store.session_gap_minutes: 181: should be less than or equal to 180"),
        ("[store]\nzone = 'Europe/Pari'", "zone 'Europe/Pari' is not known here; did you mean Europe/Paris?"),
        ("[store]\nday_start = 'dawn'", "store.day_start: 'dawn': should be"),
        ("[store.opening_hours]\nmunday = ['09:00', '18:00']", "'munday': should be 'monday'"),
        ("[log]\nlevel = 'loud'", "log.level: 'loud': should be 'debug', 'info', 'warning' or 'error'"),
        ("store = 3", "store: 3: should be a table"),
        ("[[camera]]\nname = 'door'", "camera[0].url: is missing: rtsp:// or rtsps:// address"),
        ("[[camera]]\nname = 'a'\nurl = 'b'\nstart = '2026-03-02T09:00'", "should end in its offset from UTC"),
        ("[[camera]]\nname = 'a'\nurl = 'b'\n[[camera]]\nname = 'a'\nurl = 'c'", "two cameras are named 'a'"),
        ("[ingest]\nshots = 2", "matcher.min_consistent_shots is 3 but ingest.shots only 2"),
        ("[store]\nid = 'a/b'", "store.id: 'a/b': should be a name that fits into the address of a page"),
        ("[store]\nid = '..'", "store.id: '..': should be a name that fits into the address of a page"),
        ("[store]\nid = ''", "store.id: '': "),
        ('[[camera]]\nurl = "a"\nname = "front\\ndoor"', "camera[0].name: 'front\\ndoor': should be a name that fits"),
        ("[web\n", "this is not TOML"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_file_and_what_is_expected(file: Path, text: str, sentence: str):
    assert sentence in refusal(file, text)
    assert str(file) in refusal(file, text)


def test_every_fault_of_a_file_is_told_at_once(file: Path):
    assert len(refusal(file, "xyzzy = 1\n[web]\nport = 0\n[log]\nlevel = 'loud'").splitlines()) == 3


def test_an_unknown_environment_variable_is_named_with_the_nearest(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTFALL_STORE_ZON", "UTC")
    assert refusal(file, "") == (
        "environment variable FOOTFALL_STORE_ZON: there is no such setting; did you mean FOOTFALL_STORE_ZONE?"
    )


def test_a_wrong_value_from_the_environment_names_the_variable(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTFALL_WEB_PORT", "http")
    assert "environment variable FOOTFALL_WEB_PORT: web.port: 'http'" in refusal(file, "")


def test_cameras_in_the_environment_that_are_no_json_are_refused_without_being_shown(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FOOTFALL_CAMERA", "door=rtsp://user:secret@host")
    assert "FOOTFALL_CAMERA: this is not JSON" in refusal(file, "")
    assert "secret" not in refusal(file, "")


def test_a_wrong_value_from_the_command_line_is_told_as_such(file: Path):
    assert refusal(file, "[web]\nport = 8000", web={"port": 99_999}).startswith("command line: web.port: 99999: should")


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"absent\.toml: No such file"):
        load_settings(tmp_path / "absent.toml")


CAMERA = "[[camera]]\nname = 'door'\n"


@pytest.mark.parametrize(
    "text",
    [
        CAMERA + "url = 'rtsp://user:secret word@host/door'",
        CAMERA + "url = 'rtsp://user:secret@host/door'\nstart = 'then'",
        CAMERA + "ulr = 'rtsp://user:secret@host/door'",
        CAMERA + "url = ['rtsp://user:secret@host/door']",
        CAMERA + "url = 'rtsp://user:secret@host/door'\n" + CAMERA + "url = 'rtsp://user:secret@host/door'",
        "camera = 'rtsp://user:secret@host/door'",
        "store = 'rtsp://user:secret@host/door'",
        CAMERA + "url = 'rtsp://user:secret@host/door",
    ],
)
def test_no_refusal_shows_the_password_of_a_camera(file: Path, text: str):
    assert "secret" not in refusal(file, text)


def test_a_camera_url_shows_its_password_to_nobody_who_does_not_ask_for_it(file: Path):
    settings = loaded(file, "[[camera]]\nname = 'door'\nurl = 'rtsp://user:secret@host/door'")
    url = settings.camera[0].url
    for shown in (
        repr(url),
        str(url),
        f"{url}",
        url.redacted,
        repr(settings),
        str(settings),
        str(settings.model_dump()),
    ):
        assert "secret" not in shown
        assert "host/door" in shown
    assert url == CameraUrl("rtsp://user:secret@host/door")


def test_a_database_url_shows_its_password_to_nobody_who_does_not_ask_for_it(file: Path):
    settings = loaded(file, "database = 'postgresql://footfall:secret@host/visits'")
    assert settings.database is not None
    for shown in (repr(settings), str(settings), f"{settings.database}", str(settings.model_dump())):
        assert "secret" not in shown
        assert "host/visits" in shown
    assert settings.database.reveal() == "postgresql://footfall:secret@host/visits"


@pytest.mark.parametrize("url", ["mysql://u:secret@host/db", "postgresql://u:secret word@host/db", "secret"])
def test_a_database_url_that_cannot_be_used_is_refused_without_being_shown(file: Path, url: str):
    said = refusal(file, f"database = '{url}'")
    assert "sqlite:///PATH" in said
    assert "secret" not in said


@pytest.mark.parametrize("url", ["ftp://u:secret@host/{member}", "http://u:secret@host/members", "secret"])
def test_an_address_for_tags_that_cannot_be_used_is_refused_without_being_shown(file: Path, url: str):
    said = refusal(file, f"[arrivals]\ntags_url = '{url}'")
    assert "{member} in place of the member's id" in said
    assert "secret" not in said


def documented() -> list[tuple[str, str]]:
    text = (ROOT / "docs" / "configuration.md").read_text()
    return re.findall(r"^\| `([a-z_.]+)` \| (.+?) \|", text, re.MULTILINE)


def test_every_setting_is_documented_and_nothing_else_is():
    assert [name for name, _ in documented()] == [setting.name for setting in settings_list()]


def test_the_documented_defaults_are_those_of_the_program(file: Path):
    settings = loaded(file, "")
    for name, default in documented():
        group, _, key = name.rpartition(".")
        if default.startswith("`") and group not in ("camera", "reports.schedule") and name != "data_dir":
            value = getattr(getattr(settings, group) if group else settings, key)
            shown = value.isoformat("minutes") if isinstance(value, time) else str(value)
            assert default.strip('`"') == (shown.lower() if isinstance(value, bool) else shown), name


def test_every_setting_is_read_by_something():
    """A group goes by its own name wherever it is: ``ingest.stall_s``, ``settings.log.level``, or self in its class."""
    read = {name for path in (ROOT / "footfall").rglob("*.py") for name in names_read(ast.parse(path.read_text()))}
    names = [
        setting.name.removeprefix("reports.") for setting in settings_list()
    ]  # of the list of tables in that group
    assert [name for name in names if name not in read] == []


def names_read(tree: ast.AST, owner: str = "") -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            group = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            whole = node.attr if group == "settings" else f"{owner if group == 'self' else group}.{node.attr}"
            yield whole
        yield from names_read(node, node.name.lower() if isinstance(node, ast.ClassDef) else owner)


def test_every_setting_has_a_description():
    assert all(setting.description.endswith(".") for setting in settings_list())


def test_every_variable_of_ours_that_is_read_anywhere_is_a_setting_or_let_be(monkeypatch: pytest.MonkeyPatch):
    for folder in ("bench", "faces", "footfall", "ingest", "matcher", "analytics", "simulator", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            if path == Path(__file__):
                continue
            for name in re.findall(r"[\"'](FOOTFALL_[A-Z_]+)[\"']", path.read_text()):
                if name not in {setting.environment for setting in settings_list()}:
                    monkeypatch.setenv(name, "anything")
    assert "FOOTFALL_CACHE" in os.environ
    assert load_settings(None).store.id == "shop"


def test_a_key_of_the_recognition_service_is_long_and_never_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTFALL_API_KEY", "short-secret")
    with pytest.raises(ConfigError, match=r"FOOTFALL_API_KEY.*16 characters") as refused:
        load_settings(None)
    assert "short-secret" not in str(refused.value)
    monkeypatch.setenv("FOOTFALL_API_KEY", "a-secret-of-sixteen-and-more")
    settings = load_settings(None)
    assert settings.api.key is not None
    assert "a-secret" not in repr(settings)
