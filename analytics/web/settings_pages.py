"""The operator's settings: how stores are counted, who may come in, what was done."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from analytics.access.accounts import Key, User, in_words
from analytics.access.guard import asker_of
from analytics.access.passwords import LONGEST, require_good
from analytics.access.roles import LONGEST_NAME, OF_PEOPLE, OF_STORES, Role, require_name, stores_for
from analytics.access.tokens import new_key
from analytics.presentation.language import _
from analytics.settings import LONGEST_NAME as LONGEST_STORE_NAME
from analytics.settings import MAX_SESSION_GAP, StoreSettings
from analytics.store_changes import count_store_by, new_store, set_up_store
from analytics.web.context import WebContext
from analytics.web.desk_words import WORDS
from analytics.web.rendering import page
from schemas.errors import ConfigError, InputError

AUDIT_SHOWN = 200
LONGEST_DAYS = 3650
_BODY_BYTES = 16_384


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, max_body_size=_BODY_BYTES)
    accounts = context.repository.access.accounts

    @routes.get("/settings")
    def stores(request: Request, changed: str = "", added: str = "") -> Response:
        """Show how every store is counted."""
        return _stores(request, changed=changed, added=added)

    @routes.post("/settings/stores")
    def add_store(
        request: Request,
        name: Annotated[str, Form(max_length=2 * LONGEST_STORE_NAME)],
        zone: Annotated[str, Form(max_length=100)],
    ) -> Response:
        """Set a store up, before anything is seen there."""
        name, zone = name.strip(), zone.strip()
        try:
            made = new_store(name, zone, context.known_stores())
        except (InputError, ConfigError) as error:
            return _stores(request, said=str(error), typed={"name": name, "zone": zone}, status=422)
        set_up_store(context.repository, made, by=asker_of(request).name, at=context.now())
        return RedirectResponse(f"/settings?{urlencode({'added': name})}", status_code=303)

    @routes.post("/settings/stores/{store_id}")
    async def change_store(request: Request, store_id: str) -> Response:
        """Count a store by other settings from now on."""
        return await run_in_threadpool(_change_store, request, store_id, await request.form())

    @routes.get("/settings/access")
    def access(request: Request) -> Response:
        """Show who may come in."""
        return _access(request)

    @routes.post("/settings/users/add")
    def add_user(
        request: Request,
        name: Annotated[str, Form(max_length=LONGEST_NAME)],
        password: Annotated[str, Form(max_length=LONGEST)],
        role: Annotated[Role, Form()],
        stores: Annotated[list[str] | None, Form()] = None,
        every_store: Annotated[bool, Form()] = False,
    ) -> Response:
        """Let somebody log in."""
        try:
            require_name(name)
            require_good(name, password)
            if role not in OF_PEOPLE:
                raise InputError(_("A user cannot have this role: make a key for a program."))
            made = User(
                name=name,
                role=role,
                stores=stores_for(role, stores or (), every_store=every_store),
                made_at=context.now(),
            )
            accounts.add_user(made, context.passwords().hash(password), by=asker_of(request).name)
        except InputError as error:
            return _access(request, said=str(error), typed={"name": name, "role": role, "stores": stores}, status=422)
        return _back()

    @routes.post("/settings/users/role")
    def change_role(
        request: Request,
        name: Annotated[str, Form(max_length=LONGEST_NAME)],
        role: Annotated[Role, Form()],
        stores: Annotated[list[str] | None, Form()] = None,
        every_store: Annotated[bool, Form()] = False,
    ) -> Response:
        """Give a user another role, or other stores."""
        try:
            _require_another(request, name)
            if role not in OF_PEOPLE:
                raise InputError(_("A user cannot have this role: make a key for a program."))
            accounts.set_role(
                name,
                role,
                stores_for(role, stores or (), every_store=every_store),
                by=asker_of(request).name,
                at=context.now(),
            )
        except InputError as error:
            return _access(request, said=str(error), status=422)
        return _back()

    @routes.post("/settings/users/password")
    def change_password(
        request: Request,
        name: Annotated[str, Form(max_length=LONGEST_NAME)],
        password: Annotated[str, Form(max_length=LONGEST)],
    ) -> Response:
        """Give a user another password, and log them out."""
        try:
            require_good(name, password)
            accounts.set_password(name, context.passwords().hash(password), by=asker_of(request).name, at=context.now())
        except InputError as error:
            return _access(request, said=str(error), status=422)
        return _back()

    @routes.post("/settings/users/remove")
    def remove_user(request: Request, name: Annotated[str, Form(max_length=LONGEST_NAME)]) -> Response:
        """Let a user in no more."""
        try:
            _require_another(request, name)
            accounts.remove_user(name, by=asker_of(request).name, at=context.now())
        except InputError as error:
            return _access(request, said=str(error), status=422)
        return _back()

    @routes.post("/settings/keys/add")
    def add_key(
        request: Request,
        name: Annotated[str, Form(max_length=LONGEST_NAME)],
        role: Annotated[Role, Form()],
        days: Annotated[int, Form(ge=1, le=LONGEST_DAYS)] = 365,
        stores: Annotated[list[str] | None, Form()] = None,
        every_store: Annotated[bool, Form()] = False,
    ) -> Response:
        """Let a program in, and show its key this once."""
        try:
            require_name(name)
            made = new_key()
            now = context.now()
            kept = Key(
                key_id=made.key_id,
                name=name,
                role=role,
                stores=stores_for(role, stores or (), every_store=every_store),
                made_at=now,
                expires_at=now + timedelta(days=days),
            )
            accounts.add_key(kept, made, by=asker_of(request).name)
        except InputError as error:
            return _access(request, said=str(error), status=422)
        answer = _access(request, key=made.text)
        answer.headers["cache-control"] = "no-store"
        return answer

    @routes.post("/settings/keys/revoke")
    def revoke_key(request: Request, key_id: Annotated[str, Form(max_length=LONGEST_NAME)]) -> Response:
        """Let a key in no more."""
        try:
            accounts.revoke_key(key_id, by=asker_of(request).name, at=context.now())
        except InputError as error:
            return _access(request, said=str(error), status=422)
        return _back()

    @routes.get("/settings/audit")
    def audit(request: Request) -> Response:
        """Show what was done, the latest first."""
        entries = context.repository.access.audit.latest(AUDIT_SHOWN)[::-1]
        return page(request, "audit.html", title=_("What was done"), entries=entries, at_most=AUDIT_SHOWN)

    def _stores(
        request: Request, *, changed: str = "", added: str = "", wrong: str = "", said: str = "", typed: Any = None,
        status: int = 200,
    ) -> Response:  # fmt: skip
        kept = context.repository.settings_of_each(context.known_stores())
        return page(
            request,
            "settings.html",
            **WORDS,
            title=_("Settings"),
            status=status,
            stores=kept,
            ruled=context.ruled,
            changed=changed,
            added=added if added in {one.store_id for one in kept} else "",
            has_cameras=context.cameras is not None,
            wrong=wrong,
            said=said,
            typed=typed or {},
            longest_gap=MAX_SESSION_GAP.total_seconds() / 60,
        )

    def _change_store(request: Request, store_id: str, given: FormData) -> Response:
        before = context.settings(store_id)
        typed = {name: str(value) for name, value in given.items()}
        try:
            after = changed_settings(before, typed, context.ruled)
        except (InputError, ConfigError) as error:
            return _stores(request, wrong=store_id, said=str(error), typed=typed, status=422)
        count_store_by(context.repository, before, after, by=asker_of(request).name, at=context.now())
        return RedirectResponse(f"/settings?{urlencode({'changed': store_id})}", status_code=303)

    def _access(
        request: Request, *, said: str = "", typed: Mapping[str, Any] | None = None, key: str = "", status: int = 200
    ) -> Response:
        now = context.now()
        return page(
            request,
            "access.html",
            **WORDS,
            title=_("Who may come in"),
            status=status,
            users=accounts.users(),
            keys=accounts.keys(),
            now=now,
            roles=sorted(OF_PEOPLE),
            key_roles=list(Role),
            of_stores=OF_STORES,
            stores=context.known_stores(),
            in_words=in_words,
            said=said,
            typed=typed or {},
            key=key,
            me=asker_of(request).name,
        )

    return routes


def changed_settings(before: StoreSettings, typed: Mapping[str, str], ruled: frozenset[str]) -> StoreSettings:
    """Return a store's settings as a form gives them; what a configuration rules stays as it is.

    ``opens_0`` and ``closes_0`` are the hours of Monday; a day without both is closed, and without ``hours_known`` no
    hours are known. Raises InputError or ConfigError for what cannot be meant.
    """
    given: dict[str, Any] = {}
    if "zone" in typed:
        given["zone"] = typed["zone"].strip()
    if "day_start" in typed:
        given["day_start"] = _time(typed["day_start"], _("the start of the day"))
    if "session_gap_minutes" in typed:
        try:
            given["session_gap"] = timedelta(minutes=float(typed["session_gap_minutes"]))
        except (ValueError, OverflowError):
            raise InputError(_("the session gap is no number of minutes")) from None
    if "hours" in typed:
        given["opening_hours"] = _hours(typed) if typed.get("hours_known") else None
    return replace(before, **{name: value for name, value in given.items() if name not in ruled})


def _hours(typed: Mapping[str, str]) -> dict[int, tuple[time, time]]:
    hours = {}
    for weekday in range(7):
        opens, closes = typed.get(f"opens_{weekday}", ""), typed.get(f"closes_{weekday}", "")
        if bool(opens) != bool(closes):
            raise InputError(
                _("a day has an opening time or a closing time alone: give both, or none where it is closed")
            )
        if opens:
            hours[weekday] = _time(opens, _("opening")), _time(closes, _("closing"))
    return hours


def _time(text: str, what: str) -> time:
    try:
        moment = time.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise InputError(_("{what}: {text} is no time of day such as 06:00", what=what, text=repr(text)))
    return moment


def _require_another(request: Request, name: str) -> None:
    """Raise InputError for whoever would shut themselves out."""
    if name == asker_of(request).name:
        raise InputError(_("you cannot take this away from yourself: another admin can"))


def _back() -> Response:
    return RedirectResponse("/settings/access", status_code=303)
