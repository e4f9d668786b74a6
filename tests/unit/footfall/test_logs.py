"""Log lines: what they hold, and what they hide."""

import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from footfall.logs import Format, configure_logs

ROOT = Path(__file__).resolve().parents[3]
ADDRESSES = [
    "rtsp://user:secret@10.0.0.20:554/stream1",
    "rtsp://user:pa/ss@secret@host/door",
    "rtsps://secret@host/door",
    "http://host/snapshot?token=secret&size=2",
    "rtsp://host/user=admin&password=secret&channel=1",
]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where log lines go; logging is put back as it was."""
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks


def raise_with(address: str) -> None:
    raise ConnectionError(f"no answer from {address}")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_line_shows_a_password(stream: io.StringIO, form: Format, address: str):
    configure_logs(level="debug", format=form, stream=stream)
    log = logging.getLogger("camera")
    log.info(f"opening {address} now")  # noqa: G004
    log.info("opening %s now", address, extra={"address": address})
    log.info("opening %(url)s", {"url": address})
    try:
        raise_with(address)
    except ConnectionError:
        log.exception("failed", stack_info=True)
    written = stream.getvalue()
    assert "secret" not in written
    assert written.count("***") >= 5
    assert "ConnectionError: no answer from" in written


def test_a_json_line_is_one_object_with_time_level_logger_message_and_extra_fields(stream: io.StringIO):
    configure_logs(level="info", format="json", stream=stream)
    logging.getLogger("footfall.test").warning("camera %s is back", "door", extra={"gap_s": 12.5})
    entry = json.loads(stream.getvalue())
    assert entry.pop("time").endswith("Z")
    assert entry == {
        "level": "warning",
        "logger": "footfall.test",
        "message": "camera door is back",
        "gap_s": 12.5,
    }


def test_a_traceback_is_a_field_of_its_json_line(stream: io.StringIO):
    configure_logs(level="info", format="json", stream=stream)
    try:
        raise_with("host")
    except ConnectionError:
        logging.getLogger("camera").exception("failed")
    (line,) = stream.getvalue().splitlines()
    assert "raise_with" in json.loads(line)["traceback"]


def test_a_line_for_people_ends_in_its_extra_fields(stream: io.StringIO):
    configure_logs(level="info", format="text", stream=stream)
    logging.getLogger("footfall.test").info("camera is back", extra={"camera": "door"})
    assert stream.getvalue().endswith("INFO    footfall.test: camera is back camera=door\n")


def test_lines_below_the_level_are_not_written(stream: io.StringIO):
    configure_logs(level="warning", format="text", stream=stream)
    logging.getLogger("camera").info("a detail")
    assert stream.getvalue() == ""


def test_configuring_again_replaces_what_was_configured(stream: io.StringIO):
    configure_logs(level="info", format="text", stream=io.StringIO())
    configure_logs(level="info", format="text", stream=stream)
    logging.getLogger("camera").info("once")
    assert stream.getvalue().count("once") == 1


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("threaded", [False, True])
def test_an_exception_that_nobody_caught_is_logged_without_the_password(form: str, threaded: bool):
    code = f"""
import threading
from footfall.logs import configure_logs
configure_logs(level="info", format={form!r})
def fail():
    raise ValueError("rtsp://user:secret@host/door")
if {threaded}:
    threading.Thread(target=fail, name="camera").start()
else:
    fail()
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert "secret" not in ended.stdout + ended.stderr
    assert "ValueError: rtsp://***@host/door" in ended.stderr
    assert ended.returncode == (0 if threaded else 1)


def test_what_libraries_tell_of_loading_themselves_is_left_out(stream: io.StringIO):
    configure_logs(level="info", format="text", stream=stream)
    for library in ("alembic.runtime.plugins", "faiss.loader"):
        logging.getLogger(library).info("setup plugin")
        logging.getLogger(library).warning("something is wrong")
    assert stream.getvalue().count("setup plugin") == 0
    assert stream.getvalue().count("something is wrong") == 2
