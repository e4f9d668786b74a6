"""The page and the help of the command name every exit code there is."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import footfall.cli  # noqa: F401 - registers the commands
from footfall.cli.app import app
from footfall.exit_codes import MEANINGS, ExitCode

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "exit-codes.md").read_text(encoding="utf-8")


def test_the_page_lists_every_code_under_its_name_and_no_other():
    listed = re.findall(r"^\| (\d+) \| (\w+) \|", PAGE, re.MULTILINE)
    assert [(int(code), name) for code, name in listed] == [(code.value, code.name) for code in ExitCode]


@pytest.mark.parametrize("code", list(ExitCode))
def test_page_and_help_say_the_same_of_a_code(code: ExitCode):
    (row,) = re.findall(rf"^\| {code.value} \| .*$", PAGE, re.MULTILINE)
    assert f"| {MEANINGS[code]}" in row
    told = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    assert f"{code.value} {MEANINGS[code]}" in told
