"""The cashier's screen: who has just arrived in a store, and nothing else."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from analytics.access.guard import seen_by
from analytics.presentation.language import _
from analytics.web.context import WebContext
from analytics.web.rendering import page


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/cashier")
    def choose(request: Request) -> Response:
        """Go to the screen of the only store, or let somebody choose theirs."""
        known = seen_by(request, context.known_stores())
        if len(known) == 1:
            return RedirectResponse(f"/stores/{quote(known[0])}/cashier", status_code=303)
        return page(request, "cashier_stores.html", title=_("Which store is this?"), stores=known)

    @routes.get("/stores/{store_id}/cashier")
    def screen(request: Request, store_id: str) -> Response:
        """Show who has just arrived, kept up to date by the stream of arrivals."""
        settings = context.settings(store_id)
        several = len(seen_by(request, context.known_stores())) > 1
        return page(request, "cashier.html", title=store_id, store_id=store_id, zone=settings.zone, several=several)

    return routes
