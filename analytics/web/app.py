"""The web application: pages, their data, and the manners of the server. Whoever calls binds it to an address."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import cache
from importlib.resources import files
from threading import Event
from typing import Any

from fastapi import Depends, FastAPI, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.security import APIKeyHeader
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.access import login as access_login
from analytics.access.guard import KEY_HEADER, EndsStreams, Guard, LoginNeeded, seen_by
from analytics.access.login import Login
from analytics.access.passwords import Passwords
from analytics.arrivals import TagsOf, no_tags
from analytics.camera_work import CameraWork
from analytics.identity_work import IdentityWork
from analytics.outbound.http_sender import HttpSender
from analytics.outbound.reach import Reach
from analytics.outbound.schedule import Scheduled
from analytics.presentation.language import _
from analytics.records.repository import VisitRepository
from analytics.web import administration as web_administration
from analytics.web import arrival_stream as web_arrivals
from analytics.web import assets as web_assets
from analytics.web import camera_desk as web_camera_desk
from analytics.web import camera_pictures as web_camera_pictures
from analytics.web import cameras_page as web_cameras
from analytics.web import cashier as web_cashier
from analytics.web import chain_page as web_chain
from analytics.web import data as web_data
from analytics.web import exports as web_exports
from analytics.web import identities as web_identities
from analytics.web import live_page as web_live
from analytics.web import members as web_members
from analytics.web import reports as web_reports
from analytics.web import settings_pages as web_settings
from analytics.web import store_page as web_store
from analytics.web import transactions as web_transactions
from analytics.web import webhook_pages as web_webhook_pages
from analytics.web import webhooks as web_webhooks
from analytics.web.context import UnknownStore, WebContext
from analytics.web.few_at_once import FewAtOnce
from analytics.web.language import SpeaksTheirs
from analytics.web.live import LiveFeed
from analytics.web.rendering import error_page
from analytics.web.told_event import RESUMED_AT_MOST, events_of
from schemas.errors import InputError, StorageError

LOOPBACK_HOSTS = ("127.0.0.1", "localhost")

# Plotly writes its own styles into the page; scripts come from our files alone.
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    # Not no-referrer: a browser would say of its forms that they come from nowhere.
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_OVER_TLS = {"strict-transport-security": "max-age=31536000"}

_log = logging.getLogger(__name__)


def create_app(
    *,
    repository: VisitRepository,
    now: Callable[[], datetime],
    stores: Sequence[str] = (),
    footnote: str = "",
    tags_of: TagsOf = no_tags,
    login: Login | None = None,
    reach: Reach = Reach(),  # noqa: B008 - frozen
    work: IdentityWork | None = None,
    cameras: CameraWork | None = None,
    ruled: frozenset[str] = frozenset(),
    timetable: Sequence[Scheduled] = (),
    allowed_hosts: Sequence[str] = LOOPBACK_HOSTS,
    poll_s: float = 0.25,
    ending: Event | None = None,
) -> FastAPI:
    """Return the application over a repository, which the caller opens and closes.

    ``stores`` are those that are set up, shown even before anything was seen there; ``now`` gives aware times.
    ``footnote`` stands at the end of each page, such as what the cameras' pictures are read with.
    ``tags_of`` gives what else is known of members who arrive; it may block for a moment.
    ``reach`` says where a test of a webhook may be sent.
    ``work`` is what people may do about identities, ``cameras`` about cameras, ``ruled`` the settings of stores that a
    configuration sets, ``timetable`` the reports that are sent by themselves.
    With ``login``, everybody has to say who they are; without, everybody is let in as an admin.
    ``allowed_hosts`` are the names under which it answers: a page elsewhere cannot reach it by pointing a name of its
    own here. Streams to open pages end within ``poll_s`` of ``ending`` being set: a server waits for them.
    """
    context = WebContext(
        repository=repository,
        now=now,
        stores=tuple(stores),
        tags_of=tags_of,
        work=work,
        cameras=cameras,
        ruled=ruled,
        timetable=tuple(timetable),
        passwords=cache(Passwords) if login is None else lambda: login.passwords,
        sightings=LiveFeed(repository, repository.latest_sightings, poll_s=poll_s, ending=ending),
        arrivals=LiveFeed(
            repository,
            events_of(repository.told_arrivals, tags_of, now),
            poll_s=poll_s,
            backlog=RESUMED_AT_MOST,
            ending=ending,
        ),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        polling = [asyncio.create_task(feed.run()) for feed in (context.sightings, context.arrivals)]
        yield
        for task in polling:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    guard = Guard(None if login is None else login.store, now)
    app = FastAPI(
        title="Footfall",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        # The second says in the document how to come with a key; the first asks for it.
        dependencies=[Depends(guard), Security(APIKeyHeader(name=KEY_HEADER, auto_error=False))],
    )

    app.state.footnote = footnote
    app.state.watches_cameras = cameras is not None

    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        """Describe the routes for programs."""
        return app.openapi()

    app.include_router(access_login.router(login, now))
    app.include_router(web_assets.router())
    for pages in (web_chain, web_store, web_live, web_cameras, web_camera_pictures):
        app.include_router(pages.router(context))
    app.include_router(web_data.router(context))
    app.include_router(web_arrivals.router(context))
    app.include_router(web_reports.router(context))
    app.include_router(web_administration.router(context))
    app.include_router(web_transactions.router(context))
    sender = HttpSender(reach, now=now)
    app.include_router(web_webhooks.router(context, sender))
    app.include_router(web_webhook_pages.router(context, sender))
    app.include_router(web_camera_desk.router(context))
    app.include_router(web_cashier.router(context))
    app.include_router(web_exports.router(context))
    app.include_router(web_identities.router(context))
    app.include_router(web_members.router(context))
    app.include_router(web_settings.router(context))
    app.mount("/static", StaticFiles(directory=str(files("analytics.presentation").joinpath("static"))), name="static")
    for kind in (InputError, StorageError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer_error)
    app.add_middleware(EndsStreams)
    app.add_middleware(FewAtOnce)
    app.add_middleware(SpeaksTheirs)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
    app.add_middleware(_SafeHeaders, cached="no-cache" if login is None else "no-store")
    return app


def _answer_error(request: Request, error: Exception) -> Response:
    """Answer with the sentence of an error: as JSON to programs, as a page to people."""
    headers = error.headers if isinstance(error, HTTPException) else None
    if isinstance(error, LoginNeeded):
        return _ask_who(request, error)
    if isinstance(error, UnknownStore):
        known = ", ".join(seen_by(request, error.known))
        status = error.status_code
        said = _("There is no store {store}.", store=error.store_id) + " "
        said += _("Known stores: {stores}.", stores=known or _("none yet"))
    elif isinstance(error, HTTPException):
        status, said = error.status_code, str(error.detail)
    elif isinstance(error, RequestValidationError):
        first = error.errors()[0]
        status, said = 422, f"{first['loc'][-1]}: {first['msg']}"
    elif isinstance(error, StorageError):
        status, said = 503, str(error)
        _log.error("%s %s: %s", request.method, request.url.path, error)
    else:
        status, said = 422, str(error)
    if request.url.path.startswith(("/api/", "/healthz")):
        return JSONResponse({"error": said}, status_code=status, headers=headers)
    return error_page(request, status, said)


def _ask_who(request: Request, error: LoginNeeded) -> Response:
    """Lead people to the login and back; tell programs that they need a key."""
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(access_login.login_address(request.url.path + query), status_code=303)
    return JSONResponse({"error": str(error.detail)}, status_code=error.status_code, headers=error.headers)


class _SafeHeaders:
    """Adds to every answer the headers that keep a browser from doing what no page of ours asks for."""

    def __init__(self, app: ASGIApp, *, cached: str) -> None:
        self._app = app
        self._cached = cached

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                extra = {"cache-control": self._cached} | _HEADERS
                if scope.get("scheme") == "https":
                    extra |= _OVER_TLS
                message["headers"] = [
                    *message["headers"],
                    *((name.encode(), value.encode()) for name, value in extra.items() if name.encode() not in given),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
