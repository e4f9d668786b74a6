"""Routes for programs and scripts: reports, the live stream, health."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import PlainTextResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from analytics.access.guard import seen_by
from analytics.presentation.page import environment
from analytics.reports.render_csv import render_csv
from analytics.reports.report import Report, build_report
from analytics.reports.report_json import report_json
from analytics.reports.report_range import By
from analytics.settings import StoreSettings
from analytics.web.context import After, LastEventId, WebContext
from analytics.web.store_page import sighting_line

FromDay = Annotated[date | None, Query(alias="from", description="first business day, included")]
ToDay = Annotated[date | None, Query(alias="to", description="last business day, included")]


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter()

    @routes.get("/healthz")
    def healthz() -> dict[str, str]:
        """Say that the server answers and can read its database."""
        context.repository.stores()
        return {"status": "ok"}

    @routes.get("/api/stores")
    def stores(request: Request) -> dict[str, list[str]]:
        """List the known stores, as far as they are those of whoever asks."""
        return {"stores": seen_by(request, context.known_stores())}

    @routes.get("/api/stores/{store_id}/report")
    def report(store_id: str, from_day: FromDay = None, to_day: ToDay = None, by: By = By.HOUR) -> dict[str, Any]:
        """Report on a store over a range of business days; without one, over everything known."""
        return report_json(_report(store_id, from_day, to_day, by))

    @routes.get("/api/stores/{store_id}/report.csv", response_class=PlainTextResponse)
    def report_csv(store_id: str, from_day: FromDay = None, to_day: ToDay = None, by: By = By.HOUR) -> Response:
        """Give the same report as CSV, a line for each hour or day."""
        text = render_csv(_report(store_id, from_day, to_day, by))
        return Response(text, media_type="text/csv", headers={"content-disposition": "attachment; filename=report.csv"})

    @routes.get("/stores/{store_id}/live/events", response_class=EventSourceResponse)
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

    def _report(store_id: str, from_day: date | None, to_day: date | None, by: By) -> Report:
        return build_report(context.repository, context.settings(store_id), from_day, to_day, by=by, now=context.now())

    return routes
