"""Records as released versions wrote them, kept as hexadecimal text. Never written anew."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def released() -> Callable[[str], bytes]:
    """Return the bytes of a record that version 1 of a message's schema wrote."""
    return lambda name: bytes.fromhex((Path(__file__).parent / "fixtures" / f"{name}.v1.hex").read_text())
