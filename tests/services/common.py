"""What every test server needs: a port, patience, and a word when it cannot be had."""

import os
import socket
import time
from collections.abc import Callable

import pytest


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
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
