"""Signals, sent to a real process."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from footfall.shutdown import stop_on_signals

ROOT = Path(__file__).resolve().parents[3]
POLITE = """
from footfall.shutdown import stop_on_signals
with stop_on_signals() as stop:
    print("ready", flush=True)
    while not stop.wait(60):
        pass
    print("flushed", flush=True)
"""
STUBBORN = """
import time
from footfall.shutdown import stop_on_signals
with stop_on_signals() as stop:
    print("ready", flush=True)
    stop.wait(60)
    print("asked", flush=True)
    time.sleep(60)
"""

FORMER = """
import signal
from footfall.shutdown import stop_on_signals
def former(number, frame):
    print("the former handler heard it", flush=True)
signal.signal(signal.SIGTERM, former)
print("ready", flush=True)
with stop_on_signals() as stop:
    signal.raise_signal(signal.SIGTERM)
    print("stopped" if stop.wait(30) else "went on", flush=True)
signal.raise_signal(signal.SIGTERM)
"""


def started(code: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert line_of(process) == "ready"
    return process


def line_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_the_process_finish(number: signal.Signals):
    with started(POLITE) as process:
        process.send_signal(number)
        assert line_of(process) == "flushed"
        assert process.wait(timeout=90) == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_second_signal_ends_it_at_once(number: signal.Signals, code: int):
    with started(STUBBORN) as process:
        process.send_signal(signal.SIGTERM)
        assert line_of(process) == "asked"
        process.send_signal(number)
        assert process.wait(timeout=90) == code


def test_the_former_handlers_come_back():
    with started(FORMER) as process:
        assert line_of(process) == "stopped"
        assert line_of(process) == "the former handler heard it"
        assert process.wait(timeout=90) == 0


def test_it_belongs_in_the_main_thread():
    raised: list[Exception] = []

    def enter() -> None:
        try:
            with stop_on_signals():
                pass
        except ValueError as error:
            raised.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert "main thread" in str(raised[0])
