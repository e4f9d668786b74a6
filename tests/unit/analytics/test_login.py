"""Logging in and out, and what a page of another site can do with somebody's session."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from access_site import BEGAN, OWN, PASSWORD, Site, access_site, site_over

from analytics.access.guard import EndsStreams
from analytics.access.roles import Role
from analytics.access.sessions import SESSION_LASTS
from analytics.access.throttle import PER_ADDRESS, PER_USER

PAGE = {"accept": "text/html"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with access_site(tmp_path) as opened:
        opened.add_user("anna", Role.MANAGER, password=PASSWORD)
        yield opened


def form_of(answer: httpx.Response) -> dict[str, str]:
    (found,) = re.findall(r'name="form_token" value="(\w+)"', answer.text)
    return {"form_token": found}


def cookies_of(answer: httpx.Response) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={value}" for name, value in answer.cookies.items())}


def log_in(site: Site, name: str = "anna", password: str = PASSWORD, **more: Any) -> httpx.Response:
    asked = site.client.get("/login", headers=PAGE)
    form = {**form_of(asked), "name": name, "password": password, **more}
    return site.client.post("/login", data=form, headers=cookies_of(asked))


def actions(site: Site) -> list[tuple[str, str]]:
    return [(entry.actor, entry.action) for entry in site.access.audit.latest(100)]


def test_whoever_comes_to_a_page_is_led_to_the_login_and_back(site: Site):
    asked = site.client.get(f"/stores/{OWN}?day=2026-05-04", headers=PAGE)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/login?next=/stores/{OWN}%3Fday%3D2026-05-04")
    assert f'value="/stores/{OWN}?day=2026-05-04"' in site.client.get(asked.headers["location"]).text
    entered = log_in(site, next=f"/stores/{OWN}?day=2026-05-04")
    assert (entered.status_code, entered.headers["location"]) == (303, f"/stores/{OWN}?day=2026-05-04")
    assert "anna" in site.client.get(f"/stores/{OWN}", headers=cookies_of(entered)).text


def test_a_program_is_told_what_it_needs(site: Site):
    answer = site.client.get("/api/stores")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "ApiKey")
    assert "footfall key add" in answer.json()["error"]


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", ""])
def test_nobody_is_led_to_another_site(site: Site, elsewhere: str):
    assert log_in(site, next=elsewhere).headers["location"] == "/"


@pytest.mark.parametrize(("name", "password"), [("anna", PASSWORD + "x"), ("anna", ""), ("nobody", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(site: Site, name: str, password: str):
    answer = log_in(site, name, password)
    assert answer.status_code == 401
    assert "Name or password are not right." in answer.text
    assert "footfall_session" not in answer.cookies
    assert password == "" or password not in answer.text


@pytest.mark.needs_postgres
def test_a_name_that_no_database_can_hold_is_a_wrong_one(postgres_url: str):
    with site_over(postgres_url) as site:
        assert log_in(site, name="an\x00na").status_code == 401
        assert site.client.get("/api/stores", headers={"x-api-key": "footfall_'_x"}).status_code == 401


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites_and_over_tls_for_plain_http(site: Site):
    told = [one for one in log_in(site).headers.get_list("set-cookie") if one.startswith("footfall_session")]
    assert len(told) == 1
    assert {"httponly", "samesite=lax", "path=/"} <= set(told[0].lower().split("; "))
    assert "secure" not in told[0].lower()
    over_tls = site.client.get("https://127.0.0.1/login")
    assert "secure" in over_tls.headers["set-cookie"].lower()
    assert "max-age" in over_tls.headers["strict-transport-security"]


def test_a_session_ends_with_the_day_with_logging_out_and_with_another_password(site: Site):
    by_day, by_leaving, by_password = (cookies_of(log_in(site)) for _ in range(3))

    def answered(headers: dict[str, str]) -> int:
        return site.client.get(f"/stores/{OWN}", headers=headers).status_code

    left = site.client.post(
        "/logout", data=form_of(site.client.get(f"/stores/{OWN}", headers=by_leaving)), headers=by_leaving
    )
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert [answered(one) for one in (by_day, by_leaving, by_password)] == [200, 401, 200]
    site.clock.now += SESSION_LASTS
    assert answered(by_day) == 401
    site.clock.now = BEGAN
    site.access.accounts.set_password("anna", "another hash", by="test", at=site.clock())
    assert answered(by_password) == 401


def test_a_session_that_is_begun_with_a_password_of_before_is_none(site: Site):
    kept = site.access.accounts.password_of("anna")
    assert kept is not None
    site.access.accounts.set_password("anna", "another hash", by="test", at=site.clock())
    attempt = site.access.sessions.attempt("anna", "127.0.0.1", site.clock())
    assert site.access.sessions.begin("anna", kept, attempt, "127.0.0.1", site.clock()) is None


def test_a_user_who_is_removed_is_out_at_once(site: Site):
    inside = cookies_of(log_in(site))
    site.access.accounts.remove_user("anna", by="test", at=site.clock())
    assert site.client.get(f"/stores/{OWN}", headers=inside).status_code == 401


@pytest.mark.parametrize(
    "sent", [{}, {"x-form-token": "wrong"}, {"content": urlencode({"form_token": "wrong"})}, {"origin": "https://evil.example"},
             {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]
)  # fmt: skip
def test_a_page_of_another_site_cannot_send_a_form_by_somebodys_session(site: Site, sent: dict[str, str]):
    inside = cookies_of(log_in(site))
    headers = {**inside, "content-type": "application/x-www-form-urlencoded"}
    if "origin" in sent or "sec-fetch-site" in sent:  # refused even with the right token
        headers["x-form-token"] = form_of(site.client.get(f"/stores/{OWN}", headers=inside))["form_token"]
    headers |= {name: value for name, value in sent.items() if name != "content"}
    assert site.client.post("/logout", content=sent.get("content", ""), headers=headers).status_code == 403
    assert site.client.get(f"/stores/{OWN}", headers=inside).status_code == 200


def test_nobody_is_logged_in_by_a_form_of_another_site(site: Site):
    asked = site.client.get("/login")
    form = {**form_of(asked), "name": "anna", "password": PASSWORD}
    assert site.client.post("/login", data=form).status_code == 400
    assert site.client.post("/login", data={**form, "form_token": "x"}, headers=cookies_of(asked)).status_code == 400
    elsewhere = {**cookies_of(asked), "origin": "https://evil.example"}
    assert site.client.post("/login", data=form, headers=elsewhere).status_code == 403
    own = {**cookies_of(asked), "origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
    assert site.client.post("/login", data=form, headers=own).status_code == 303


def test_a_form_of_megabytes_is_not_read(site: Site):
    asked = site.client.get("/login")
    answer = site.client.post("/login", content=b"name=" + b"x" * 2_000_000, headers={
        **cookies_of(asked), "content-type": "application/x-www-form-urlencoded"
    })  # fmt: skip
    assert answer.status_code == 413


def test_too_many_attempts_have_to_wait_with_the_right_password_too_and_after_a_restart(site: Site, tmp_path: Path):
    for _ in range(PER_USER.attempts):
        assert log_in(site, password="wrong").status_code == 401
    held_up = log_in(site)
    assert (held_up.status_code, held_up.headers["retry-after"]) == (429, "900")
    assert "15 min" in held_up.text
    with access_site(tmp_path) as restarted:
        assert log_in(restarted).status_code == 429
    site.clock.now += PER_USER.within
    assert log_in(site).status_code == 303


def test_an_address_that_tries_many_names_has_to_wait_as_well(site: Site):
    for number in range(PER_ADDRESS.attempts):
        assert log_in(site, name=f"somebody {number}").status_code == 401
    assert log_in(site).status_code == 429


def test_whoever_logs_in_now_and_then_is_never_held_up(site: Site):
    for _ in range(PER_ADDRESS.attempts + 5):
        assert log_in(site).status_code == 303
    for _ in range(PER_USER.attempts - 1):
        assert log_in(site, password="wrong").status_code == 401
    assert log_in(site).status_code == 303
    assert log_in(site, password="wrong").status_code == 401


def test_what_happens_is_written_down_and_no_password(site: Site):
    inside = log_in(site)
    log_in(site, password="wrong")
    log_in(site, name="my password by mistake")
    headers = cookies_of(inside)
    site.client.post("/logout", data=form_of(site.client.get(f"/stores/{OWN}", headers=headers)), headers=headers)
    assert actions(site) == [
        ("test", "user add"),
        ("anna", "login"),
        ("anna", "login failed"),
        ("somebody unknown", "login failed"),
        ("anna", "logout"),
    ]
    assert "mistake" not in str(site.access.audit.latest(100))


def test_a_key_holds_until_it_expires_or_is_revoked(site: Site):
    (first, by_first), (second, by_second) = site.key(), site.key(days=2)
    assert site.client.get("/api/stores", headers=by_first).status_code == 200
    site.clock.now += timedelta(days=1)
    assert site.client.get("/api/stores", headers=by_first).status_code == 401
    assert site.client.get("/api/stores", headers=by_second).status_code == 200
    assert site.access.accounts.revoke_key(second, by="test", at=site.clock())
    assert not site.access.accounts.revoke_key(second, by="test", at=site.clock())
    assert site.client.get("/api/stores", headers=by_second).status_code == 401
    assert first != second


def test_pages_that_somebody_had_to_log_in_for_stay_in_no_cache(site: Site):
    answer = site.client.get(f"/stores/{OWN}", headers=cookies_of(log_in(site)))
    assert answer.headers["cache-control"] == "no-store"
    for name, value in {"x-frame-options": "DENY", "referrer-policy": "same-origin"}.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize(("granted", "heard"), [(True, [b"a", b"b", b""]), (False, [b""])])
def test_a_stream_goes_on_for_as_long_as_whoever_follows_it_may(granted: bool, heard: list[bytes]):
    async def stream(scope, _receive, send):
        async def still_granted() -> bool:
            return granted

        scope["state"]["still_granted"] = still_granted
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for body in (b"a", b"b", b""):
            await send({"type": "http.response.body", "body": body, "more_body": bool(body)})

    answer = httpx_bodies(EndsStreams(stream, checked_every_s=0))
    assert answer == heard


def httpx_bodies(app) -> list[bytes]:
    """Return the bodies that an application sends, one by one."""
    import asyncio

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(app({"type": "http", "headers": []}, receive, send))
    assert not sent[-1]["more_body"]
    return [message["body"] for message in sent[1:]]
