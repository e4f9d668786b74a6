"""Routes of what pages load beside their HTML. An address bears the version, so that it may be kept for good."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from analytics.presentation.assets import chart_library, packed, script, style


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/assets/footfall.css")
    def footfall_css(request: Request) -> Response:
        """Give the style sheet."""
        return _kept(request, style(), "text/css")

    @routes.get("/assets/footfall.js")
    def footfall_js(request: Request) -> Response:
        """Give the script."""
        return _kept(request, script(), "text/javascript")

    @routes.get("/assets/plotly.min.js")
    def plotly(request: Request) -> Response:
        """Give Plotly's script as the plotly package carries it."""
        return _kept(request, chart_library(), "text/javascript")

    return routes


def _kept(request: Request, text: str, media_type: str) -> Response:
    headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(text, media_type=media_type, headers=headers)
    return Response(packed(text), media_type=media_type, headers=headers | {"content-encoding": "gzip"})
