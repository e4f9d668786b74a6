"""The stream of arrivals, for whoever greets members."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from fastapi.sse import format_sse_event

from analytics.access.guard import principal_of
from analytics.settings import StoreSettings
from analytics.web.context import NO_STREAM, After, LastEventId, WebContext
from analytics.web.told_event import written

_RETRY_MS = 2_000
_SIGN_OF_LIFE_S = 10.0
_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
_EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {name: {"type": "string"} for name in ("event", "data", "id")},
}


class EventStream(StreamingResponse):
    """Events that are written out already. FastAPI's own response writes each out anew for everybody who follows."""

    media_type = "text/event-stream"


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter()

    @routes.get(
        "/stores/{store_id}/arrivals/events",
        response_class=EventStream,
        tags=["streams"],
        responses={**NO_STREAM, 200: {"content": {EventStream.media_type: {"schema": _EVENT}}}},
    )
    async def arrival_events(
        settings: Annotated[StoreSettings, Depends(context.settings)],
        after: After = 0,
        last_event_id: LastEventId = None,
    ) -> Response:
        """Stream the arrivals of members in a store as they are told, from the last event the client was given.

        One that is confirmed, corrected, withdrawn or greeted comes again under its arrival_id. None comes that has
        expired. An event ``clock`` without an id, at the beginning and whenever nothing was sent for ten seconds, says
        that the stream is alive and what the server's clock shows.
        """
        events = _events(context, settings.store_id, after if last_event_id is None else last_event_id)
        return EventStream(events, headers=_HEADERS)

    @routes.post("/stores/{store_id}/arrivals/{arrival_id}/greeted", status_code=204, include_in_schema=False)
    def greeted(
        request: Request, settings: Annotated[StoreSettings, Depends(context.settings)], arrival_id: UUID
    ) -> None:
        """Say that the member of an arrival was greeted: every screen of the store is told."""
        principal = principal_of(request)
        assert principal is not None
        context.repository.told_arrivals.greet(settings.store_id, arrival_id, by=principal.name, at=context.now())

    return routes


async def _events(context: WebContext, store_id: str, after: int) -> AsyncIterator[bytes]:
    # The first bytes tell the browser that the stream is open, long before the first member comes.
    yield format_sse_event(comment="open", retry=_RETRY_MS)
    yield _clock(context)
    async with aclosing(context.arrivals.follow_alive(store_id, after, silent_s=_SIGN_OF_LIFE_S)) as followed:
        async for item in followed:
            if item is None:
                yield _clock(context)
            elif item.expires_at >= context.now():
                yield item.event


def _clock(context: WebContext) -> bytes:
    return written("clock", {"now": context.now().isoformat()})
