"""The stream of arrivals, for whoever greets members."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from analytics.arrivals import arrival_json, with_tags
from analytics.settings import StoreSettings
from analytics.web.context import NO_STREAM, After, LastEventId, WebContext


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter()

    @routes.get(
        "/stores/{store_id}/arrivals/events", response_class=EventSourceResponse, tags=["streams"], responses=NO_STREAM
    )
    async def arrival_events(
        settings: Annotated[StoreSettings, Depends(context.settings)],
        after: After = 0,
        last_event_id: LastEventId = None,
    ) -> AsyncIterator[ServerSentEvent]:
        """Stream the arrivals of members in a store as they are told, from the last event the client was given.

        One that is confirmed, corrected or withdrawn comes again under its arrival_id. None comes that has expired.
        """
        resume_after = after if last_event_id is None else last_event_id
        yield ServerSentEvent(comment="open", retry=2_000)
        async for item in context.arrivals.follow(settings.store_id, resume_after):
            if item.arrival.expires_at >= context.now():
                (arrival,) = await asyncio.to_thread(with_tags, [item.arrival], context.tags_of)
                yield ServerSentEvent(event="arrival", id=str(item.change), data=arrival_json(arrival))

    return routes
