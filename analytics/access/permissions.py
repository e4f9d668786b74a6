"""Which role may ask for what: one table, and what follows from it.

A route is named by its method and its path, as it is declared. One that is not here is refused to everybody, and a test
fails for it. Where a path has a ``{store_id}``, the store has to be one of theirs, too.
"""

from collections.abc import Mapping
from enum import Enum, auto

from analytics.access.roles import OF_PEOPLE, Principal, Role

_PAGES = frozenset({Role.MANAGER, Role.OPERATOR, Role.ADMIN})
_FIGURES = frozenset({Role.MANAGER, Role.ADMIN})
_ARRIVALS = frozenset({Role.MANAGER, Role.CASHIER, Role.ADMIN})
_ADMIN = frozenset({Role.ADMIN})
_IDENTITIES = _SETTINGS = frozenset({Role.OPERATOR, Role.ADMIN})
_MEMBERS = frozenset({Role.MANAGER, Role.ADMIN})
_ACCESS = frozenset({Role.ADMIN})

ROLES: Mapping[str, frozenset[Role]] = {
    "GET /": _PAGES,
    "GET /cameras": _PAGES,
    "GET /stores/{store_id}": _PAGES,
    "GET /stores/{store_id}/live": _PAGES,
    "GET /stores/{store_id}/live/events": _PAGES,
    "GET /cashier": _ARRIVALS,
    "GET /stores/{store_id}/cashier": _ARRIVALS,
    "GET /stores/{store_id}/arrivals/events": _ARRIVALS,
    "POST /stores/{store_id}/arrivals/{arrival_id}/greeted": _ARRIVALS,
    "GET /api/stores": _PAGES,
    "GET /api/stores/{store_id}/report": _FIGURES,
    "GET /api/stores/{store_id}/report.csv": _FIGURES,
    "GET /api/stores/{store_id}/report.xlsx": _FIGURES,
    "GET /api/stores/{store_id}/report.parquet": _FIGURES,
    "GET /api/stores/{store_id}/report.pdf": _FIGURES,
    "GET /api/reports": _FIGURES,
    "GET /exports": _FIGURES,
    "GET /exports/file": _FIGURES,
    "GET /api/stores/{store_id}/settings": _SETTINGS,
    "PUT /api/stores/{store_id}/settings": _SETTINGS,
    "GET /api/stores/{store_id}/cameras": _SETTINGS,
    "PUT /api/stores/{store_id}/cameras/{camera_id}": _ADMIN,
    "DELETE /api/stores/{store_id}/cameras/{camera_id}": _SETTINGS,
    "POST /api/transactions": frozenset({Role.TILL, Role.ADMIN}),
    "GET /api/webhooks": _ADMIN,
    "GET /api/webhooks/{webhook_id}/log": _ADMIN,
    "POST /api/webhooks/{webhook_id}/test": _ADMIN,
    "GET /identities": _IDENTITIES,
    "POST /identities/candidates/{candidate_id}": _IDENTITIES,
    "POST /identities/undo": _IDENTITIES,
    "POST /identities/look": _IDENTITIES,
    "POST /identities/staff": _IDENTITIES,
    "GET /members": _MEMBERS,
    "POST /members/bind": _MEMBERS,
    "POST /members/tags": _MEMBERS,
    "POST /members/enrol": _MEMBERS,
    "POST /members/unbind": _MEMBERS,
    "POST /members/erase": _MEMBERS,
    "GET /cameras/add": _SETTINGS,
    "POST /cameras/test": _SETTINGS,
    "POST /cameras/keep": _SETTINGS,
    "POST /cameras/remove": _SETTINGS,
    "GET /stores/{store_id}/cameras/{camera_id}/picture": _SETTINGS,
    "GET /settings": _SETTINGS,
    "POST /settings/stores": _SETTINGS,
    "POST /settings/stores/{store_id}": _SETTINGS,
    "GET /settings/access": _ACCESS,
    "POST /settings/users/add": _ACCESS,
    "POST /settings/users/role": _ACCESS,
    "POST /settings/users/password": _ACCESS,
    "POST /settings/users/remove": _ACCESS,
    "POST /settings/keys/add": _ACCESS,
    "POST /settings/keys/revoke": _ACCESS,
    "GET /settings/audit": _ACCESS,
    "GET /settings/webhooks": _ADMIN,
    "GET /settings/webhooks/{webhook_id}": _ADMIN,
    "POST /settings/webhooks/add": _ADMIN,
    "POST /settings/webhooks/{webhook_id}/test": _ADMIN,
    "POST /settings/webhooks/{webhook_id}/enable": _ADMIN,
    "POST /settings/webhooks/{webhook_id}/disable": _ADMIN,
    "POST /settings/webhooks/{webhook_id}/remove": _ADMIN,
    "GET /openapi.json": OF_PEOPLE,
    "POST /logout": OF_PEOPLE,
}
"""The roles that may use each route."""

BY_PEOPLE_ALONE = frozenset(
    route
    for route in ROLES
    if route.startswith(
        tuple(f"POST /{one}/" for one in ("settings/users", "settings/keys", "settings/webhooks", "cameras"))
    )
)
"""What no key may do, whatever its role: a key that could make another, or a receiver, would outlive its own end; and
to try out a camera is to look at files and addresses around the program."""

OPEN = frozenset(
    {
        "GET /healthz",
        "GET /login",
        "POST /login",
        "GET /assets/footfall.css",
        "GET /assets/footfall.js",
        "GET /assets/plotly.min.js",
    }
)
"""The routes that ask nobody who they are: they show nothing of any store."""

MOUNTED = frozenset({"/static", "/api"})
"""What is mounted and not asked here: style and scripts, and the recognition service, which has keys of its own."""


class Verdict(Enum):
    """Whether somebody may go on, and if not, why."""

    GRANTED = auto()
    UNKNOWN = auto()
    WRONG_ROLE = auto()
    WRONG_STORE = auto()
    NOT_BY_KEY = auto()


def verdict(route: str, principal: Principal | None, store_id: str | None) -> Verdict:
    """Tell whether somebody, or nobody known, may use a route, of a store where the route is of one."""
    if route in OPEN:
        return Verdict.GRANTED
    if principal is None:
        return Verdict.UNKNOWN
    if principal.role not in ROLES.get(route, frozenset()):
        return Verdict.WRONG_ROLE
    if principal.is_key and route in BY_PEOPLE_ALONE:
        return Verdict.NOT_BY_KEY
    if store_id is not None and not principal.may_see(store_id):
        return Verdict.WRONG_STORE
    return Verdict.GRANTED
