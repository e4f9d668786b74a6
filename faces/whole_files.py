"""Files that are whole or not there, written by one process at a time."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(place: Path, data: bytes) -> None:
    """Write a file under a temporary name, sync it and rename it: nobody ever reads half of it. Raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(place)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def alone(lock: Path, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Keep other processes out that ask for the same lock file; ``on_wait`` is called when another is inside.

    Raises OSError when the file cannot be made.
    """
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
