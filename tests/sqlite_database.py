"""A SQLite database of its own, in a file that is gone afterwards."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sqlite_url() -> Iterator[str]:
    """Give the URL of a database that is not there yet."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'visits.db'}"
