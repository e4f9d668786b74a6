"""A screen that follows the arrivals of a store, and remembers what it was told, and when."""

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event of the stream: what it says of an arrival, and when it was here."""

    arrival: dict[str, Any]
    at: datetime


class ArrivalScreen:
    """Follows a store at a page's address, in a thread of its own, from when the context is entered."""

    def __init__(self, page: str, store: str) -> None:
        self.told: list[Told] = []
        self._url = f"{page}/stores/{store}/arrivals/events"
        self._open = threading.Event()
        self._client = httpx.Client(timeout=httpx.Timeout(10.0, read=60.0))
        self._thread = threading.Thread(target=self._follow, name="screen", daemon=True)

    def members(self) -> list[str]:
        """Return who was told of so far, once each."""
        return list(dict.fromkeys(one.arrival["member"] for one in self.told))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._open.wait(20.0), "the stream of arrivals did not open"
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._thread.join(10.0)

    def _follow(self) -> None:
        event = ""
        with suppress(httpx.HTTPError, httpx.StreamError), self._client.stream("GET", self._url) as response:
            for line in response.iter_lines():
                if line == ": open":
                    self._open.set()
                elif line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: ") and event == "arrival":
                    self.told.append(Told(arrival=json.loads(line.removeprefix("data: ")), at=datetime.now(UTC)))
