"""Routes that report: of one store or of several, as JSON, and as files."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from analytics.access.guard import seen_by
from analytics.reports.chain_report import ChainReport, build_chain_report
from analytics.reports.comparison import compared, range_before
from analytics.reports.file_format import FileFormat
from analytics.reports.files import MEDIA_TYPES, report_file
from analytics.reports.report import Report, build_report
from analytics.reports.report_json import chain_report_json, report_json
from analytics.reports.report_range import By
from analytics.settings import StoreSettings
from analytics.visit_source import VisitSource
from analytics.web.answers import REFUSALS
from analytics.web.context import WebContext
from analytics.web.report_answers import ChainReportAnswer, ReportAnswer
from analytics.web.theirs import require_records, settings_of_theirs
from schemas.errors import InputError

FromDay = Annotated[
    date | None, Query(alias="from", description="first business day, included", examples=["2026-05-04"])
]
ToDay = Annotated[date | None, Query(alias="to", description="last business day, included", examples=["2026-05-10"])]
Stores = Annotated[
    list[str] | None,
    Query(alias="store", max_length=1_000, description="a store; may be repeated. Without it, all that are yours"),
]
Compare = Annotated[
    str | None,
    Query(max_length=30, description="a range beside this one: previous, or 2026-04-27..2026-05-03"),
]
AsOf = Annotated[
    datetime | None,
    Query(description="count by what was known at this time, by the first store's clock unless it has an offset"),
]
_FILES = (FileFormat.CSV, FileFormat.XLSX, FileFormat.PARQUET, FileFormat.PDF)


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter(tags=["reports"])

    def of_store(store_id: str, from_day: date | None, to_day: date | None, by: By) -> Report:
        settings = context.settings(store_id)
        require_records(context, [settings])
        with context.repository.one_state():
            return build_report(context.repository, settings, from_day, to_day, by=by, now=context.now())

    @routes.get(
        "/api/stores/{store_id}/report", response_model=None, responses={200: {"model": ReportAnswer}, **REFUSALS}
    )
    def report(store_id: str, from_day: FromDay = None, to_day: ToDay = None, by: By = By.HOUR) -> dict[str, Any]:
        """Report on a store over a range of business days; without one, over everything known."""
        return report_json(of_store(store_id, from_day, to_day, by))

    @routes.get(
        "/api/reports",
        response_model=None,
        responses={200: {"model": ReportAnswer | ChainReportAnswer}, **REFUSALS},
    )
    def reports(
        request: Request,
        store: Stores = None,
        from_day: FromDay = None,
        to_day: ToDay = None,
        by: By = By.HOUR,
        compare: Compare = None,
        as_of: AsOf = None,
    ) -> dict[str, Any]:
        """Report on one store, or on several together, as `footfall report --json` does.

        Of several stores a visitor to two of them is counted once: UV is never added.
        """
        named = store or seen_by(request, context.repository.stores())
        settings = settings_of_theirs(request, context, named)
        if not settings:
            raise InputError("nothing was recorded yet in any store of yours")
        require_records(context, settings)
        made = counted(context, settings, from_day, to_day, by, compare, as_of)
        return report_json(made) if isinstance(made, Report) else chain_report_json(made)

    def file(form: FileFormat) -> None:
        def give(store_id: str, from_day: FromDay = None, to_day: ToDay = None, by: By = By.HOUR) -> Response:
            made = report_file(of_store(store_id, from_day, to_day, by), form)
            named = {"content-disposition": f"attachment; filename={made.name}"}
            return Response(made.content, media_type=made.media_type, headers=named)

        given: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPES[form]: {}}, "description": "The file."}}
        routes.add_api_route(
            f"/api/stores/{{store_id}}/report.{form.value}",
            give,
            methods=["GET"],
            name=f"report_{form.value}",
            description=f"Give the same report as a file: {form.value}.",
            response_class=Response,
            responses=REFUSALS | given,
        )

    for form in _FILES:
        file(form)
    return routes


def counted(
    context: WebContext,
    stores: list[StoreSettings],
    from_day: date | None,
    to_day: date | None,
    by: By,
    compare: str | None,
    as_of: datetime | None,
) -> Report | ChainReport:
    """Return the report on a store, or on several together. Raises InputError for what cannot be meant."""
    now, moment = context.now(), _aware(as_of, stores[0])
    source: VisitSource = context.repository if moment is None else context.repository.as_of(moment)

    def build(first: date | None, last: date | None) -> Report | ChainReport:
        if len(stores) == 1:
            return build_report(source, stores[0], first, last, by=by, now=now, as_of=moment)
        return build_chain_report(source, stores, first, last, by=by, now=now, as_of=moment)

    with context.repository.one_state():
        made = build(from_day, to_day)
        if compare is None:
            return made
        return replace(made, comparison=compared(made, build(*_earlier(compare, made))))


def _aware(moment: datetime | None, settings: StoreSettings) -> datetime | None:
    if moment is None:
        return None
    if not 1970 <= moment.year <= 2200:
        raise InputError(f"as_of {moment.isoformat()} lies outside the years 1970 to 2200")
    return moment if moment.tzinfo else moment.replace(tzinfo=settings.tz)


def _earlier(compare: str, counted: Report | ChainReport) -> tuple[date, date]:
    """Return the range that is asked for. Raises InputError for what is none."""
    if compare == "previous":
        return range_before(counted.from_day, counted.to_day)
    first, _, last = compare.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise InputError("compare is previous, or a range such as 2026-04-27..2026-05-03") from error
