"""The directory in which a single-machine Footfall keeps what it knows."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from footfall.event_logs import local_log_url
from footfall.snapshot_file import CHAIN_FILE, SNAPSHOT_FILE, write_atomically
from schemas.errors import InputError, StorageError

SPOOL_FILE = "spool.sqlite"
_ID_FILE = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDir:
    """A data directory: event log, database where no other is named, snapshot, and the lock that keeps others out."""

    path: Path

    @property
    def log_url(self) -> str:
        """Where the event log lies."""
        return local_log_url(self.path / "log.sqlite")

    @property
    def spool(self) -> Path:
        """Where crops wait for a log that is away."""
        return self.path / SPOOL_FILE

    @property
    def database_url(self) -> str:
        """Where the visits lie."""
        return f"sqlite:///{self.path.absolute()}/visits.sqlite"

    @property
    def has_log(self) -> bool:
        """Whether an event log was ever kept here."""
        return (self.path / "log.sqlite").is_file()

    @property
    def has_visits(self) -> bool:
        """Whether visits were ever recorded here."""
        return (self.path / "visits.sqlite").is_file()

    def identity(self) -> str:
        """Return what tells this directory from any other, and stays over restarts; for whoever holds it.

        Raises StorageError.
        """
        file = self.path / _ID_FILE
        try:
            if not file.is_file():
                write_atomically(file, [uuid4().hex.encode()])
            return file.read_text(encoding="ascii")
        except OSError as error:
            raise _not_writable("data directory", self.path, "--data-dir", error) from error

    def require_data(self) -> None:
        """Raise InputError unless something was recorded here."""
        if not self.has_visits:
            raise InputError(
                f"{self.path} holds no visits: record some with `footfall run --data-dir {self.path} …`, "
                "or name the directory in which they are"
            )

    def make(self) -> None:
        """Make the directory where it is missing, for its owner alone. Raises StorageError where that fails."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _not_writable("data directory", self.path, "--data-dir", error) from error

    def prepare_database(self) -> None:
        """Make the file of the visits where it is missing: readable by its owner alone, whatever the directory allows.

        Raises StorageError where that cannot be done.
        """
        try:
            os.close(os.open(self.path / "visits.sqlite", os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise _not_writable("data directory", self.path, "--data-dir", error) from error

    def clear(self) -> None:
        """Remove what Footfall keeps here, and nothing else. Raises StorageError as ``held`` does."""
        with self.held():
            for kept in (
                "log.sqlite*",
                f"{SPOOL_FILE}*",
                "visits.sqlite*",
                f"{SNAPSHOT_FILE}*",
                f"{CHAIN_FILE}*",
                _ID_FILE,
            ):
                for file in self.path.glob(kept):
                    file.unlink()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the directory, made if missing, for this process alone.

        The lock is the operating system's and goes with the process, however it ends. Raises StorageError when the
        directory cannot be written, or another process holds it.
        """
        with held_folder(self.path, what="data directory", option="--data-dir"):
            yield


@contextmanager
def held_folder(path: Path, *, what: str, option: str) -> Iterator[Path]:
    """Hold a folder, made if missing, for this process alone; raises as ``DataDir.held`` does."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _not_writable(what, path, option, error) from error
    try:
        _lock(handle, f"{what} {path}", option)
        yield path
    finally:
        os.close(handle)


def _lock(handle: int, folder: str, option: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StorageError(
            f"{folder} is in use by another footfall: stop that one, or give another with {option}"
        ) from error


def _not_writable(what: str, path: Path, option: str, error: OSError) -> StorageError:
    return StorageError(
        f"{what} {path} cannot be written ({error.strerror}): "
        f"give another with {option}, or change its owner or permissions"
    )
