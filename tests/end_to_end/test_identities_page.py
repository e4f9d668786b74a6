"""docs/identities.md, tried word for word: its commands print what it says but for ids of entries, names and times."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from footfall_process import ROOT, footfall
from simulated_day import Counted

PAGE = (ROOT / "docs" / "identities.md").read_text(encoding="utf-8")
_MADE_ANEW = re.compile(
    r"(?<=entry )[0-9a-f]{8}|(?<=undo )[0-9a-f]{8}|(?<=merged \()[0-9a-f]{8}|(?<=to )[0-9a-f]{8}(?= from)"
)
_OF_HERE = re.compile(r"(?:of \w+,|by) \d{4}-\d\d-\d\d \d\d:\d\d UTC")


def tried() -> list[tuple[str, list[str]]]:
    """The commands of the page, and the lines that each prints; not those that make the day, which is there."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return [(command, lines) for command, lines in found if lines]


def test_the_page_is_true(counted: Counted, tmp_path: Path):
    shutil.copytree(counted.data_dir, tmp_path / "data")
    real: dict[str, str] = {}  # what the page calls an entry -> what it is called here
    for command, lines in tried():
        for said, meant in real.items():
            command = command.replace(said, meant)
        words = [str(tmp_path / "data") if word == "data" else word for word in shlex.split(command)[1:]]
        ended = footfall(*words, COLUMNS=200)
        printed = (ended.out + ended.err).splitlines()
        for line in lines:
            pattern = _OF_HERE.sub("@", _MADE_ANEW.sub("#", line))
            matching = [one for one in printed if _OF_HERE.sub("@", _MADE_ANEW.sub("#", one)) == pattern]
            assert matching, f"{command}\nsays nowhere: {line}\nbut:\n" + "\n".join(printed)
            real |= dict(zip(_MADE_ANEW.findall(line), _MADE_ANEW.findall(matching[0]), strict=True))


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^\| `(.*?)` \|", PAGE, re.MULTILINE))))
def test_every_command_of_the_table_is_there(command: str):
    for one in command.split("`, `"):
        help_text = footfall("identity", one.split()[0], "--help").out
        assert all(option in help_text for option in re.findall(r"--[\w-]+", one))
