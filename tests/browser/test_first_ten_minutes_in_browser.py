"""docs/first-ten-minutes.md, followed word for word by somebody with a terminal and a browser.

With KEEP_PICTURES=1 the pictures of the guide are taken anew; they show visitors who do not exist.
"""

import os
import re
import shlex
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from footfall_process import ROOT, Ended, Running, footfall, until_answered
from guide import Step, steps_of
from page_checks import serious_faults
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from services import free_port

pytestmark = pytest.mark.needs_chromium

GUIDE = ROOT / "docs" / "first-ten-minutes.md"
PROGRAM = ".venv/bin/footfall"
SAID_WITHIN_S = 180
LOOKED_AGAIN_S = 5
PICTURE = {"width": 1000, "height": 900}


class Newcomer:
    """Somebody who does what the guide says, in a folder of their own, on a port that is free."""

    def __init__(self, folder: Path, look, opened: ExitStack) -> None:
        self._folder = folder
        self._look = look
        self._opened = opened
        self._port = free_port()
        self._page: Page | None = None
        self._ended: Ended | None = None

    def follow(self, step: Step) -> None:
        getattr(self, f"_{step.kind}")(step.what, step.where)
        if self._page is not None:
            assert serious_faults(self._page) == [], step

    @property
    def page(self) -> Page:
        assert self._page is not None, "the guide has opened no page yet"
        return self._page

    def _run(self, command: str, _: str) -> None:
        words = shlex.split(_recipe(command.removeprefix("make ")) if command.startswith("make ") else command)
        assert words[0] == PROGRAM, command
        settings = {"XDG_DATA_HOME": self._folder / "home", "FOOTFALL_WEB_PORT": self._port}
        if words[1] == "run":
            self._opened.enter_context(Running(*words[1:], folder=self._folder, **settings))
        else:
            self._ended = footfall(*words[1:], folder=self._folder, **settings)
            assert self._ended.code == 0, self._ended.err

    def _open(self, address: str, _: str) -> None:
        address = address.replace("127.0.0.1:8000", f"127.0.0.1:{self._port}")
        until_answered(address)
        self._page = self._look(address, width=1000).page

    def _press(self, name: str, _: str) -> None:
        named = re.compile(rf"^\s*{re.escape(name)}\s*$")
        control = self.page.get_by_role("button", name=named).or_(self.page.get_by_role("link", name=named))
        if name == "Download":
            with self.page.expect_download() as download:
                control.click()
            assert download.value.suggested_filename.endswith(".pdf")
            return
        control.first.click()

    def _tick(self, label: str, _: str) -> None:
        self._field(label).check()

    def _type(self, text: str, label: str) -> None:
        self._field(label).fill(text)

    def _read(self, words: str, _: str) -> None:
        until_s = time.monotonic() + SAID_WITHIN_S
        while True:
            try:
                expect(self.page.locator("body")).to_contain_text(words, timeout=1000 * LOOKED_AGAIN_S)
            except AssertionError:
                assert time.monotonic() < until_s, f"the page does not say {words!r}"
                if self.page.locator("body[data-refresh-s]").count() == 0:  # it does not look again by itself
                    self.page.reload()
            else:
                return

    def _print(self, words: str, _: str) -> None:
        assert self._ended is not None
        assert words in self._ended.out

    def _picture(self, path: str, _: str) -> None:
        file = GUIDE.parent / path
        if os.environ.get("KEEP_PICTURES"):
            self.page.set_viewport_size(PICTURE)
            self.page.wait_for_timeout(500)
            self.page.screenshot(path=file)
            # A page has few colours: a palette makes the file a third as large.
            Image.open(file).convert("RGB").quantize(96, dither=Image.Dither.NONE).save(file, optimize=True)
        assert file.is_file(), f"take it with KEEP_PICTURES=1: {path}"

    def _field(self, label: str) -> Locator:
        found = self.page.get_by_label(label)
        expect(found).to_have_count(1)
        return found


def test_the_guide_leads_from_nothing_to_the_first_report(tmp_path: Path, look):
    with ExitStack() as opened:
        newcomer = Newcomer(tmp_path, look, opened)
        for step in steps_of(GUIDE):
            newcomer.follow(step)


def _recipe(target: str) -> str:
    """Return what a target of the Makefile runs."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{target}: "))
    return lines[at + 1].strip().removeprefix("@").replace("$(BIN)", ".venv/bin").replace("$(ARGS)", "")
