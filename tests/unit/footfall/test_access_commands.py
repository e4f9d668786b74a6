"""``footfall user``, ``key`` and ``audit`` as they are typed."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import footfall.cli  # noqa: F401 - registers the commands
from footfall.cli.app import app
from schemas.errors import InputError

PASSWORD = "four words of mine"


def run(folder: Path, *arguments: str, typed: str | None = None) -> Result:
    """Run a command to its end; raise what it raised."""
    done = CliRunner().invoke(app, [*arguments, "--data-dir", str(folder)], input=typed, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def test_users_are_listed_given_another_password_and_removed(tmp_path: Path):
    run(tmp_path, "user", "add", "anna", "--role", "operator", "--password-stdin", typed=f"{PASSWORD}\n")
    assert "operator" in run(tmp_path, "user", "list").stderr
    run(tmp_path, "user", "password", "anna", "--password-stdin", typed="another four words")
    run(tmp_path, "user", "remove", "anna", "--actor", "bob")
    assert json.loads(run(tmp_path, "user", "list", "--json").stdout) == {"users": []}
    told = run(tmp_path, "audit").stderr
    assert "user password" in told
    assert re.search(r"bob +user remove +anna", told)
    assert PASSWORD not in told


def test_what_cannot_be_meant_is_refused_and_makes_nobody(tmp_path: Path):
    for arguments, typed, says in (
        (["user", "add", "anna", "--role", "boss", "--password-stdin"], PASSWORD, "admin, cashier, manager, operator$"),
        (["user", "add", "anna", "--role", "recognition", "--password-stdin"], PASSWORD, "--role recognition is none"),
        (["user", "add", "anna", "--role", "manager", "--password-stdin"], PASSWORD, "--store"),
        (["user", "add", "anna", "--role", "admin", "--password-stdin"], "short", "too short"),
        (["user", "add", "anna", "--role", "admin"], PASSWORD, "--password-stdin"),
        (["key", "add", "till", "--role", "recognition", "--store", "shop"], "", "whole chain"),
    ):
        with pytest.raises(InputError, match=says):
            run(tmp_path, *arguments, typed=typed)
    run(tmp_path, "key", "add", "till", "--role", "recognition")
    assert json.loads(run(tmp_path, "user", "list", "--json").stdout) == {"users": []}
