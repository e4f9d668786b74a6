"""What every test server needs: a port, patience, and a word when it cannot be had."""

import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_given: set[int] = set()


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on, and that nobody in this process was given before."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


def require(available: bool, missing: str) -> None:
    """Skip the test where a service is missing; in CI, where everything must be there, fail."""
    if available:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def wait_until(holds: Callable[[], object], *, within_s: float) -> bool:
    """Whether a condition came true in time."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        if holds():
            return True
        time.sleep(0.05)
    return bool(holds())


@contextmanager
def one_at_a_time(file: Path) -> Iterator[None]:
    """Wait until no other process of the tests is fetching or building what belongs beside ``file``."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
