"""Routes for people: the list of stores and the page of a store."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from analytics.access.guard import seen_by
from analytics.business_time import business_day, window_of
from analytics.cameras import camera_states
from analytics.presentation.language import _, later
from analytics.presentation.wording import day_text
from analytics.reports.report import build_report
from analytics.reports.report_sections import completeness_section, visitors_section, visits_section
from analytics.reports.report_summary import lead_of, summary
from analytics.settings import StoreSettings
from analytics.web.context import WebContext
from analytics.web.live import SHOWN
from analytics.web.rendering import page
from analytics.web.store_page import camera_tiles, shown_day, sighting_line

_DAY = timedelta(days=1)
_TITLES = {
    403: later("Not yours to see"),
    404: later("Not here"),
    422: later("That cannot be shown"),
    503: later("The records cannot be read just now"),
}
_ANY_OTHER = later("Something is not right")


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/")
    def home(request: Request) -> Response:
        """Go to the only store, or list them all."""
        known = seen_by(request, context.known_stores())
        if len(known) == 1:
            return RedirectResponse(f"/stores/{quote(known[0])}", status_code=307)
        return page(request, "stores.html", title=_("Stores"), stores=known)

    @routes.get("/stores/{store_id}")
    def store(request: Request, store_id: str, day: date | None = None) -> Response:
        """Show one business day of a store, today unless asked otherwise, and its latest sightings."""
        settings = context.settings(store_id)
        if store_id not in context.repository.stores():
            title = _("Store {store}", store=store_id)
            return page(request, "empty.html", title=title, store_id=store_id, refresh_s=5)
        return page(request, "store.html", charts=True, **_store_values(context, settings, day))

    return routes


def error_page(request: Request, status: int, said: str) -> Response:
    """Return the page for an error: what happened and what to do."""
    title = _(_TITLES.get(status, _ANY_OTHER))
    return page(request, "error.html", status=status, title=title, said=said, may_pass=status >= 500)


def _store_values(context: WebContext, settings: StoreSettings, asked: date | None) -> dict[str, Any]:
    store_id, now = settings.store_id, context.now()
    today = business_day(now, settings)
    day = asked or shown_day(context.repository.span(store_id), settings, now)
    report = build_report(context.repository, settings, day, day, now=now)
    latest = context.repository.latest_sightings(store_id, limit=SHOWN)
    lines = [sighting_line(item, settings) for item in reversed(latest)]
    window = window_of(day, day, settings)
    coverage = context.repository.coverage(store_id, *window)
    return {
        "title": _("Store {store}", store=store_id),
        "store_id": store_id,
        "day": day,
        "day_text": day_text(day),
        "before": day - _DAY,
        "after": day + _DAY if day < today else None,
        "today": today,
        "today_text": day_text(today),
        "asked": asked is not None,
        "lead": lead_of(report),
        "summary": summary(report),
        "visits": visits_section(report),
        "visitors": visitors_section(report),
        "completeness": completeness_section(report),
        "cameras": camera_tiles(camera_states(coverage), coverage, settings, window, now),
        "day_began": f"{window[0].astimezone(settings.tz):%H:%M}",
        "lines": [line for line in lines if line.day == day.isoformat()],
        "last_change": latest[-1].change if latest else 0,
    }
