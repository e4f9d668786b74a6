"""A store where members come in: what a test publishes to the log, ``footfall analytics`` records and shows."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
from footfall_process import Running
from shop_days import sighting

from footfall.event_logs import local_log_url, open_event_log
from footfall.publisher import Publisher
from schemas.event_log import EventLog
from schemas.ids import identity_event_id, minted_face_id
from schemas.messages import IdentityEvent, IdentityKind, Phase, Sighting
from schemas.topics import ARRIVALS, COVERAGE, DEAD_LETTERS, IDENTITY, SIGHTINGS, TEMPLATES

STORE = "harbour"
NAMES = ("Anna Kowalska", "card-4711", "Bartholomew van der Meer-Featherstonehaugh", "李小龙")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass(slots=True, kw_only=True)
class Till:
    """The log of the store, and the program that follows it."""

    log: EventLog
    folder: Path
    port: int
    running: Running | None = None
    number: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the program and wait until it answers."""
        self.running = Running(
            "analytics", "--log", local_log_url(self.folder / "log.sqlite"),
            "--database", f"sqlite:///{self.folder / 'visits.sqlite'}",
            "--port", self.port, "--health-port", free_port(),
            FOOTFALL_STORE_ID=STORE,
        ).__enter__()  # fmt: skip
        until_s = time.monotonic() + 60
        while time.monotonic() < until_s:
            with suppress(httpx.HTTPError):
                httpx.get(f"{self.url}/healthz", timeout=5).raise_for_status()
                return
            assert self.running.runs, self.running.err
            time.sleep(0.1)
        raise AssertionError(self.running.err)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.running is not None
        self.running.__exit__()

    def bind(self) -> None:
        """Say which members there are: person 0, 1, 2 … by name."""
        self._publish(
            *(
                IdentityEvent(
                    event_id=identity_event_id(face(person), "bound"),
                    kind=IdentityKind.BOUND,
                    face_id=face(person),
                    at=datetime(2026, 1, 1, tzinfo=UTC),
                    actor="test",
                    reason="",
                    member_id=name,
                )
                for person, name in enumerate(NAMES)
            )
        )

    def comes_in(self, person: int, phase: Phase = Phase.PROVISIONAL) -> Sighting:
        """Publish that somebody comes in now."""
        self.number += 1
        seen = sighting(self.number, person, datetime.now(UTC), phase=phase, store=STORE)
        self._publish(seen)
        return seen

    def publish(self, *sightings: Sighting) -> None:
        """Publish more of what was seen."""
        self._publish(*sightings)

    def _publish(self, *messages: IdentityEvent | Sighting) -> None:
        publisher = Publisher(self.log)
        for message in messages:
            publisher.publish(message)
        publisher.flush()


def face(person: int) -> UUID:
    return minted_face_id(UUID(int=person))


@contextmanager
def till(folder: Path) -> Iterator[Till]:
    """Open a log, and a program over it."""
    with closing(open_event_log(local_log_url(folder / "log.sqlite"))) as log:
        log.require([SIGHTINGS, COVERAGE, IDENTITY, TEMPLATES, ARRIVALS, DEAD_LETTERS])
        opened = Till(log=log, folder=folder, port=free_port())
        opened.bind()
        try:
            opened.start()
            yield opened
        finally:
            if opened.running is not None:
                opened.kill()
