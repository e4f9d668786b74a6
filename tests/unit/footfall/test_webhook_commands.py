"""``footfall webhook`` and the files of ``footfall report`` as they are typed."""

import json
from pathlib import Path

import pytest
from test_access_commands import run
from typer.testing import CliRunner
from webhook_receiver import receiver

from footfall.cli.app import app
from schemas.errors import InputError


@pytest.fixture(autouse=True)
def this_machine_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_WEBHOOKS_ALLOW", '["127.0.0.1"]')


def add(folder: Path, url: str, *more: str) -> dict[str, str]:
    answer: dict[str, str] = json.loads(run(folder, "webhook", "add", url, "--every-store", "--json", *more).stdout)
    return answer


def test_a_webhook_is_added_tried_listed_and_removed(tmp_path: Path):
    with receiver() as told:
        made = add(tmp_path, told.url, "--event", "arrival")
        assert made["secret"].startswith("whsec_")
        assert json.loads(run(tmp_path, "webhook", "test", made["webhook"], "--json").stdout)["status"] == 204
        told.status = 500
        done = CliRunner().invoke(app, ["webhook", "test", made["webhook"], "--data-dir", str(tmp_path)])
        assert (done.exit_code, "It did not arrive: it answered 500" in done.stderr) == (3, True)
    listed = run(tmp_path, "webhook", "list", "--json").stdout
    assert json.loads(listed)["webhooks"][0]["events"] == ["arrival"]
    assert made["secret"] not in listed + run(tmp_path, "webhook", "list").stderr + run(tmp_path, "audit").stderr
    attempts = json.loads(run(tmp_path, "webhook", "log", "--json").stdout)["attempts"]
    assert [one["status"] for one in attempts] == [204, 500]
    assert "failing since" not in run(tmp_path, "webhook", "list").stderr, "a test says nothing of what is sent"
    run(tmp_path, "webhook", "enable", made["webhook"])
    run(tmp_path, "webhook", "remove", made["webhook"])
    assert "no webhook yet" in run(tmp_path, "webhook", "list").stderr


def test_what_cannot_be_meant_is_refused(tmp_path: Path):
    for arguments, says in (
        (["add", "https://shop.example/"], "--every-store"),
        (["add", "https://shop.example/", "--store", "a", "--every-store"], "--every-store"),
        (["add", "shop.example", "--every-store"], "https://HOST/PATH"),
        (["add", "https://10.0.0.1/", "--every-store"], "no public address"),
        (["add", "https://127.0.0.1/", "--every-store", "--event", "noon"], "arrival, report.daily, camera.down"),
    ):
        with pytest.raises(InputError, match=says):
            run(tmp_path, "webhook", *arguments)
    add(tmp_path, "https://127.0.0.1/")
    for command in ("test", "remove", "enable", "log"):
        with pytest.raises(InputError, match="there is no webhook nobody"):
            run(tmp_path, "webhook", command, "nobody")
