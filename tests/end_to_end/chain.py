"""Footfall as a chain runs it: its roles as processes of their own over one event log."""

import itertools
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, Self

from footfall_process import Running, footfall
from services import free_port, wait_until
from simulated_day import FAST, STORE, Day

from footfall.event_logs import open_event_log
from footfall.matching import MATCHER_GROUP
from footfall.recording import ANALYTICS_GROUP
from schemas.errors import StorageError
from schemas.topics import COVERAGE, CROPS, SIGHTINGS, Topic

PATIENCE_S = 120.0


class Chain:
    """The roles of one chain, and what came of them. Leaving the context kills whoever still runs."""

    def __init__(self, folder: Path, log_url: str) -> None:
        self.folder = folder
        self.log_url = log_url
        self.database = f"sqlite:///{folder}/visits.sqlite"
        self._log = open_event_log(log_url)
        self._processes = ExitStack()
        self._number = itertools.count()

    def ingest(self, day: Day, *, store: str = STORE) -> Running:
        """Take the films of a day to their end."""
        cameras = [
            argument
            for name, film in day.films.items()
            for argument in ("--camera", f"{name}={film}", "--start", day.starts_at[name].isoformat())
        ]
        return self._start("ingest", "--store", store, "--once", *cameras)

    def matcher(self, *more: object, name: str = "matcher", **settings: object) -> Running:
        """Decide who is who; ``name`` tells the matchers of one machine apart."""
        return self._start("matcher", "--state-dir", self.folder / name, *more, **settings)

    def analytics(self, *more: object, **settings: object) -> Running:
        """Count visits."""
        return self._start("analytics", "--database", self.database, "--port", free_port(), *more, **settings)

    def offsets(self, topic: Topic, group: str) -> tuple[int, int]:
        """How many records of a topic a group has committed, and how many there are."""
        with suppress(StorageError):
            state = self._log.describe(topic)
            return sum(self._log.committed(topic, group).values()), sum(state.ends.values()) if state else 0
        return 0, 1

    def waits(self, topic: Topic, group: str) -> bool:
        """Whether a topic holds a record that a group has not committed. Not every offset of Kafka's is a record."""
        try:
            committed = self._log.committed(topic, group)
            return next(self._log.replay(topic, from_offsets=committed), None) is not None
        except StorageError:
            return True

    def settle(self, *running: Running, matched: bool = True, counted: bool = True) -> None:
        """Wait until all crops have been decided and all that is known has been recorded."""
        groups = [(CROPS, MATCHER_GROUP)] * matched
        groups += [(SIGHTINGS, ANALYTICS_GROUP), (COVERAGE, ANALYTICS_GROUP)] * counted

        def settled() -> bool:
            assert all(process.runs for process in running), [process.err for process in running]
            return not any(self.waits(topic, group) for topic, group in groups)

        assert wait_until(settled, within_s=PATIENCE_S), [process.err for process in running]

    def report(self, store: str = STORE) -> dict[str, Any]:
        """What is recorded of a store."""
        return footfall("report", "--by", "day", "--json", "--store", store, "--database", self.database).json

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with closing(self._log):
            self._processes.close()

    def _start(self, *arguments: object, **settings: object) -> Running:
        here = self.folder / f"data-{next(self._number)}"
        role, *rest = arguments
        return self._processes.enter_context(
            Running(role, *rest, FOOTFALL_EVENTS_URL=self.log_url, FOOTFALL_DATA_DIR=here, **FAST, **settings)
        )
