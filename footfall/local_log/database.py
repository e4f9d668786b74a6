"""The SQLite file under the local log: opening, transactions, and SQLite's errors as sentences."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schemas.errors import StorageError, TransientError

_BUSY_TIMEOUT_S = 10.0
_RETRY_PAUSE_S = 0.02
_APPLICATION_ID = 0x466F6F74
_FORMAT_VERSION = 1

# Small columns stand before the value: reading them does not touch the pages on which a large value lies.
# ``records.id`` grows with every append, over all partitions, and is the order in which a subscription is served.
_TABLES = """
CREATE TABLE partitions (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, partition)
) STRICT;
CREATE TABLE records (
    id INTEGER PRIMARY KEY, partition_id INTEGER NOT NULL REFERENCES partitions, "offset" INTEGER NOT NULL,
    appended_at_us INTEGER NOT NULL, checksum INTEGER NOT NULL, key TEXT NOT NULL, headers TEXT NOT NULL, value BLOB,
    UNIQUE (partition_id, "offset")
) STRICT;
CREATE TABLE commits (
    consumer_group TEXT NOT NULL, partition_id INTEGER NOT NULL REFERENCES partitions, next_offset INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, partition_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE members (
    consumer_group TEXT NOT NULL, topic TEXT NOT NULL, member TEXT NOT NULL, PRIMARY KEY (consumer_group, topic)
) STRICT, WITHOUT ROWID;
"""

_REMEDIES: dict[int, tuple[type[StorageError], str]] = {
    sqlite3.SQLITE_BUSY: (
        TransientError,
        f"another process has held it locked for more than {_BUSY_TIMEOUT_S:.0f} s: is one of them stopped?",
    ),
    sqlite3.SQLITE_LOCKED: (TransientError, "it is locked by another part of the program"),
    sqlite3.SQLITE_PROTOCOL: (TransientError, "several processes are opening it at the same moment"),
    sqlite3.SQLITE_FULL: (StorageError, "the disk is full. Nothing stored is lost: free some space and start again"),
    sqlite3.SQLITE_READONLY: (StorageError, "it cannot be written: give this user the right to, or set data_dir"),
    sqlite3.SQLITE_CANTOPEN: (
        StorageError,
        "it cannot be opened or made: check that the folder exists and this user may write there, or set data_dir",
    ),
    sqlite3.SQLITE_NOTADB: (StorageError, "it is not an event log: move it away, or set data_dir to another folder"),
    sqlite3.SQLITE_CORRUPT: (
        StorageError,
        "the file is damaged: copy it, save what can be read with `sqlite3 COPY .recover`, and start with a new one",
    ),
    sqlite3.SQLITE_IOERR: (
        StorageError,
        "the disk failed or is full. What was flushed is kept: check the disk and start again",
    ),
}


class Database:
    """One connection to the file of a local log, made where it is missing.

    ``durable`` connections return from a commit only when the disk has it (synchronous=FULL), so that a power cut loses
    nothing that was acknowledged. The others leave that to the next durable commit (NORMAL): a power cut may undo their
    last commits, in order and never those before a durable one.

    Not safe to use from two threads at once. Every method raises StorageError, or TransientError where waiting helps.
    """

    def __init__(self, path: Path, *, durable: bool) -> None:
        self._path = path
        with _translated(path):
            _make_private_file(path)
            # Transactions are ours to begin; a connection may pass to another thread, but is used by one at a time.
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        try:
            with _translated(path):
                self._prepare(durable=durable)
        except BaseException:
            self._connection.close()
            raise

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with _translated(self._path):
            return self._connection.execute(statement, parameters).fetchall()

    def change(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute a statement once for each row of parameters."""
        with _translated(self._path):
            self._connection.executemany(statement, rows)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Give everything read inside the same view of the log."""
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Commit what is done inside at the end, or nothing of it. Other processes wait: do not stay long."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    def give_back_pages(self, pages: int) -> None:
        """Shorten the file by at most so many free pages, and empty the write-ahead log."""
        with _translated(self._path):
            # The pragma works a page a step and has no columns: only a script is stepped to its end.
            self._connection.executescript(f"PRAGMA incremental_vacuum({pages}); PRAGMA wal_checkpoint(TRUNCATE)")

    def version(self) -> int:
        """Return a number that differs from the last one when another connection has changed the file since."""
        return int(self.rows("PRAGMA data_version")[0][0])

    def close(self) -> None:
        """Let go of the file."""
        with _translated(self._path):
            self._connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with _translated(self._path):
            self._connection.execute(begin)
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back where the disk failed.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _prepare(self, *, durable: bool) -> None:
        run = self._connection.execute
        # Damaged text must reach the reader, who compares checksums, instead of failing here.
        self._connection.text_factory = lambda data: data.decode("utf-8", "replace")
        run("PRAGMA auto_vacuum = INCREMENTAL")
        self._use_wal()
        run(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        run("PRAGMA fullfsync = ON")  # on macOS plain fsync does not reach the disk
        run("PRAGMA secure_delete = ON")  # a face whose time is over must not linger in free pages
        run("PRAGMA journal_size_limit = 67108864")
        with self.writing():
            (application_id,) = run("PRAGMA application_id").fetchone()
            (version,) = run("PRAGMA user_version").fetchone()
            (tables,) = run("SELECT count(*) FROM sqlite_schema").fetchone()
            if (application_id, version, tables) == (0, 0, 0):
                for statement in _TABLES.split(";"):
                    run(statement)
                run(f"PRAGMA application_id = {_APPLICATION_ID}")
                run(f"PRAGMA user_version = {_FORMAT_VERSION}")
            elif application_id != _APPLICATION_ID:
                raise StorageError(
                    f"{self._path}: a SQLite database, but not an event log: set data_dir to another folder"
                )
            elif version != _FORMAT_VERSION:
                raise StorageError(
                    f"{self._path}: an event log of format {version}, where this program knows {_FORMAT_VERSION}: "
                    "run the version of the program that wrote it"
                )

    def _use_wal(self) -> None:
        # SQLite does not wait for this switch when two processes make the file at the same time.
        deadline = time.monotonic() + _BUSY_TIMEOUT_S
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_PAUSE_S)
            else:
                return


def _make_private_file(path: Path) -> None:
    """Make the folder and an empty file that only this user may read: crops are pictures of people."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in _REMEDIES:
            raise
        kind, remedy = _REMEDIES[code]
        raise kind(f"{path}: {remedy} (SQLite: {error})") from error
    except OSError as error:
        raise StorageError(
            f"{path}: {error.strerror or error}: check that this user may write there, or set data_dir"
        ) from error
