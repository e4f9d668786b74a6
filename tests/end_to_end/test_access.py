"""From nobody to somebody: commands that make users and keys, and a page that is opened beyond this machine."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from footfall_process import Ended, footfall
from services import free_port

from analytics.access.throttle import PER_USER
from footfall.config import Settings
from footfall.config_loading import load_settings
from footfall.databases import open_repository
from footfall.web_server import serving
from schemas.errors import ConfigError

PASSWORD = "four words of mine"
PAGE = {"accept": "text/html"}


def run(folder: Path, *arguments: str, typed: str = "") -> Ended:
    """Run a command to its end."""
    done = footfall(*arguments, "--data-dir", folder, typed=typed)
    assert done.code == 0, done.err
    return done


def settings_of(folder: Path, **web: object) -> Settings:
    return load_settings(None, data_dir=str(folder), web={"host": "0.0.0.0", "port": free_port(), **web})


@contextmanager
def page_of(settings: Settings) -> Iterator[httpx.Client]:
    """Open the page as its settings say, and a browser at it."""
    address = f"http://127.0.0.1:{settings.web.port}"
    with (
        closing(open_repository(settings)) as repository,
        serving(settings, repository, stores=("shop", "other")),
        httpx.Client(base_url=address, headers=PAGE, timeout=60) as browser,
    ):
        yield browser


def log_in(browser: httpx.Client, password: str) -> httpx.Response:
    (token,) = re.findall(r'name="form_token" value="(\w+)"', browser.get("/login").text)
    return browser.post("/login", data={"form_token": token, "name": "anna", "password": password})


def test_the_page_is_opened_for_users_alone_and_they_have_to_log_in(tmp_path: Path):
    with closing(open_repository(settings_of(tmp_path))):
        pass
    with pytest.raises(ConfigError, match="footfall user add NAME --role admin"), page_of(settings_of(tmp_path)):
        pass
    run(tmp_path, "user", "add", "anna", "--role", "manager", "--store", "shop", "--password-stdin", typed=PASSWORD)
    with page_of(settings_of(tmp_path)) as browser:
        assert browser.get("/").headers["location"] == "/login?next=/"
        assert browser.get("/stores/shop/live/events", headers={"accept": "text/event-stream"}).status_code == 401
        assert log_in(browser, "wrong").status_code == 401
        assert log_in(browser, PASSWORD).headers["location"] == "/"
        shop = browser.get("/stores/shop")
        assert (shop.status_code, "anna" in shop.text) == (200, True)
        assert browser.get("/stores/other").status_code == 403
        assert browser.post("/logout").status_code == 403
        (token,) = re.findall(r'name="form_token" value="(\w+)"', shop.text)
        assert browser.post("/logout", data={"form_token": token}).status_code == 303
        assert browser.get("/stores/shop").status_code == 303
        for _ in range(PER_USER.attempts):
            assert log_in(browser, "wrong").status_code == 401
        assert log_in(browser, PASSWORD).status_code == 429
    with page_of(settings_of(tmp_path)) as browser:
        assert log_in(browser, PASSWORD).status_code == 429
    done = run(tmp_path, "audit", "--json").json["entries"]
    assert [entry["action"] for entry in done[:4]] == ["user add", "login failed", "login", "logout"]


def test_a_key_is_shown_once_and_opens_what_it_is_for_until_it_is_revoked(tmp_path: Path):
    key = run(tmp_path, "key", "add", "nightly", "--role", "manager", "--store", "shop").out.strip()
    (kept,) = run(tmp_path, "key", "list", "--json").json["keys"]
    assert key not in str(kept)
    assert (kept["key_id"] in key, kept["name"], kept["stores"]) == (True, "nightly", ["shop"])
    with page_of(settings_of(tmp_path)) as program:
        sent = {"x-api-key": key}
        assert program.get("/api/stores", headers=sent).json() == {"stores": ["shop"]}
        assert program.get("/stores/shop", headers=sent).status_code == 200
        assert program.get("/api/stores/other/report", headers=sent).status_code == 403
        run(tmp_path, "key", "revoke", kept["key_id"])
        assert program.get("/api/stores", headers={**sent, "accept": "*/*"}).status_code == 401


def test_a_proxy_is_believed_and_cookies_go_over_tls_alone(tmp_path: Path):
    run(tmp_path, "user", "add", "anna", "--role", "admin", "--password-stdin", typed=PASSWORD)
    with page_of(settings_of(tmp_path, host="127.0.0.1", proxy="127.0.0.1")) as proxy:
        asked = proxy.get("/login", headers={"x-forwarded-proto": "https", "host": "shop.example"})
        assert "secure" in asked.headers["set-cookie"].lower()
        assert "strict-transport-security" in asked.headers
    with page_of(settings_of(tmp_path)) as liar:
        asked = liar.get("/login", headers={"x-forwarded-proto": "https"})
        assert "secure" not in asked.headers["set-cookie"].lower()
