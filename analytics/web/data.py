"""Routes for programs and scripts: the stores, the live stream, health."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field

from analytics.access.guard import seen_by
from analytics.presentation.page import environment
from analytics.settings import StoreSettings
from analytics.web.answers import REFUSALS
from analytics.web.context import NO_STREAM, After, LastEventId, WebContext
from analytics.web.sighting_lines import sighting_line


class StoresAnswer(BaseModel):
    """The known stores, as far as they are those of whoever asks."""

    stores: list[str] = Field(examples=[["harbour", "market"]])


class HealthAnswer(BaseModel):
    """That the server answers, and can read its database."""

    status: Literal["ok"]


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter()

    @routes.get("/healthz", response_model=HealthAnswer, tags=["health"])
    def healthz() -> dict[str, str]:
        """Say that the server answers and can read its database."""
        context.repository.stores()
        return {"status": "ok"}

    @routes.get("/api/stores", response_model=StoresAnswer, tags=["reports"], responses=REFUSALS)
    def stores(request: Request) -> dict[str, list[str]]:
        """List the known stores, as far as they are those of whoever asks."""
        return {"stores": seen_by(request, context.known_stores())}

    @routes.get(
        "/stores/{store_id}/live/events", response_class=EventSourceResponse, tags=["streams"], responses=NO_STREAM
    )
    async def live_events(
        settings: Annotated[StoreSettings, Depends(context.settings)],
        after: After = 0,
        last_event_id: LastEventId = None,
    ) -> AsyncIterator[ServerSentEvent]:
        """Stream the sightings of a store as they are recorded, from the last one the client was given."""
        resume_after = after if last_event_id is None else last_event_id
        line_template = environment().get_template("sighting.html")
        # The first bytes tell the browser that the stream is open, long before the first visitor comes.
        yield ServerSentEvent(comment="open", retry=2_000)
        async for item in context.sightings.follow(settings.store_id, resume_after):
            line = sighting_line(item, settings)
            data = {
                "sighting_id": line.sighting_id,
                "day": line.day,
                "counted": line.counted,
                "html": line_template.render(line=line),
            }
            yield ServerSentEvent(event="sighting", id=str(item.change), data=data)

    return routes
