"""The page of all stores: which of them needs me?"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from analytics.access.guard import seen_by
from analytics.asked_once import AskedOnce
from analytics.business_time import business_day
from analytics.presentation.language import _, plural
from analytics.presentation.wording import range_text
from analytics.reports.chain_report import build_chain_report
from analytics.reports.comparison import compared, range_before
from analytics.reports.report_range import By
from analytics.settings import StoreSettings
from analytics.web.chain_view import CamerasNow, cameras_now, chain_facts, store_rows
from analytics.web.context import WebContext
from analytics.web.ranges import known_of, picker, shown_range
from analytics.web.rendering import page

FromDay = Annotated[date | None, Query(alias="from", description="first business day, included")]
ToDay = Annotated[date | None, Query(alias="to", description="last business day, included")]

_DAYS = 7
_LATELY = timedelta(hours=2)


def router(context: WebContext) -> APIRouter:
    """Return the route over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/")
    def chain(request: Request, from_day: FromDay = None, to_day: ToDay = None) -> Response:
        """Show every store of whoever asks over a range, the last seven days that are over unless asked otherwise."""
        with context.repository.one_state():
            ours, recorded = seen_by(request, context.known_stores()), set(context.repository.stores())
            silent = [store_id for store_id in ours if store_id not in recorded]
            stores = context.settings_of_each([store_id for store_id in ours if store_id in recorded])
            if not stores:
                return page(request, "chain_empty.html", title=_("All stores"), silent=silent)
            now, source = context.now(), AskedOnce(context.repository)
            spans = [(source.span(one.store_id), one) for one in stores]
            known = known_of(spans, max(business_day(now, one) for one in stores))
            first, last = shown_range(known, from_day, to_day, days=_DAYS)
            earlier_range = range_before(first, last)
            report = build_chain_report(source, stores, first, last, by=By.DAY, now=now)
            earlier = build_chain_report(source, stores, *earlier_range, by=By.DAY, now=now)
            cameras = {one.store_id: _cameras(one, now) for one in stores}
        comparison = compared(report, earlier)
        return page(
            request,
            "chain.html",
            title=_("All stores"),
            picker=picker(known, first, last),
            lead=plural(
                "{days}, {count} store, by its own clock and business day.",
                "{days}, {count} stores, each by its own clock and business day.",
                len(stores),
                days=range_text(first, last),
            ),
            facts=chain_facts(replace(report, comparison=comparison)),
            against=range_text(*earlier_range),
            doubt=comparison.doubt,
            rows=store_rows(report, earlier, cameras),
            silent=silent,
        )

    def _cameras(settings: StoreSettings, now: datetime) -> CamerasNow:
        coverage = context.repository.coverage(settings.store_id, now - _LATELY, now)
        return cameras_now(coverage, settings, now)

    return routes
