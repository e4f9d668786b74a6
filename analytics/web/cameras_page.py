"""The page of all cameras: is each of them seeing faces?"""

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from analytics.access.guard import principal_of, seen_by
from analytics.access.permissions import Verdict, verdict
from analytics.presentation.language import _, plural
from analytics.web.camera_desk import AddedCamera, added_cameras
from analytics.web.camera_pictures import may_see_pictures, told_pictures
from analytics.web.camera_tiles import CameraTile, camera_tiles
from analytics.web.context import WebContext
from analytics.web.rendering import page

_WINDOW = timedelta(hours=24)
_WORST_FIRST = ("bad", "warn", "good", "past")


def router(context: WebContext) -> APIRouter:
    """Return the route over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/cameras")
    def cameras(request: Request, kept: str = "", store: str = "") -> Response:
        """Show every camera of the stores of whoever asks over the last 24 hours."""
        now = context.now()
        window = (now - _WINDOW, now)
        with context.repository.one_state():
            stores = context.settings_of_each(seen_by(request, context.known_stores()))
            told = {one.store_id: context.repository.coverage(one.store_id, *window) for one in stores}
        tiles = {one.store_id: worst_first(camera_tiles(told[one.store_id], one, window, now)) for one in stores}
        # Addresses are for those who hang cameras; everybody else sees how they fare.
        shown = [one.store_id for one in stores] if _may_change(request) else []
        added: dict[str, list[AddedCamera]] = {one.store_id: [] for one in stores} | added_cameras(context, shown)
        return page(
            request,
            "cameras.html",
            title=_("Cameras"),
            finding=_finding(
                [tile for of_store in tiles.values() for tile in of_store],
                any(one.kind == "past" for of_store in added.values() for one in of_store),
            ),
            stores=sorted(stores, key=lambda one: _rank(tiles[one.store_id])),
            tiles=tiles,
            added=added,
            kept=kept if store in tiles else "",
            kept_store=store,
            pictures=told_pictures(context, stores) if may_see_pictures(request) else {},
            **({"refresh_s": 5} if any(one.changes_soon for some in added.values() for one in some) else {}),
        )

    return routes


def worst_first(tiles: Sequence[CameraTile]) -> list[CameraTile]:
    """Return those in front that do not see, or that a hint would help."""
    return sorted(tiles, key=lambda tile: (_WORST_FIRST.index(tile.kind), not tile.hint, tile.camera_id))


def _may_change(request: Request) -> bool:
    return verdict("POST /cameras/keep", principal_of(request), None) is Verdict.GRANTED


def _rank(tiles: Sequence[CameraTile]) -> int:
    return min((_WORST_FIRST.index(tile.kind) for tile in tiles), default=len(_WORST_FIRST))


def _finding(tiles: Sequence[CameraTile], any_film: bool) -> str:
    if not tiles and not any_film:
        return _("No camera said anything in the last 24 hours.")
    blind = sum(tile.kind == "bad" for tile in tiles)
    if blind:
        return plural("{count} camera does not see.", "{count} cameras do not see.", blind)
    live = sum(tile.kind == "good" for tile in tiles)
    if live:
        return plural("{count} camera sees.", "All {count} cameras see.", live)
    return _("No camera is live: what there was, were films.")
