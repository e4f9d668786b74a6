"""A real Postgres for tests: the one FOOTFALL_TEST_POSTGRES names, or Debian's on a port and in a folder of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Self

from services import free_port, require
from sqlalchemy import create_engine, make_url, text

NAMED = "FOOTFALL_TEST_POSTGRES"
NewDatabase = Callable[[], AbstractContextManager[str]]
_USER = "footfall"
_NUMBERS = count()


def _programs() -> Path | None:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


def require_postgres() -> None:
    """Skip, or in CI fail, where there is no Postgres to be started and none is named."""
    require(
        bool(os.environ.get(NAMED) or _programs()),
        f"needs Debian's postgresql (tests/debian-packages.txt), or a server's URL in {NAMED}",
    )


class PostgresServer:
    """A server at ``url`` that trusts everybody on this machine. ``settings`` go to the server as they are.

    Without ``durable`` it does not wait for the disk, which the death of its processes does not need.
    """

    def __init__(self, *settings: str, durable: bool = False, port: int | None = None) -> None:
        self.port = port or free_port()
        self._settings = settings if durable else ("fsync=off", *settings)
        self._folder = Path(tempfile.mkdtemp(prefix="footfall-postgres-"))

    @property
    def url(self) -> str:
        """The URL of the server's own database."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """Make the server's files."""
        if os.getuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
        self._as_its_user("initdb", "-D", str(self._data), "-A", "trust", "-U", _USER, "-E", "UTF8", "--locale=C", "-N")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self._folder}"]
        options = " ".join(f"-c {setting}" for setting in (*settings, *self._settings))
        self._as_its_user(
            "pg_ctl", "-D", str(self._data), "-o", options, "-l", str(self._folder / "log"), "-w", "start"
        )

    def stop(self) -> None:
        """End it as an administrator would: connections are cut, nothing is lost."""
        self._as_its_user("pg_ctl", "-D", str(self._data), "-w", "-m", "fast", "stop")

    def crash(self) -> None:
        """End it as a power cut would; the next start recovers."""
        self._as_its_user("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    def require_passwords(self) -> None:
        """Trust nobody any more who does not give a password."""
        (self._data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        self._as_its_user("pg_ctl", "-D", str(self._data), "reload")

    def freeze(self) -> None:
        """Let it and all its processes hang, their connections open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.create()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if (self._data / "postmaster.pid").exists():
            self.crash()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def processor_s(self) -> float:
        """How long all its processes have been on a processor so far, those that have ended too."""
        ticks = 0
        for process in self._processes():
            # From utime on: user, system, and the same of children that have ended.
            ticks += sum(map(int, Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _processes(self) -> list[str]:
        postmaster = (self._data / "postmaster.pid").read_text().split()[0]
        return [postmaster, *Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()]

    def _signal(self, number: int) -> None:
        for process in self._processes():
            os.kill(int(process), number)

    def _as_its_user(self, program: str, *arguments: str) -> None:
        programs = _programs()
        assert programs is not None
        command = [str(programs / program), *arguments]
        if os.getuid() == 0:  # the server refuses to run as root
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        # Not through pipes: the server would keep them open.
        with (self._folder / "control").open("w") as said:
            done = subprocess.run(command, stdout=said, stderr=said, cwd=self._folder)
        assert not done.returncode, (self._folder / "control").read_text()


@contextmanager
def running_postgres() -> Iterator[str]:
    """Give the URL of a server in which databases can be made: the one that is named, else one of our own."""
    if named := os.environ.get(NAMED):
        yield named
        return
    with PostgresServer() as server:
        yield server.url


@contextmanager
def new_database(server_url: str, *, template: str = "template1") -> Iterator[str]:
    """Give the URL of a new database, a copy of ``template``; it is gone afterwards, whoever still holds it."""
    name = f"footfall_test_{os.getpid()}_{next(_NUMBERS)}"
    administer(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield url_of(server_url, name)
    finally:
        administer(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def url_of(server_url: str, database: str) -> str:
    """The URL of another database of the same server."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


def administer(url: str, *statements: str) -> None:
    """Run statements, each by itself, past everything of ours."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg2"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
