"""Cameras added and taken away: tested first, kept by whoever has seen that it is the right one."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from analytics.access.guard import asker_of
from analytics.camera_work import CameraNow, CameraWork
from analytics.presentation.language import _
from analytics.presentation.wording import share_text
from analytics.records.kept_cameras import KeptCamera
from analytics.settings import LONGEST_NAME
from analytics.web.context import WebContext
from analytics.web.desk_words import WORDS
from analytics.web.rendering import page
from schemas.errors import InputError

_LONGEST_ADDRESS = 2000
_BODY_BYTES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedCamera:
    """A camera that was added, as people see it; ``kind`` is the look of its ``state``.

    ``changes_soon`` tells of one that is connecting, or of a film that is being read.
    """

    camera_id: str
    shown_as: str
    kind: str
    state: str
    changes_soon: bool


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, max_body_size=_BODY_BYTES)

    @routes.get("/cameras/add")
    def add(request: Request, store: str = "") -> Response:
        """Ask which camera is to be added, and to which store."""
        return _form(request, typed={"store": store})

    @routes.post("/cameras/test")
    def test(
        request: Request,
        store: Annotated[str, Form(max_length=2 * LONGEST_NAME)],
        name: Annotated[str, Form(max_length=2 * LONGEST_NAME)],
        address: Annotated[str, Form(max_length=_LONGEST_ADDRESS)],
        start: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        """Ask a camera for a picture, and show it before anything is kept."""
        work, settings = required_cameras(context.cameras), context.settings(store)
        try:
            moment = _moment(start)
            tried = work.try_out(store, name, address, None if moment is None else moment.replace(tzinfo=settings.tz))
        except InputError as error:
            # The address is typed again: it may hold a password, which no page carries.
            return _form(request, said=str(error), typed={"store": store, "name": name, "start": start}, status=422)
        picture = "data:image/jpeg;base64," + base64.b64encode(tried.picture).decode()
        answer = page(
            request, "camera_tried.html", title=_("Is this the camera?"), tried=tried, picture=picture,
            zone=settings.zone, start=tried.start and tried.start.astimezone(settings.tz), **WORDS,
        )  # fmt: skip
        answer.headers["cache-control"] = "no-store"
        return answer

    @routes.post("/cameras/keep")
    def keep(request: Request, ticket: Annotated[str, Form(max_length=100)]) -> Response:
        """Watch a camera that was tested from now on."""
        try:
            kept = required_cameras(context.cameras).keep(ticket, asker_of(request).name)
        except InputError as error:
            return _form(request, said=str(error), typed={}, status=422)
        return RedirectResponse(
            f"/cameras?{urlencode({'kept': kept.camera_id, 'store': kept.store_id})}", status_code=303
        )

    @routes.post("/cameras/remove")
    def remove(
        request: Request,
        store: Annotated[str, Form(max_length=2 * LONGEST_NAME)],
        name: Annotated[str, Form(max_length=2 * LONGEST_NAME)],
    ) -> Response:
        """Watch a camera no more; what it saw stays."""
        try:
            required_cameras(context.cameras).remove(store, name, asker_of(request).name)
        except InputError as error:
            raise HTTPException(422, str(error)) from error
        return RedirectResponse("/cameras", status_code=303)

    def _form(request: Request, *, said: str = "", typed: dict[str, Any], status: int = 200) -> Response:
        return page(
            request,
            "camera_add.html",
            title=_("Add a camera"),
            status=status,
            stores=context.known_stores(),
            can_add=context.cameras is not None,
            said=said,
            typed=typed,
        )

    return routes


def added_cameras(context: WebContext, store_ids: Sequence[str]) -> dict[str, list[AddedCamera]]:
    """Return the cameras that were added to some stores, and how each fares."""
    fare = {} if context.cameras is None else context.cameras.now()
    found: dict[str, list[AddedCamera]] = {store_id: [] for store_id in store_ids}
    for one in context.repository.cameras.all():
        if one.store_id in found:
            now = None if one.through_at else fare.get((one.store_id, one.camera_id))
            kind, state = _told(one, now)
            found[one.store_id].append(
                AddedCamera(
                    camera_id=one.camera_id,
                    shown_as=one.shown_as,
                    kind=kind,
                    state=state,
                    changes_soon=kind == "warn" or (now is not None and now.fraction_done is not None),
                )
            )
    return found


def _told(camera: KeptCamera, now: CameraNow | None) -> tuple[str, str]:
    if camera.through_at is not None:
        return "past", _("a film, read to its end")
    if now is None:
        return "warn", _("not watched yet")
    if now.is_elsewhere:
        return "good", _("watched by another program")
    if now.problem and not now.is_watching:
        return "bad", now.problem
    if now.fraction_done is not None:
        return "good", _("a film, {share} of it read", share=share_text(now.fraction_done))
    return ("good", _("watched")) if now.is_watching else ("warn", _("connecting"))


def _moment(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        raise InputError(_("{text} is no moment such as 2026-01-05T09:00", text=repr(text))) from None


def required_cameras(work: CameraWork | None) -> CameraWork:
    """Return what may be done about cameras. Raises HTTPException 422 where this program watches none."""
    if work is None:
        raise HTTPException(
            422, _("This program watches no cameras: name them where footfall ingest runs, in its configuration.")
        )
    return work
