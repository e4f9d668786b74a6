"""``footfall store`` and ``camera`` as they are typed."""

import json
from pathlib import Path

import pytest
from clips import even_times_s, write_clip
from test_access_commands import run

from schemas.errors import ConfigError, InputError


def test_a_store_is_set_up_and_a_camera_added_once_it_gives_a_picture(tmp_path: Path):
    run(tmp_path, "store", "add", "harbour", "--zone", "Europe/Berlin")
    stores = json.loads(run(tmp_path, "store", "list", "--json").stdout)
    assert stores == {"stores": [{"store": "harbour", "zone": "Europe/Berlin", "recorded": False}]}
    film = write_clip(tmp_path / "door.mp4", even_times_s(30))
    said = run(tmp_path, "camera", "add", "harbour", "door", str(film), "--start", "2026-01-05T09:00").stderr
    assert "192 x 64 pixels" in said
    (camera,) = json.loads(run(tmp_path, "camera", "list", "--json").stdout)["cameras"]
    assert (camera["store"], camera["camera"], camera["start"]) == ("harbour", "door", "2026-01-05T08:00:00+00:00")
    run(tmp_path, "camera", "remove", "harbour", "door", "--actor", "bob")
    assert json.loads(run(tmp_path, "camera", "list", "--json").stdout) == {"cameras": []}
    told = run(tmp_path, "audit").stderr
    for action in ("store add", "camera add", "camera remove"):
        assert action in told


def test_what_cannot_be_meant_is_refused_and_adds_nothing(tmp_path: Path):
    run(tmp_path, "store", "add", "harbour")
    for arguments, kind, says in (
        (["store", "add", "harbour"], InputError, "already"),
        (["store", "add", "a/b"], InputError, "name"),
        (["store", "add", "market", "--zone", "Europe/Berln"], ConfigError, "did you mean Europe/Berlin"),
        (["camera", "add", "market", "door", "door.mp4"], InputError, "footfall store add market"),
        (["camera", "add", "harbour", "door", "nowhere.mp4"], InputError, "no such file"),
        (["camera", "remove", "harbour", "door"], InputError, "no camera door was added"),
    ):
        with pytest.raises(kind, match=says):
            run(tmp_path, *arguments)
    assert json.loads(run(tmp_path, "camera", "list", "--json").stdout) == {"cameras": []}
