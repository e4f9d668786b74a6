"""The admin's pages of webhooks: who is told, what came of it, and what waits."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from analytics.access.accounts import in_words
from analytics.access.guard import asker_of
from analytics.outbound.delivery import Outcome, Webhook
from analytics.outbound.events import SUBSCRIBABLE, EventKind
from analytics.outbound.http_sender import HttpSender
from analytics.outbound.new_webhook import new_webhook
from analytics.outbound.trial import try_webhook
from analytics.presentation.language import _, later
from analytics.web.context import WebContext
from analytics.web.desk_words import WORDS
from analytics.web.exports import DELIVERY_STATES
from analytics.web.rendering import page
from schemas.errors import InputError

_BODY_BYTES = 16_384
_SHOWN = 100
_EVENTS: Mapping[EventKind, str] = {
    EventKind.ARRIVAL: later("a member comes in"),
    EventKind.DAILY_REPORT: later("a day is over: its report"),
    EventKind.CAMERA_DOWN: later("a camera goes"),
    EventKind.CAMERA_UP: later("a camera comes back"),
    EventKind.SCHEDULED_REPORT: later("a report by the timetable"),
    EventKind.TEST: later("a test"),
}


def router(context: WebContext, sender: HttpSender) -> APIRouter:
    """Return the routes over what the application shares; tests are sent by ``sender``."""
    routes = APIRouter(
        prefix="/settings/webhooks",
        include_in_schema=False,
        default_response_class=HTMLResponse,
        max_body_size=_BODY_BYTES,
    )
    hooks = context.repository.webhooks

    @routes.get("")
    def webhooks(request: Request) -> Response:
        """List the webhooks."""
        return _list(request)

    @routes.post("/add")
    def add(
        request: Request,
        url: Annotated[str, Form(max_length=4000)],
        events: Annotated[list[str] | None, Form()] = None,
        stores: Annotated[list[str] | None, Form()] = None,
        every_store: Annotated[bool, Form()] = False,
    ) -> Response:
        """Send to a receiver from now on, and show its secret this once."""
        typed = {"url": url, "events": events or [], "stores": stores or [], "every_store": every_store}
        try:
            if not events:
                raise InputError(_("No event was chosen: choose one at least."))
            of = None if every_store else stores or []
            made = new_webhook(url.strip(), events, of, sender, now=context.now())
            hooks.add(made, by=asker_of(request).name)
        except InputError as error:
            return _list(request, said=str(error), typed=typed, status=422)
        answer = _list(request, made=made)
        answer.headers["cache-control"] = "no-store"
        return answer

    @routes.get("/{webhook_id}")
    def webhook(request: Request, webhook_id: str) -> Response:
        """Show what came of what was sent to a receiver, and what waits for it."""
        return _one(request, _known(webhook_id))

    @routes.post("/{webhook_id}/test")
    def test(request: Request, webhook_id: str) -> Response:
        """Send a test at once and say what was answered."""
        known = _known(webhook_id)
        try:
            return _one(request, known, outcome=try_webhook(context.repository, sender, webhook_id, context.now))
        except InputError as error:
            return _one(request, known, said=str(error), status=422)

    @routes.post("/{webhook_id}/enable")
    def enable(request: Request, webhook_id: str) -> Response:
        """Send again to a receiver that was disabled."""
        hooks.enable(_known(webhook_id).webhook_id, by=asker_of(request).name, at=context.now())
        return _back(f"/{webhook_id}")

    @routes.post("/{webhook_id}/disable")
    def disable(request: Request, webhook_id: str) -> Response:
        """Send nothing more to a receiver until it is enabled."""
        hooks.disable(_known(webhook_id).webhook_id, by=asker_of(request).name, at=context.now())
        return _back(f"/{webhook_id}")

    @routes.post("/{webhook_id}/remove")
    def remove(request: Request, webhook_id: str) -> Response:
        """Send nothing more to a receiver, nor what waits."""
        hooks.remove(_known(webhook_id).webhook_id, by=asker_of(request).name, at=context.now())
        return _back()

    def _known(webhook_id: str) -> Webhook:
        try:
            return hooks.get(webhook_id)
        except InputError as error:
            raise HTTPException(404, str(error)) from error

    def _list(
        request: Request, *, made: Webhook | None = None, said: str = "", typed: Mapping[str, Any] | None = None,
        status: int = 200,
    ) -> Response:  # fmt: skip
        return page(
            request,
            "webhooks.html",
            **WORDS,
            title=_("Webhooks"),
            status=status,
            webhooks=hooks.all(),
            waiting=context.repository.outbox.waiting(),
            events={event.value: _(_EVENTS[event]) for event in SUBSCRIBABLE},
            stores=context.known_stores(),
            in_words=in_words,
            made=made,
            said=said,
            typed=typed or {},
        )

    def _one(
        request: Request, one: Webhook, *, outcome: Outcome | None = None, said: str = "", status: int = 200
    ) -> Response:
        outbox = context.repository.outbox
        return page(
            request,
            "webhook.html",
            **WORDS,
            title=_("Webhook {webhook}", webhook=one.webhook_id),
            status=status,
            one=one,
            outcome=outcome,
            said=said,
            events={event.value: _(name) for event, name in _EVENTS.items()},
            states={state.value: _(name) for state, name in DELIVERY_STATES.items()},
            attempts=outbox.attempts(_SHOWN, target=one.webhook_id)[::-1],
            waiting=outbox.waiting_for(one.webhook_id, _SHOWN),
            at_most=_SHOWN,
            in_words=in_words,
        )

    return routes


def _back(where: str = "") -> Response:
    return RedirectResponse(f"/settings/webhooks{where}", status_code=303)
