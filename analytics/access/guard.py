"""What every request meets first: who asks, whether they may, and whether it is they who ask."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.access.permissions import Verdict, verdict
from analytics.access.roles import HERE, Principal
from analytics.access.store import AccessStore
from analytics.access.tokens import form_token, same
from schemas.errors import StorageError

SESSION_COOKIE = "footfall_session"
KEY_HEADER = "x-api-key"
FORM_FIELD = "form_token"
FORM_HEADER = "x-form-token"
_CHANGE_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM = "application/x-www-form-urlencoded"
_FORM_WITH_FILE = "multipart/form-data"
_FIELDS_WITH_FILE = 100


class LoginNeeded(HTTPException):
    """Nobody known asks, where only somebody known is answered."""

    def __init__(self) -> None:
        super().__init__(
            401,
            "log in, or send a key in the header X-API-Key: `footfall key add` makes one",
            {"www-authenticate": "ApiKey"},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who is logged in, as a page shows it; ``form_token`` has to stand in each form."""

    name: str
    form_token: str


class Guard:
    """The dependency of every route. Without a store everybody is let in: the page is this machine's alone."""

    def __init__(self, store: AccessStore | None, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def __call__(self, request: Request) -> None:
        """Raise LoginNeeded, or HTTPException 403, for whoever may not ask for this."""
        principal, session = await run_in_threadpool(self._who, request)
        route = f"{request.method} {request.scope['route'].path}"
        found = verdict(route, principal, request.path_params.get("store_id"))
        if found is Verdict.UNKNOWN:
            raise LoginNeeded
        if found is not Verdict.GRANTED:
            raise HTTPException(403, _why(found, principal))
        if request.method not in _CHANGE_NOTHING:
            _require_own_page(request)
            if session is not None:
                await _require_form_token(request, session)
        request.state.principal = principal
        if principal is not None and session is not None:
            request.state.account = Account(name=principal.name, form_token=form_token(session))
        request.state.still_granted = lambda: self._still(request, route)

    def _who(self, request: Request) -> tuple[Principal | None, str | None]:
        """Return who asks, and the token of their session where it is by one."""
        if self._store is None:
            return HERE, None
        key = request.headers.get(KEY_HEADER)
        if key is not None:
            return self._store.accounts.principal_of_key(key, self._now()), None
        token = request.cookies.get(SESSION_COOKIE)
        principal = None if token is None else self._store.sessions.principal_of(token, self._now())
        return principal, None if principal is None else token

    async def _still(self, request: Request, route: str) -> bool:
        try:
            principal, _ = await run_in_threadpool(self._who, request)
        except StorageError:
            return True  # nothing new can be read meanwhile either
        return verdict(route, principal, request.path_params.get("store_id")) is Verdict.GRANTED


def principal_of(request: Request) -> Principal | None:
    """Return who asks; None for a request that asks for what everybody may see, or was refused."""
    principal: Principal | None = getattr(request.state, "principal", None)
    return principal


def asker_of(request: Request) -> Principal:
    """Return who asks on a route that is not open to everybody."""
    principal = principal_of(request)
    assert principal is not None, "the guard lets nobody unknown this far"
    return principal


def seen_by(request: Request, store_ids: Sequence[str]) -> list[str]:
    """Return those of some stores that whoever asks may see."""
    principal = principal_of(request)
    return [] if principal is None else principal.seen_of(store_ids)


def account_of(request: Request) -> Account | None:
    """Return who is logged in with a browser; None for keys and where nobody has to."""
    account: Account | None = getattr(request.state, "account", None)
    return account


class EndsStreams:
    """Ends a stream of events when whoever follows it may no longer: their session has ended, their key is revoked.

    They are asked for anew with the first event, or sign of life, ``checked_every_s`` seconds after the last time.
    """

    def __init__(self, app: ASGIApp, *, checked_every_s: float = 15.0) -> None:
        self._app = app
        self._checked_every_s = checked_every_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and ask again who follows before an event, or the sign of life between two."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        streams = ended = False
        checked_at = time.monotonic()

        async def send_while_granted(message: Message) -> None:
            nonlocal streams, ended, checked_at
            if message["type"] == "http.response.start":
                streams = any(
                    name.lower() == b"content-type" and value.startswith(b"text/event-stream")
                    for name, value in message["headers"]
                )
            elif ended:
                return
            elif streams and time.monotonic() - checked_at >= self._checked_every_s:
                checked_at = time.monotonic()
                still_granted: Callable[[], Awaitable[bool]] | None = state.get("still_granted")
                if still_granted is not None and not await still_granted():
                    ended = True
                    message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        await self._app(scope, receive, send_while_granted)


def _why(found: Verdict, principal: Principal | None) -> str:
    assert principal is not None
    if found is Verdict.WRONG_STORE:
        return f"this store is not one of those of {principal.name}: ask an admin for it"
    if found is Verdict.NOT_BY_KEY:
        return "no key may say who comes in, or who is told: log in with a name and a password"
    return f"{principal.name} is here as {principal.role}, and that role may not see or do this"


def _require_own_page(request: Request) -> None:
    # A browser says from where a request comes; a program that is no browser says nothing.
    origin = request.headers.get("origin")
    own = request.headers.get("host", "")
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if elsewhere or (origin is not None and _host(origin) != own):
        raise HTTPException(403, "a page of another site may change nothing here: open this one and try again")


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


async def _require_form_token(request: Request, session: str) -> None:
    given = request.headers.get(FORM_HEADER)
    if given is None and request.headers.get("content-type", "").startswith((_FORM, _FORM_WITH_FILE)):
        given = str((await request.form(max_files=1, max_fields=_FIELDS_WITH_FILE)).get(FORM_FIELD, ""))
    if given is None or not same(given, form_token(session)):
        raise HTTPException(403, "the form was made for another session: open the page again and send it from there")
