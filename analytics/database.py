"""The way to the database: engine, transactions, and its errors as sentences."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from analytics.tables import metadata
from schemas.errors import ConfigError, StorageError, TransientError

_BUSY_TIMEOUT_MS = 5_000

_SENTENCES = (
    ("database or disk is full", "the disk is full; make room and start again, nothing stored is lost."),
    ("readonly database", "it may not be written; check the owner and the permissions of the file and its folder."),
    ("unable to open", "it cannot be opened; check that its folder exists and may be written."),
    ("not a database", "the file is not a database; move it away or give another data directory."),
    ("malformed", "the file is damaged; move it away and let the log be read again."),
    ("disk i/o error", "the disk answers with errors; check it before starting again."),
)


def connect(url: str) -> Engine:
    """Return an engine for a database URL, its tables made where they are missing.

    SQLite is opened in WAL mode: one process writes while others read. Raises ConfigError for a URL that names no
    known database, StorageError or TransientError where the database cannot be used.
    """
    try:
        engine = create_engine(url)
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(f"database {url!r} is not a URL of a known database; say sqlite:///PATH.") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with reading(engine) as connection:
        missing = set(metadata.tables) - set(inspect(connection).get_table_names())
    if missing:
        with writing(engine) as connection:
            metadata.create_all(connection)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that reads one state of the database."""
    with _translated(engine), engine.begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that writes: wholly when the block ends, not at all when it raises."""
    with _translated(engine), engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _as_sentence(engine, error) from error
    except PoolTimeout as error:
        raise TransientError(f"database {_name(engine)}: every connection is in use; try again.") from error


def _as_sentence(engine: Engine, error: DBAPIError) -> StorageError:
    said = str(error.orig).strip()
    if "locked" in said or "busy" in said:
        return TransientError(f"database {_name(engine)}: another process holds it; try again in a moment.")
    if error.connection_invalidated:
        return TransientError(f"database {_name(engine)}: the connection was lost; try again in a moment.")
    for sign, sentence in _SENTENCES:
        if sign in said.lower():
            return StorageError(f"database {_name(engine)}: {sentence}")
    return StorageError(f"database {_name(engine)}: {said}")


def _name(engine: Engine) -> str:
    return engine.url.database or engine.url.render_as_string(hide_password=True)


def _open_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # Transactions are begun by us (below), not by the driver in front of the first write, when another process may
    # have written since our first read.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    # The offsets of the log say that a batch is here: it has to be on the disk before they do.
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
