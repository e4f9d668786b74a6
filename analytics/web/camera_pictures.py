"""What cameras last saw, for those who hang them: too coarse for faces, from the memory of the program that watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from analytics.access.guard import principal_of
from analytics.access.permissions import Verdict, verdict
from analytics.camera_work import CameraPicture, no_pictures
from analytics.presentation.language import _, plural
from analytics.presentation.wording import number_text
from analytics.settings import StoreSettings
from analytics.web.context import WebContext

_PATH = "/stores/{store_id}/cameras/{camera_id}/picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPicture:
    """A picture on a camera's tile: where it is, what stands under it, and in place of it for who does not see it."""

    src: str
    caption: str
    alt: str


def router(context: WebContext) -> APIRouter:
    """Return the route over what the application shares."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(_PATH)
    def picture(store_id: str, camera_id: str) -> Response:
        """Show what a camera last saw, with a box around each face."""
        seen = _pictures(context).get((store_id, camera_id))
        if seen is None:
            raise HTTPException(404, _("There is no picture of this camera here."))
        return Response(seen.jpeg(), media_type="image/jpeg", headers={"cache-control": "no-store"})

    return routes


def may_see_pictures(request: Request) -> bool:
    """Tell whether whoever asks is shown what cameras see."""
    return verdict(f"GET {_PATH}", principal_of(request), None) is Verdict.GRANTED


def told_pictures(context: WebContext, stores: Sequence[StoreSettings]) -> Mapping[tuple[str, str], ToldPicture]:
    """Return the pictures there are of the cameras of some stores, by store and name."""
    by_store = {one.store_id: one for one in stores}
    now = context.now()
    return {
        key: _told(key, seen, seen.captured_at.astimezone(by_store[key[0]].tz), now)
        for key, seen in _pictures(context).items()
        if key[0] in by_store
    }


def _pictures(context: WebContext) -> Mapping[tuple[str, str], CameraPicture]:
    return no_pictures() if context.cameras is None else context.cameras.pictures()


def _told(key: tuple[str, str], seen: CameraPicture, local: datetime, now: datetime) -> ToldPicture:
    store_id, camera_id = (quote(part, safe="") for part in key)
    today = local.date() == now.astimezone(local.tzinfo).date()
    time = f"{local:%H:%M:%S}" if today else f"{local:%Y-%m-%d %H:%M:%S}"
    if seen.faces:
        found = plural(
            "{count} face, {usable} good enough", "{count} faces, {usable} good enough", seen.faces,
            usable=number_text(seen.usable_faces),
        )  # fmt: skip
    else:
        found = _("no face in it")
    return ToldPicture(
        src=_PATH.format(store_id=store_id, camera_id=camera_id),
        caption=f"{time} · {found}",
        alt=_("What {camera} saw, so coarse that nobody can be told: {found}", camera=key[1], found=found),
    )
