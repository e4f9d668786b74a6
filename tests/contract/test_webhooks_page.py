"""docs/webhooks.md, followed word for word: the receiver it shows takes what the commands it shows send."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from services.common import free_port

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
FOOTFALL = [sys.executable, "-c", "from footfall.cli import main; main()"]


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found.group(1)


class Shell:
    """Runs the commands of the page in a folder, on a port that is free, with the secret and the id there were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = str(free_port())
        self.known: dict[str, str] = {}
        self.environment = {**os.environ, "COLUMNS": "200"}
        self.receiver: subprocess.Popen[str] | None = None

    def as_here(self, text: str) -> str:
        for written, here in {"9000": self.port, **self.known}.items():
            text = text.replace(written, here)
        return text

    def run(self, command: str) -> str:
        words = self.as_here(command)
        if words.startswith("export "):
            name, _, value = words.removeprefix("export ").partition("=")
            self.environment[name] = value.strip("'")
            return ""
        if "receiver.py" in words:
            secret = words.partition("=")[2].split()[0]
            self.receiver = subprocess.Popen(
                [sys.executable, "receiver.py"], cwd=self.folder, text=True, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env={**self.environment, "WEBHOOK_SECRET": secret},
            )  # fmt: skip
            return ""
        done = subprocess.run(
            [*FOOTFALL, *words.split()[1:]], cwd=self.folder, text=True, env=self.environment, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    opened = Shell(tmp_path)
    opened.environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    yield opened
    if opened.receiver is not None:
        opened.receiver.kill()
        opened.receiver.communicate()


def test_the_page_is_right_word_for_word(shell: Shell):
    (shell.folder / "receiver.py").write_text(shell.as_here(block("python")), encoding="utf-8")
    for part in block("console").removeprefix("$ ").split("\n$ "):
        command, _, expected = part.partition("\n")
        said = shell.run(command)
        if command.startswith("footfall webhook add"):
            (secret,) = re.findall(r"whsec_\S+", said)
            (webhook_id,) = re.findall(r"Webhook (\S+)", said)
            shell.known = {"whsec_…": secret, "1f2e3d4c": webhook_id}
        if command.startswith("footfall webhook test"):
            deadline = time.monotonic() + 20  # the receiver may still be starting
            while "did not arrive" in said and time.monotonic() < deadline:
                time.sleep(0.2)
                said = shell.run(command)
        assert shape(shell.as_here(expected)) == shape(said)[: len(shape(shell.as_here(expected)))] or (
            command.startswith("footfall webhook log") and shape(shell.as_here(expected))[-1] == shape(said)[-1]
        )
    assert shell.receiver is not None
    assert shell.receiver.stdout is not None
    assert shell.receiver.stdout.readline().startswith("test {'webhook': '")


def shape(text: str) -> list[str]:
    """The words of each line, with what differs from run to run left out."""
    plain = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|msg_[0-9a-f]{32}|\d+ ms", "~", text)
    return [" ".join(line.split()) for line in plain.strip().splitlines()]
