"""Logging in and out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from analytics.access.guard import FORM_FIELD, SESSION_COOKIE, account_of
from analytics.access.passwords import LONGEST, Passwords
from analytics.access.roles import LONGEST_NAME, Role
from analytics.access.sessions import SESSION_LASTS
from analytics.access.store import AccessStore
from analytics.access.tokens import form_token, new_token, same
from analytics.presentation.language import _, later
from analytics.presentation.wording import duration_text
from analytics.web.rendering import page

LOGIN_COOKIE = "footfall_login"
_BODY_BYTES = 16_384
_OWN_PATH = re.compile(r"/(?![/\\])[^\\\s\x00-\x1f]*")
_WRONG = later("Name or password are not right.")
_STALE = later("The form was open for too long. Try again.")

Next = Annotated[str, Query(max_length=2_000, description="the page to go to after that")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What logging in takes: where users and sessions are kept, and what checks their passwords."""

    store: AccessStore
    passwords: Passwords


def login_address(path: str) -> str:
    """Return where to log in, and be led back to a page."""
    return f"/login?next={quote(path, safe='/')}"


def router(login: Login | None, now: Callable[[], datetime]) -> APIRouter:
    """Return the routes; without a login, those that say that none is needed."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, max_body_size=_BODY_BYTES)

    @routes.get("/login")
    def ask(request: Request, next: Next = "/") -> Response:  # noqa: A002 - it stands in the address
        """Ask who is there; who need not say is led on."""
        if login is None:
            return RedirectResponse("/", status_code=303)
        return _page(request, next_path=next)

    @routes.post("/login")
    def enter(
        request: Request,
        name: Annotated[str, Form(max_length=1_000)] = "",
        password: Annotated[str, Form(max_length=LONGEST)] = "",
        next: Annotated[str, Form(max_length=2_000)] = "/",  # noqa: A002
        token: Annotated[str, Form(alias=FORM_FIELD, max_length=200)] = "",
    ) -> Response:
        """Let somebody in who gives the right password, not too often."""
        if login is None:
            return RedirectResponse("/", status_code=303)
        asked = request.cookies.get(LOGIN_COOKIE)
        if asked is None or not same(token, form_token(asked)):
            return _page(request, next_path=next, name=name, said=_(_STALE), status=400)
        name, address, moment = name[:LONGEST_NAME], _address_of(request), now()
        attempt = login.store.sessions.attempt(name, address, moment)
        if attempt.wait:
            wait_s = ceil(attempt.wait.total_seconds())
            said = _("Too many attempts came to nothing. Try again in {time}.", time=duration_text(wait_s))
            answer = _page(request, next_path=next, name=name, said=said, status=429)
            answer.headers["retry-after"] = str(wait_s)
            return answer
        kept = login.store.accounts.password_of(name) if name.isprintable() else None
        session = None
        if login.passwords.agree(kept, password) and kept is not None:
            session = login.store.sessions.begin(name, kept, attempt, address, moment)
        if session is None:
            login.store.sessions.failed(name if kept is not None else None, address, moment)
            return _page(request, next_path=next, name=name, said=_(_WRONG), status=401)
        principal = login.store.sessions.principal_of(session, moment)
        for_cashiers = principal is not None and principal.role is Role.CASHIER and _own(next) == "/"
        led_on = RedirectResponse("/cashier" if for_cashiers else _own(next), status_code=303)
        _give(request, led_on, SESSION_COOKIE, session, lasts_s=int(SESSION_LASTS.total_seconds()))
        led_on.delete_cookie(LOGIN_COOKIE)
        return led_on

    @routes.post("/logout")
    def leave(request: Request) -> Response:
        """End the session."""
        answer = RedirectResponse("/login", status_code=303)
        account, session = account_of(request), request.cookies.get(SESSION_COOKIE)
        if login is not None and account is not None and session is not None:
            login.store.sessions.end(session, account.name, now())
            answer.delete_cookie(SESSION_COOKIE)
        return answer

    return routes


def _page(request: Request, *, next_path: str, name: str = "", said: str = "", status: int = 200) -> HTMLResponse:
    # Before there is a session, the form is tied to the browser by a cookie of its own.
    asked = request.cookies.get(LOGIN_COOKIE) or new_token()
    answer = page(
        request,
        "login.html",
        title=_("Log in"),
        status=status,
        name=name[:LONGEST_NAME],
        next=_own(next_path),
        said=said,
        form_token=form_token(asked),
    )
    _give(request, answer, LOGIN_COOKIE, asked)
    return answer


def _give(request: Request, answer: Response, name: str, value: str, *, lasts_s: int | None = None) -> None:
    secure = request.url.scheme == "https"
    answer.set_cookie(name, value, max_age=lasts_s, httponly=True, samesite="lax", secure=secure)


def _own(path: str) -> str:
    """Return a path of ours; the first page in the place of anything that would lead elsewhere."""
    return path if _OWN_PATH.fullmatch(path) else "/"


def _address_of(request: Request) -> str:
    return request.client.host if request.client else "nowhere"
