"""The page of a store: how was a day or a range, against a normal one?"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from analytics.business_time import business_day, window_of
from analytics.completeness import is_marked
from analytics.presentation.language import _, plural
from analytics.presentation.page import Section
from analytics.presentation.wording import day_text, short_day_text
from analytics.reports.behaviour_sections import dwell_section
from analytics.reports.comparison import compared, range_before
from analytics.reports.report import Report, build_report
from analytics.reports.report_range import By
from analytics.reports.report_sections import completeness_section, is_known, visitors_section
from analytics.reports.report_summary import lead_of, summary
from analytics.reports.store_sections import (
    curve_section,
    days_section,
    sentence_of_day,
    sentence_of_range,
    week_section,
)
from analytics.reports.usual import WEEKS, usual_of
from analytics.settings import StoreSettings
from analytics.web.chain_page import FromDay, ToDay
from analytics.web.context import WebContext
from analytics.web.ranges import known_of, picker, shown_range
from analytics.web.rendering import page

_HEAT_DAYS = 7 * WEEKS
_READ_AFTER = timedelta(hours=7)
"""How long after the end of a day a manager reads it for the first time."""


def router(context: WebContext) -> APIRouter:
    """Return the route over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/stores/{store_id}")
    def store(request: Request, store_id: str, from_day: FromDay = None, to_day: ToDay = None) -> Response:
        """Show a store over a range, the last day that is over unless asked otherwise."""
        settings, now = context.settings(store_id), context.now()
        title = _("Store {store}", store=store_id)
        with context.repository.one_state():
            if store_id not in context.repository.stores():
                return page(request, "empty.html", title=title, store_id=store_id, refresh_s=5)
            known = known_of([(context.repository.span(store_id), settings)], business_day(now, settings))
            first, last = shown_range(known, from_day, to_day, days=1)
            values = (
                _of_day(context, settings, first, now, known.today)
                if first == last
                else _of_range(context, settings, first, last, now)
            )
        asked = from_day is not None or to_day is not None
        yesterday = known.today - timedelta(days=1)
        return page(
            request,
            "store.html",
            title=title,
            charts=True,
            picker=picker(known, first, last),
            restated=_restated(context, settings, first, last, now),
            store_id=store_id,
            last_known="" if asked or last >= yesterday else day_text(last),
            **values,
        )

    return routes


def _of_day(context: WebContext, settings: StoreSettings, day: date, now: datetime, today: date) -> dict[str, Any]:
    report = build_report(context.repository, settings, day, day, by=By.HOUR, now=now)
    history = build_report(context.repository, settings, day - timedelta(weeks=WEEKS), day, by=By.HOUR, now=now)
    usual = usual_of(report, history, now=now)
    return {
        "sentence": sentence_of_day(report, usual, today=today),
        "sections": [curve_section(report, usual), week_section(history), *_behind(report)],
        **_figures(report),
    }


def _of_range(context: WebContext, settings: StoreSettings, first: date, last: date, now: datetime) -> dict[str, Any]:
    earlier = build_report(context.repository, settings, *range_before(first, last), by=By.DAY, now=now)
    alone = build_report(context.repository, settings, first, last, by=By.DAY, now=now)
    report = replace(alone, comparison=compared(alone, earlier))
    history = report
    if (last - first).days + 1 < _HEAT_DAYS:
        since = last - timedelta(days=_HEAT_DAYS - 1)
        history = build_report(context.repository, settings, since, last, by=By.DAY, now=now)
    return {
        "sentence": sentence_of_range(report),
        "sections": [days_section(report, earlier), week_section(history), *_behind(report)],
        **_figures(report),
    }


def _restated(context: WebContext, settings: StoreSettings, first: date, last: date, now: datetime) -> str:
    """Say how much came in after the morning on which the figures were first looked at; empty if nothing did."""
    window = window_of(first, last, settings)
    morning = window[1] + _READ_AFTER
    if now <= morning:
        return ""
    known, late = context.repository.decided_by(settings.store_id, window, morning)
    if not known or not late:
        return ""  # nothing was late, or all of it: a film that is counted later restates nothing
    local = morning.astimezone(settings.tz)
    return plural(
        "Restated: {count} sighting of these days came in after {moment}, and is counted in.",
        "Restated: {count} sightings of these days came in after {moment}, and are counted in.",
        late,
        moment=" ".join((short_day_text(local.date()), f"{local:%H:%M}")),
    )


def _behind(report: Report) -> list[Section]:
    watched_in_part = any(is_marked(row.figures.completeness) for row in report.rows if row.begun) and any(
        is_known(row) for row in report.rows
    )
    seen = [replace(completeness_section(report), wide=True)] if watched_in_part else []
    return [visitors_section(report), dwell_section(report), *seen]


def _figures(report: Report) -> dict[str, Any]:
    figures = summary(report)
    return {"facts": figures.facts, "incomplete": figures.warning, "lead": lead_of(report)}
