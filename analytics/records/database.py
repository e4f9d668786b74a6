"""The way to the database: engine, transactions, and what a program may expect to find there."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from sqlalchemy import URL, Connection, Engine, create_engine, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from analytics.records.database_errors import as_sentence, name_of
from analytics.records.schema_version import NEWEST, require_known, version_of
from analytics.records.sqlite_engine import file_of, may_be_written, sqlite_engine
from schemas.errors import ConfigError, StorageError, TransientError

_HOW = "say sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE, with %40 for an @ in a password."

# A peer that is gone must be noticed on both sides: by us, so that the batch is tried again; by the server, so that a
# store which a lost writer had locked is free for the next one.
_POSTGRES_CONNECTION = {
    "application_name": "footfall",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_SERVER_SIDE = "-c timezone=UTC -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
_SILENT_MS = _LOCK_MS = 30_000

_held: ContextVar[tuple[Engine, Connection] | None] = ContextVar("held", default=None)


def open_database(url: str) -> Engine:
    """Return an engine for a database whose tables are those that this program knows.

    SQLite is brought to them where it is older, as nobody else can; where its file may not be written, it can be read.
    Of Postgres that is asked of the operator, as other programs may be at work on it. Raises ConfigError for a URL that
    names no known database or not one that lets us in, StorageError or TransientError where the database cannot be
    used.
    """
    engine = connect(url)
    try:
        if engine.dialect.name == "sqlite" and _version(engine) != NEWEST and _may_be_upgraded(engine):
            upgrade(engine)
        require_newest(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def connect(url: str) -> Engine:
    """Return an engine for ``sqlite:///PATH`` or ``postgresql://…``, whatever is found there. Raises ConfigError."""
    parsed = _parsed(url)
    if parsed.drivername == "sqlite":
        return sqlite_engine(parsed)
    return create_engine(
        parsed.set(drivername="postgresql+psycopg2"),
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            **_POSTGRES_CONNECTION,
            "options": f"{_SERVER_SIDE} -c lock_timeout={_LOCK_MS} -c idle_in_transaction_session_timeout={_SILENT_MS}",
        },
    )


def require_newest(engine: Engine) -> None:
    """Raise StorageError unless the tables are of the version that this program reads and writes."""
    version = _version(engine)
    if version != NEWEST:
        state = f"of version {version}, and this footfall needs {NEWEST}" if version else "not made yet"
        raise StorageError(
            f"database {name_of(engine)}: its tables are {state}; run footfall database upgrade with the same settings."
        )


def upgrade(engine: Engine) -> tuple[int, int]:
    """Bring the tables to what this program knows, whoever else tries at once; return the version before and after.

    Wholly or not at all. Raises StorageError where they are newer.
    """
    from analytics.records.migrations import migrate  # only an upgrade needs the library

    with writing(engine) as connection:
        before = migrate(connection, name_of(engine))
    return before, NEWEST


def clock_of(connection: Connection) -> datetime | None:
    """Return the time on the server of a database; None for one that has no server."""
    if connection.dialect.name == "sqlite":
        return None
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that reads one state of the database: that of ``one_state`` within its block."""
    if (held := _held.get()) is not None and held[0] is engine:
        with _translated(engine):
            yield held[1]
        return
    with _translated(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def one_state(engine: Engine) -> Iterator[None]:
    """Let everything that this thread reads within the block be of one state of the database, in one transaction."""
    with reading(engine) as connection:
        before = _held.set((engine, connection))
        try:
            yield
        finally:
            _held.reset(before)


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
        raise as_sentence(engine, error) from error
    except PoolTimeout as error:
        raise TransientError(f"database {name_of(engine)}: every connection is in use; try again.") from error


def _version(engine: Engine) -> int:
    with reading(engine) as connection:
        version = version_of(connection)
    require_known(version, name_of(engine))
    return version


def _may_be_upgraded(engine: Engine) -> bool:
    file = file_of(engine.url)
    return file is None or may_be_written(file)


def _parsed(url: str) -> URL:
    # Not chained and not quoted: a URL that cannot be read may hold a password anywhere.
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(f"the database's URL cannot be read; {_HOW}") from None
    if parsed.drivername not in ("sqlite", "postgresql"):
        raise ConfigError(f"the database's URL begins with {parsed.drivername}://, which is not known here; {_HOW}")
    if "@" in (parsed.host or "") or (parsed.drivername == "postgresql" and not parsed.database):
        raise ConfigError(f"the database's URL does not name a host and a database; {_HOW}")
    return parsed
