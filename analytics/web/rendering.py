"""Pages with what stands on each of them: where else to go, in which language, who is logged in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from plotly.offline import get_plotlyjs_version

from analytics.access.guard import account_of, principal_of
from analytics.access.permissions import Verdict, verdict
from analytics.presentation.assets import script, style, version
from analytics.presentation.language import LANGUAGES, _, language, later
from analytics.presentation.page import environment
from analytics.web.language import in_language

_PLACES = (
    ("/", later("All stores")),
    ("/stores/{store_id}", later("Store")),
    ("/stores/{store_id}/live", later("Live")),
    ("/cashier", later("Cashier")),
    ("/cameras", later("Cameras")),
    ("/identities", later("Identities")),
    ("/members", later("Members")),
    ("/exports", later("Exports")),
    ("/settings", later("Settings")),
)
_ERRORS = {
    403: later("Not yours to see"),
    404: later("Not here"),
    422: later("That cannot be shown"),
    503: later("The records cannot be read just now"),
}
_ANY_ERROR = later("Something is not right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page to go to from another, ``here`` if it is the one that is open."""

    href: str
    name: str
    here: bool


def page(request: Request, template: str, *, title: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page from its template; ``values`` are what the template asks for beside its ``title``.

    ``charts=True`` loads what draws them.
    """
    shared = {
        "language": language(),
        "other_languages": [
            {"code": code, "name": name, "href": in_language(request, code)}
            for code, name in LANGUAGES.items()
            if code != language()
        ],
        "navigation": list(_navigation(request)),
        "account": account_of(request),
        "may_see_access": _may(request, "GET /settings/access"),
        "may_set_up": _may(request, "POST /settings/stores"),
        "watches_cameras": request.app.state.watches_cameras,
        "footnote": request.app.state.footnote,
        "style_version": version(style()),
        "script_version": version(script()),
        "plotly_version": get_plotlyjs_version(),
    }
    html = environment().get_template(template).render(shared, title=title, **values)
    return HTMLResponse(html, status_code=status)


def error_page(request: Request, status: int, said: str) -> HTMLResponse:
    """Return the page for an error: what happened, what was kept and what to do."""
    title = _(_ERRORS.get(status, _ANY_ERROR))
    return page(request, "error.html", title=title, status=status, said=said, may_pass=status >= 500)


def _may(request: Request, route: str) -> bool:
    return verdict(route, principal_of(request), None) is Verdict.GRANTED


def _navigation(request: Request) -> Iterator[Place]:
    """Yield the pages that whoever asks may see; those of a store where the page is of one."""
    principal = principal_of(request)
    store_id = request.path_params.get("store_id")
    for path, name in _PLACES:
        of_store = "{store_id}" in path
        if principal is None or (of_store and store_id is None):
            continue
        if verdict(f"GET {path}", principal, store_id if of_store else None) is Verdict.GRANTED:
            href = path.format(store_id=quote(store_id or "", safe=""))
            yield Place(href=href, name=_(name), here=path == getattr(request.scope.get("route"), "path", None))
