"""The page of exports: a report of any stores and range as a file, and which reports are sent by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.util import find_spec
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from analytics.access.guard import principal_of, seen_by
from analytics.access.roles import Principal, Role
from analytics.business_time import business_day
from analytics.outbound.delivery import DeliveryState
from analytics.outbound.schedule import Every, Scheduled, last_period, next_due
from analytics.outbound.timetable import scheduled_id
from analytics.presentation.language import _, later
from analytics.presentation.wording import range_text
from analytics.reports.file_format import FileFormat
from analytics.reports.files import report_file
from analytics.reports.report_range import By
from analytics.web.context import WebContext
from analytics.web.desk_words import WORDS
from analytics.web.ranges import known_of, shown_range
from analytics.web.rendering import page
from analytics.web.reports import FromDay, ToDay, counted
from analytics.web.theirs import require_records, settings_of_theirs
from schemas.errors import InputError

_DAYS = 7
_FORMATS = (
    (FileFormat.PDF, later("PDF: the page on paper, with its charts")),
    (FileFormat.XLSX, later("XLSX: a workbook, a sheet for each question")),
    (FileFormat.CSV, later("CSV: a line for each stretch of each store")),
    (FileFormat.PARQUET, later("Parquet: the same, typed, for data tools")),
)
_STRETCHES = (
    (By.HOUR, later("hour")), (By.DAY, later("day")), (By.WEEK, later("week")), (By.MONTH, later("month")),
)  # fmt: skip
DELIVERY_STATES = {
    DeliveryState.WAITING: later("waiting"),
    DeliveryState.DELIVERED: later("delivered"),
    DeliveryState.GIVEN_UP: later("given up"),
    DeliveryState.DROPPED: later("dropped"),
}
"""What became of a message, as pages say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReport:
    """A report that is sent by itself, as people read it.

    ``due_at`` is by the clock of its first store, None before anything was recorded there; ``last`` what became of the
    period before; ``to`` is empty for whoever may not see where it goes.
    """

    name: str
    every: str
    stores: str
    form: str
    to: str
    due_at: datetime | None
    last: str


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/exports")
    def exports(
        request: Request,
        store: Annotated[list[str] | None, Query(max_length=1_000)] = None,
        from_day: FromDay = None,
        to_day: ToDay = None,
    ) -> Response:
        """Ask which file is wanted, the last seven days that are over unless asked otherwise."""
        now = context.now()
        with context.repository.one_state():
            ours = context.settings_of_each(seen_by(request, context.repository.stores()))
            spans = [(context.repository.span(one.store_id), one) for one in ours]
        chosen = store or [one.store_id for one in ours]
        first = last = today = None
        if ours:
            known = known_of(spans, max(business_day(now, one) for one in ours))
            first, last = shown_range(known, from_day, to_day, days=_DAYS)
            today = known.today
        return page(
            request,
            "exports.html",
            **WORDS,
            title=_("Exports"),
            stores=[one.store_id for one in ours],
            chosen=chosen,
            from_day=first,
            to_day=last,
            today=today,
            formats=[(form.value, _(name)) for form, name in _FORMATS if _is_there(form)],
            without_parquet=not _is_there(FileFormat.PARQUET),
            stretches=[(by.value, _(name)) for by, name in _STRETCHES],
            sent=_sent(principal_of(request), now),
        )

    @routes.get("/exports/file")
    def file(
        request: Request,
        form: Annotated[FileFormat, Query(alias="format")],
        store: Annotated[list[str] | None, Query(max_length=1_000)] = None,
        from_day: FromDay = None,
        to_day: ToDay = None,
        by: By = By.DAY,
    ) -> Response:
        """Give a report of some stores together as a file."""
        if not store:
            raise InputError(_("No store was chosen: choose one at least."))
        settings = settings_of_theirs(request, context, store)
        require_records(context, settings)
        made = report_file(counted(context, settings, from_day, to_day, by, None, None), form)
        named = {"content-disposition": f"attachment; filename={made.name}"}
        return Response(made.content, media_type=made.media_type, headers=named)

    def _sent(who: Principal | None, now: datetime) -> list[SentReport]:
        assert who is not None
        recorded = context.repository.stores()
        found = []
        for one in context.timetable:
            theirs = who.stores is None or (one.stores and all(map(who.may_see, one.stores)))
            if theirs:
                found.append(_told(one, [name for name in one.stores or recorded if name in recorded], who, now))
        return found

    def _told(one: Scheduled, stores: Sequence[str], who: Principal, now: datetime) -> SentReport:
        settings = [context.repository.settings_of(store_id) for store_id in stores]
        return SentReport(
            name=one.name,
            every=_("every day") if one.every is Every.DAY else _("every week"),
            stores=", ".join(one.stores) or _("every store"),
            form=one.form.value,
            to=one.target if who.role is Role.ADMIN else "",
            due_at=next_due(one, settings, now).astimezone(settings[0].tz) if settings else None,
            last=_last(one, last_period(one, settings, now) if settings else None),
        )

    def _last(one: Scheduled, period: tuple[date, date] | None) -> str:
        if period is None:
            return ""
        state = context.repository.outbox.state_of(scheduled_id(one, period), one.target)
        became = _(DELIVERY_STATES[state]) if state else _("not sent")
        return f"{range_text(*period)}: {became}"

    return routes


def _is_there(form: FileFormat) -> bool:
    return form is not FileFormat.PARQUET or find_spec("pyarrow") is not None
