"""What is new for every page and screen that is open, from one look at the database for all of them."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from threading import Event
from typing import Generic, Protocol, TypeVar

from analytics.records.repository import VisitRepository
from schemas.errors import StorageError

SHOWN = 50
_QUEUE = 200

_log = logging.getLogger(__name__)


class Change(Protocol):
    """What a feed hands out: it has the number of the change within its store."""

    @property
    def change(self) -> int:
        """The number."""


Item = TypeVar("Item", bound=Change)
Item_co = TypeVar("Item_co", bound=Change, covariant=True)


class Latest(Protocol[Item_co]):
    """Looks up the last ``limit`` changes of a store numbered above ``after``, oldest first."""

    def __call__(self, store_id: str, *, after: int, limit: int) -> Sequence[Item_co]:
        """Look them up."""


class LiveFeed(Generic[Item]):
    """Looks every ``poll_s`` seconds for what has changed and hands the same to all who follow a store.

    Belongs to one event loop. Who follows too slowly is let go, and resumes from the database by the number of the
    last change it was given. Of what was made before somebody follows, they are given the last ``backlog`` changes.
    Once ``ending`` is set, from any thread, everybody is let go.
    """

    def __init__(
        self,
        repository: VisitRepository,
        latest: Latest[Item],
        *,
        poll_s: float = 0.5,
        backlog: int = SHOWN,
        ending: Event | None = None,
    ) -> None:
        self._repository = repository
        self._latest = latest
        self._poll_s = poll_s
        self._backlog_at_most = backlog
        self._ending = ending or Event()
        self._followers: dict[str, set[asyncio.Queue[Item | None]]] = defaultdict(set)
        self._known: dict[str, int] = {}

    async def run(self) -> None:
        """Poll until cancelled or ending. While the database cannot be read, followers wait."""
        while not self._ending.is_set():
            try:
                await self._poll()
            except StorageError as error:
                _log.warning("what is new waits: %s", error)
            await asyncio.sleep(self._poll_s)
        for followers in self._followers.values():
            for queue in list(followers):
                self._let_go(followers, queue)

    async def follow(self, store_id: str, after: int) -> AsyncGenerator[Item]:
        """Yield the changes of a store numbered above ``after``, at most the last ones of those already made."""
        async for item in self.follow_alive(store_id, after, silent_s=None):
            if item is not None:
                yield item

    async def follow_alive(self, store_id: str, after: int, *, silent_s: float | None) -> AsyncGenerator[Item | None]:
        """Yield as ``follow`` does, and None whenever nothing was yielded for ``silent_s``."""
        queue: asyncio.Queue[Item | None] = asyncio.Queue(_QUEUE)
        self._followers[store_id].add(queue)
        try:
            for item in await asyncio.to_thread(self._backlog, store_id, after):
                after = item.change
                yield item
            while not self._ending.is_set():
                try:
                    async with asyncio.timeout(silent_s):
                        fresh = await queue.get()
                except TimeoutError:
                    yield None
                    continue
                if fresh is None:
                    return
                if fresh.change > after:
                    after = fresh.change
                    yield fresh
        finally:
            self._followers[store_id].discard(queue)

    def _backlog(self, store_id: str, after: int) -> Sequence[Item]:
        return self._latest(store_id, after=after, limit=self._backlog_at_most)

    async def _poll(self) -> None:
        changes = await asyncio.to_thread(self._repository.last_changes)
        changed = {
            store_id: self._known.get(store_id, 0)
            for store_id, last_change in changes.items()
            if last_change > self._known.get(store_id, 0) and self._followers[store_id]
        }
        await asyncio.gather(*(self._look(store_id, after) for store_id, after in changed.items()))
        self._known = changes

    async def _look(self, store_id: str, after: int) -> None:
        self._hand_out(store_id, await asyncio.to_thread(self._latest, store_id, after=after, limit=_QUEUE))

    def _hand_out(self, store_id: str, fresh: Sequence[Item]) -> None:
        for queue in list(self._followers[store_id]):
            if queue.qsize() + len(fresh) < _QUEUE:
                for item in fresh:
                    queue.put_nowait(item)
            else:
                self._let_go(self._followers[store_id], queue)

    def _let_go(self, followers: set[asyncio.Queue[Item | None]], queue: asyncio.Queue[Item | None]) -> None:
        followers.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
