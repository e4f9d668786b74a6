"""The chain of stores over a Kafka and a Postgres of its own, each behind a proxy, and the same chain undisturbed."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from analytics.records.database import connect, upgrade
from bench.chaos.processes import Role
from bench.chaos.world import ROOT, World, input_of
from footfall.event_logs import local_log_url, open_event_log
from footfall.matching import MATCHER_GROUP
from footfall.recording import ANALYTICS_GROUP
from schemas.errors import StorageError
from schemas.event_log import EventLog
from schemas.topics import COVERAGE, CROPS, DEAD_LETTERS, SIGHTINGS, TOPICS, Topic

sys.path.append(str(ROOT / "tests"))
from postgres_server import PostgresServer, administer, url_of
from services import KafkaBroker, Toxiproxy, free_port

SESSION_S = 4.0
SPOOL_DISK_MB, SNAPSHOT_DISK_MB = 40, 8
SNAPSHOT_EVERY_S = 5.0
KAFKA, POSTGRES = "kafka", "postgres"
# The prefixes of two installations: what the matchers write under the first is carried to the second, late and twice.
EARLY, LATE = "early-", "late-"
_MAIN = ("-c", "from footfall.cli import main; main()")


class Chain:
    """Servers, addresses and folders of a chain. Within its context the servers run, until they are made to stop."""

    def __init__(self, world: World, inputs: Path, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self._inputs = inputs
        self._opened = ExitStack()
        self.kafka_proxy, self.postgres_proxy = free_port(), free_port()
        self.wire = Toxiproxy()
        self.kafka = KafkaBroker(proxy=self.kafka_proxy)
        self.postgres = PostgresServer()
        self.spool_disks = {store: folder / "disks" / f"spool-{store}" for store in world.store_ids}
        self.state_disks = {name: folder / "disks" / name for name in ("matcher-1", "matcher-2")}
        self.small_disks = False

    def log_url(self, prefix: str) -> str:
        """The log as this bench reads it, past the proxy."""
        return f"{self.kafka.url}?prefix={prefix}"

    @property
    def database_url(self) -> str:
        """The database as this bench reads it, past the proxy."""
        return url_of(self.postgres.url, "chaos")

    def accepted_file(self, store_id: str) -> Path:
        """What the spool of a store has accepted."""
        return self.folder / f"accepted-{store_id}"

    def roles(self, began_s: float) -> list[Role]:
        """Everybody, as they ship, but for the ingest: see ``replay``."""
        log = f"kafka://127.0.0.1:{self.kafka_proxy}?session_s={SESSION_S:.0f}&prefix="
        database = f"postgresql://footfall@127.0.0.1:{self.postgres_proxy}/chaos"
        roles = [
            ingest(self.world, self._inputs, store, log=f"{log}{EARLY}", spool=self.spool_disks[store],
                   accepted=self.accepted_file(store), began_s=began_s)
            for store in self.world.store_ids
        ]  # fmt: skip
        # One of each has a name in its group, and takes its stores up at once when it is back; the other has none.
        for number, instance in ((1, "&instance={}-1"), (2, "")):
            name = f"matcher-{number}"
            roles.append(matcher(name, log=f"{log}{EARLY}{instance.format('matcher')}", state=self.state_disks[name]))
            name = f"analytics-{number}"
            roles.append(analytics(name, log=f"{log}{LATE}{instance.format('analytics')}", database=database))
        return roles

    def __enter__(self) -> "Chain":
        try:
            self._opened.enter_context(self.wire)
            self.wire.proxy(KAFKA, port=self.kafka_proxy, to=self.kafka.proxied_port)
            self.wire.proxy(POSTGRES, port=self.postgres_proxy, to=self.postgres.port)
            self._opened.enter_context(self.kafka)
            self._opened.callback(self._keep_server_logs)
            self._opened.enter_context(self.postgres)
            administer(self.postgres.url, "CREATE DATABASE chaos")
            engine = connect(self.database_url)
            upgrade(engine)
            engine.dispose()
            for prefix in (EARLY, LATE):
                with closing(open_event_log(self.log_url(prefix))) as log:
                    log.create(TOPICS)
            sizes = dict.fromkeys(self.spool_disks.values(), SPOOL_DISK_MB)
            sizes |= dict.fromkeys(self.state_disks.values(), SNAPSHOT_DISK_MB)
            self.small_disks = all(self._opened.enter_context(small_disk(disk, mb)) for disk, mb in sizes.items())
        except BaseException:
            self._opened.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _keep_server_logs(self) -> None:
        with suppress(OSError):
            shutil.copy(self.kafka.log_file, self.folder / "logs" / "kafka.log")


def ingest(
    world: World,
    inputs: Path,
    store: str,
    *,
    log: str,
    spool: Path,
    accepted: Path,
    began_s: float,
    faster: float = 1.0,
) -> Role:
    """The ingest of a store."""
    numbers = ("--began", began_s), ("--minutes", world.minutes), ("--speed", world.speed), ("--times-as-fast", faster)
    paths = ("--input", input_of(inputs, store)), ("--spool-dir", spool), ("--accepted", accepted)
    options = tuple(str(part) for option in (*numbers, *paths) for part in option)
    arguments = ("-m", "bench.chaos.replay", "--log", log, *options)
    return Role(kind="ingest", name=f"ingest-{store}", arguments=arguments, settings={}, once=True)


def matcher(name: str, *, log: str, state: Path) -> Role:
    """A matcher."""
    settings = {"FOOTFALL_MATCHER_SNAPSHOT_S": str(SNAPSHOT_EVERY_S), "FOOTFALL_DATA_DIR": str(state / "data")}
    arguments = (*_MAIN, "matcher", "--log", log, "--state-dir", str(state))
    return Role(kind="matcher", name=name, arguments=arguments, settings=settings)


def analytics(name: str, *, log: str, database: str) -> Role:
    """Analytics, with their page."""
    arguments = (*_MAIN, "analytics", "--log", log, "--database", database, "--port", str(free_port()))
    return Role(kind="analytics", name=name, arguments=arguments, settings={})


def matched(log: EventLog) -> bool:
    """Whether no crop waits any more for a matcher, so that all sightings there will be are in the log."""
    return not _waits(log, CROPS, MATCHER_GROUP)


def counted(log: EventLog) -> bool:
    """Whether nothing waits any more for the analytics."""
    return not any(_waits(log, topic, ANALYTICS_GROUP) for topic in (SIGHTINGS, COVERAGE))


def _waits(log: EventLog, topic: Topic, group: str) -> bool:
    # By the records, not by the offsets: the ends of transactions have offsets too.
    with suppress(StorageError):
        return next(log.replay(topic, from_offsets=log.committed(topic, group)), None) is not None
    return True


def dead_letters(log: EventLog) -> set[tuple[str, str, bytes | None]]:
    """Return the dead letters: the topic of each, its key and its bytes."""
    found = log.replay(DEAD_LETTERS)
    return {(letter.headers["origin-topic"], letter.headers["origin-key"], letter.value) for letter in found}


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Give a folder on a disk of its own where that can be had, and say whether it is one."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)


def undisturbed_roles(world: World, inputs: Path, folder: Path) -> tuple[list[Role], str, str]:
    """Return one of each role over a file, the address of its log, and that of its database."""
    log, database = local_log_url(folder / "log.sqlite"), f"sqlite:///{folder}/visits.sqlite"
    began_s = time.time()
    roles = [
        ingest(world, inputs, store, log=log, spool=folder / f"spool-{store}", accepted=folder / f"accepted-{store}",
               began_s=began_s, faster=1e9)
        for store in world.store_ids
    ]  # fmt: skip
    roles.append(matcher("matcher", log=log, state=folder / "matcher"))
    roles.append(analytics("analytics", log=log, database=database))
    return roles, log, database
