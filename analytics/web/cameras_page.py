"""The page of all cameras: is each of them seeing faces?"""

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from analytics.access.guard import seen_by
from analytics.presentation.language import _, plural
from analytics.web.camera_tiles import CameraTile, camera_tiles
from analytics.web.context import WebContext
from analytics.web.rendering import page

_WINDOW = timedelta(hours=24)
_WORST_FIRST = ("bad", "warn", "good", "past")


def router(context: WebContext) -> APIRouter:
    """Return the route over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/cameras")
    def cameras(request: Request) -> Response:
        """Show every camera of the stores of whoever asks over the last 24 hours."""
        now = context.now()
        window = (now - _WINDOW, now)
        stores = [context.settings(store_id) for store_id in seen_by(request, context.known_stores())]
        tiles = {
            one.store_id: worst_first(
                camera_tiles(context.repository.coverage(one.store_id, *window), one, window, now)
            )
            for one in stores
        }
        return page(
            request,
            "cameras.html",
            title=_("Cameras"),
            finding=_finding([tile for of_store in tiles.values() for tile in of_store]),
            stores=sorted(stores, key=lambda one: _rank(tiles[one.store_id])),
            tiles=tiles,
        )

    return routes


def worst_first(tiles: Sequence[CameraTile]) -> list[CameraTile]:
    """Return those in front that do not see, or that a hint would help."""
    return sorted(tiles, key=lambda tile: (_WORST_FIRST.index(tile.kind), not tile.hint, tile.camera_id))


def _rank(tiles: Sequence[CameraTile]) -> int:
    return min((_WORST_FIRST.index(tile.kind) for tile in tiles), default=len(_WORST_FIRST))


def _finding(tiles: Sequence[CameraTile]) -> str:
    if not tiles:
        return _("No camera said anything in the last 24 hours.")
    blind = sum(tile.kind == "bad" for tile in tiles)
    if blind:
        return plural("{count} camera does not see.", "{count} cameras do not see.", blind)
    live = sum(tile.kind == "good" for tile in tiles)
    if live:
        return plural("{count} camera sees.", "All {count} cameras see.", live)
    return _("No camera is live: what there was, were films.")
