"""What the routers of the web application share."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Header, Query
from starlette.exceptions import HTTPException

from analytics.access.passwords import Passwords
from analytics.arrivals import TagsOf
from analytics.camera_work import CameraWork
from analytics.identity_work import IdentityWork
from analytics.outbound.schedule import Scheduled
from analytics.records.repository import SightingChange, VisitRepository
from analytics.settings import StoreSettings
from analytics.web.live import LiveFeed
from analytics.web.told_event import ToldEvent

_LAST_CHANGE = 2**63 - 1

After = Annotated[int, Query(ge=0, le=_LAST_CHANGE, description="the number of the last event that is known")]
LastEventId = Annotated[int | None, Header(ge=0, le=_LAST_CHANGE, description="the same, as a browser says it")]

NO_STREAM: dict[int | str, dict[str, Any]] = {
    status: {"description": says, "content": {"text/html": {}}}
    for status, says in ((404, "There is no such store."), (422, "What is asked for cannot be meant."))
}
"""What a stream answers in place of events: a page for people."""


class UnknownStore(HTTPException):
    """There is no such store. ``known`` are those there are, not all of which everybody may hear of."""

    def __init__(self, store_id: str, known: Sequence[str]) -> None:
        super().__init__(404, f"There is no store {store_id}.")
        self.store_id = store_id
        self.known = known


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """Where the pages get what they show.

    ``stores`` are set up, whether or not anything was seen there.
    ``tags_of`` gives what else is known of members; it may block. ``work`` is what may be done about identities, None
    where the process has no log, ``cameras`` about cameras, None where it follows none that are added; ``ruled`` are
    the settings of stores that a configuration sets, ``timetable`` the reports that it has sent; ``passwords`` gives
    what makes hashes of them.
    """

    repository: VisitRepository
    now: Callable[[], datetime]
    stores: tuple[str, ...]
    tags_of: TagsOf
    work: IdentityWork | None
    cameras: CameraWork | None
    ruled: frozenset[str]
    timetable: tuple[Scheduled, ...]
    passwords: Callable[[], Passwords]
    sightings: LiveFeed[SightingChange]
    arrivals: LiveFeed[ToldEvent]

    def known_stores(self) -> list[str]:
        """Return the stores that are set up or of which anything was recorded, sorted."""
        return sorted({*self.stores, *self.repository.set_up(), *self.repository.stores()})

    def settings(self, store_id: str) -> StoreSettings:
        """Return the settings of a known store. Raises UnknownStore for another."""
        return self.settings_of_each([store_id])[0]

    def settings_of_each(self, store_ids: Collection[str]) -> list[StoreSettings]:
        """Return the settings of known stores, in their order. Raises UnknownStore for the first other."""
        known = self.known_stores()
        for store_id in store_ids:
            if store_id not in known:
                raise UnknownStore(store_id, known)
        return self.repository.settings_of_each(store_ids)
