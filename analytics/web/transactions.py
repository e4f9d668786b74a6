"""The route by which tills tell what they sold."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from analytics.access.guard import principal_of
from analytics.transactions import read_till_rows
from analytics.web.answers import REFUSALS
from analytics.web.context import WebContext
from analytics.web.theirs import settings_of_theirs
from schemas.errors import InputError

MOST_ROWS = 10_000
_BODY_BYTES = 4_000_000


class TillRow(BaseModel):
    """A sale or a return: a time by the store's clock unless it ends in an offset from UTC, an id of the till's own."""

    model_config = ConfigDict(extra="forbid")

    time: str = Field(examples=["2026-05-04T09:30:00"])
    id: str = Field(min_length=1, max_length=200, examples=["4711"])
    amount: float | str | None = Field(default=None, examples=["12.50"])


class RowFault(BaseModel):
    """A row that cannot be taken up: its place in the list, from 0, and why."""

    index: int
    says: str


class TakenUpAnswer(BaseModel):
    """How many transactions are new, took the place of others, and were there already; and what was left out."""

    store: str
    new: int
    changed: int
    unchanged: int
    faults: list[RowFault]


class RefusedAnswer(BaseModel):
    """Why nothing was kept; ``faults`` are there where single rows are the reason."""

    error: str
    faults: list[RowFault] = []


# Any value is let in, and judged row by row: one that is wrong must not hide what is wrong with the others.
Row = Annotated[Any, WithJsonSchema(TillRow.model_json_schema())]
Store = Annotated[
    str | None, Query(max_length=64, description="the store of the till; a key of one store alone need not say it")
]
KeepGood = Annotated[bool, Query(description="keep the good rows of a list that has faulty ones")]


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter(tags=["transactions"], max_body_size=_BODY_BYTES)

    @routes.post(
        "/api/transactions",
        response_model=TakenUpAnswer,
        responses=REFUSALS | {422: {"model": RefusedAnswer, "description": "Nothing was kept."}},
    )
    def take_up(
        request: Request,
        rows: Annotated[list[Row], Body(max_length=MOST_ROWS)],
        store: Store = None,
        keep_good: KeepGood = False,
    ) -> Any:
        """Take up transactions of a till. What was sent before changes nothing; an id that is there is replaced."""
        (settings,) = settings_of_theirs(request, context, [store or _only_store(request)])
        read = read_till_rows(rows, settings.tz)
        faults = [{"index": fault.line, "says": fault.says} for fault in read.faults]
        if faults and not keep_good:
            return _refused(faults, len(rows))
        taken = context.repository.till.take_up(settings.store_id, read.transactions, now=context.now())
        return {
            "store": settings.store_id,
            "new": taken.new,
            "changed": taken.changed,
            "unchanged": taken.unchanged,
            "faults": faults,
        }

    return routes


def _only_store(request: Request) -> str:
    """Return the store of a key that is of one store. Raises InputError for any other."""
    principal = principal_of(request)
    if principal is None or principal.stores is None or len(principal.stores) != 1:
        raise InputError("store: name the store of the till, such as ?store=harbour")
    return next(iter(principal.stores))


def _refused(faults: list[dict[str, Any]], rows: int) -> Response:
    error = (
        f"{len(faults)} of {rows} rows cannot be taken up, so nothing was kept: put right what is named, or keep the "
        "good ones with keep_good=true"
    )
    return JSONResponse({"error": error, "faults": faults}, status_code=422)
