"""How a SQLite file is opened: to be read and written, or, where it may not be written, to be read as it lies."""

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event

_BUSY_TIMEOUT_MS = 5_000
_CACHE_KB = 16_000


def sqlite_engine(url: URL) -> Engine:
    """Return an engine for a SQLite file. What writes to one that may not be written raises an error of the driver."""
    file = file_of(url)
    if file is None or may_be_written(file):
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _open_to_write)
    else:
        engine = create_engine(url, hide_parameters=True, creator=_reader_of(file))
        event.listen(engine, "connect", _open_to_read)
    event.listen(engine, "begin", _begin)
    return engine


def file_of(url: URL) -> Path | None:
    """Return the file that a URL names; None for a database in memory."""
    return Path(url.database) if url.database and url.database != ":memory:" else None


def may_be_written(file: Path) -> bool:
    """Return whether a file, and beside it what SQLite keeps there, may be written by us, or be made."""
    return not file.exists() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def _reader_of(file: Path) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        # Whoever may write elsewhere has a write-ahead log beside the file. Where there is none, nobody writes, and
        # SQLite has to be told so: it could not make the files by which readers and writers heed each other.
        alone = "" if file.with_name(f"{file.name}-wal").exists() else "&immutable=1"
        address = f"file:{quote(str(file.absolute()))}?mode=ro{alone}"
        return sqlite3.connect(address, uri=True, check_same_thread=False)

    return connect


def _open_to_write(connection: sqlite3.Connection, _record: Any) -> None:
    _open_to_read(connection, _record)
    _write_ahead(connection)
    # The offsets of the log say that a batch is here: it has to be on the disk before they do.
    connection.execute("PRAGMA synchronous = FULL")


def _write_ahead(connection: sqlite3.Connection) -> None:
    # Where several open a new file at once SQLite does not wait by itself for whoever changes the mode first.
    until = time.monotonic() + _BUSY_TIMEOUT_MS / 1_000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.01)
        else:
            return


def _open_to_read(connection: sqlite3.Connection, _record: Any) -> None:
    # Transactions are begun by us (below), not by the driver in front of the first write, when another process may
    # have written since our first read.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    # A month of a store, its visits and what its cameras watched, is read from the file once, not with each report.
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
