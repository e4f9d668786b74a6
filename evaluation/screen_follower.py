"""A screen as the server sees it: follows the stream of arrivals of a store, and resumes where it was cut off."""

import asyncio
import json
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An event as it came: which arrival, in which state, when by ``time.perf_counter``."""

    key: tuple[str, str]
    at_s: float


class Screen:
    """Follows a store at a port of this machine. ``open`` is set once the stream has begun."""

    def __init__(self, store_id: str, port: int) -> None:
        self.store_id = store_id
        self.heard: list[Heard] = []
        self.open = asyncio.Event()
        self.connections = 0
        self._port = port
        self._last = 0

    async def follow(self) -> None:
        """Follow until cancelled; connect again whenever the server ends the stream."""
        while True:
            try:
                await self._follow_once()
            except OSError:
                await asyncio.sleep(0.2)

    async def _follow_once(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.connections += 1
        try:
            path = f"/stores/{self.store_id}/arrivals/events"
            writer.write(
                f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nlast-event-id: {self._last}\r\n"
                "accept: text/event-stream\r\n\r\n".encode()
            )
            arrival: tuple[str, str] | None = None
            while line := await reader.readline():
                if line.startswith(b": open"):
                    self.open.set()
                elif line.startswith(b"data: ") and b'"arrival_id"' in line:
                    told = json.loads(line[6:])
                    arrival = told["arrival_id"], told["status"]
                elif line.startswith(b"id: ") and arrival is not None:
                    self._last = int(line[4:])
                    self.heard.append(Heard(key=arrival, at_s=time.perf_counter()))
                    arrival = None
        finally:
            writer.close()
