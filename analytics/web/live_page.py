"""The live page of a store: who is coming in now?"""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from analytics.business_time import business_day, window_of
from analytics.presentation.language import _
from analytics.reports.report import build_report
from analytics.reports.report_range import By
from analytics.reports.report_summary import lead_of, summary
from analytics.reports.store_sections import curve_section, sentence_of_day
from analytics.reports.usual import WEEKS, usual_of
from analytics.web.camera_tiles import camera_tiles
from analytics.web.context import WebContext
from analytics.web.live import SHOWN
from analytics.web.rendering import page
from analytics.web.sighting_lines import sighting_line


def router(context: WebContext) -> APIRouter:
    """Return the route over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/stores/{store_id}/live")
    def live(request: Request, store_id: str) -> Response:
        """Show today so far, its latest sightings as they come, and the cameras."""
        settings, now = context.settings(store_id), context.now()
        title = _("{store}, live", store=store_id)
        with context.repository.one_state():
            if store_id not in context.repository.stores():
                return page(request, "empty.html", title=title, store_id=store_id, refresh_s=5)
            today = business_day(now, settings)
            window = window_of(today, today, settings)
            report = build_report(context.repository, settings, today, today, by=By.HOUR, now=now)
            since = today - timedelta(weeks=WEEKS)
            history = build_report(context.repository, settings, since, today, by=By.HOUR, now=now)
            latest = context.repository.latest_sightings(store_id, limit=SHOWN)
            told = context.repository.coverage(store_id, *window)
        usual = usual_of(report, history, now=now)
        lines = [sighting_line(item, settings) for item in reversed(latest)]
        figures = summary(report)
        return page(
            request,
            "live.html",
            title=title,
            charts=True,
            store_id=store_id,
            day=today,
            sentence=sentence_of_day(report, usual, today=today),
            lead=lead_of(report),
            facts=figures.facts,
            incomplete=figures.warning,
            curve=curve_section(report, usual),
            cameras=camera_tiles(told, settings, window, now),
            lines=[line for line in lines if line.day == today.isoformat()],
            last_change=latest[-1].change if latest else 0,
        )

    return routes
