"""The admin's pages of webhooks: a secret that is shown once, tests, a log, and what was disabled by hand."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from app_client import AppClient
from visitors_on_paper import utc
from webhook_receiver import receiver

from analytics.outbound.events import daily_report_message
from analytics.outbound.reach import Reach
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.web.app import create_app

NOW = utc("2026-05-12 10:00:00")


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[VisitRepository]:
    url = f"sqlite:///{tmp_path / 'visits.sqlite'}"
    with closing(VisitRepository(url, lambda one: StoreSettings(store_id=one))) as opened:
        yield opened


@pytest.fixture
def client(repository: VisitRepository) -> AppClient:
    reach = Reach.of(["127.0.0.1"])
    return AppClient(create_app(repository=repository, now=lambda: NOW, stores=("harbour",), reach=reach))


def wanted(url: str) -> dict[str, object]:
    return {"url": url, "events": ["report.daily", "camera.down"], "stores": ["harbour"]}


def test_a_receiver_is_added_and_its_secret_shown_once(client: AppClient, repository: VisitRepository):
    added = client.post("/settings/webhooks/add", data=wanted("http://127.0.0.1:9/"))
    (hook,) = repository.webhooks.all()
    assert hook.secret in added.text
    assert added.headers["cache-control"] == "no-store"
    assert (sorted(hook.events), hook.stores) == (["camera.down", "report.daily"], frozenset({"harbour"}))
    for path in ("", f"/{hook.webhook_id}"):
        page = client.get(f"/settings/webhooks{path}").text
        assert "http://127.0.0.1:9/" in page
        assert hook.secret not in page
    (entry,) = repository.access.audit.latest(1)
    assert (entry.actor, entry.action, hook.secret in entry.detail) == ("this machine", "webhook add", False)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"url": "ftp://shop.example/"}, "https://HOST/PATH"),
        ({"url": "https://10.1.2.3/"}, "10.1.2.3"),
        ({"events": []}, "No event was chosen"),
        ({"events": ["nothing"]}, "no event that is sent"),
        ({"stores": []}, "say which"),
    ],
)
def test_what_cannot_be_told_is_said_beside_what_was_typed(
    client: AppClient, repository: VisitRepository, wrong: dict[str, object], says: str
):
    answer = client.post("/settings/webhooks/add", data=wanted("https://192.0.2.7/") | wrong)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert repository.webhooks.all() == []


def test_a_test_is_sent_and_stands_in_the_log(client: AppClient, repository: VisitRepository):
    with receiver() as listening:
        client.post("/settings/webhooks/add", data=wanted(listening.url))
        (hook,) = repository.webhooks.all()
        answer = client.post(f"/settings/webhooks/{hook.webhook_id}/test")
        assert "The test arrived" in answer.text
    page = client.get(f"/settings/webhooks/{hook.webhook_id}").text
    assert re.search(r"a test</td><td>20\d</td><td>delivered", page)
    assert "did not arrive" in client.post(f"/settings/webhooks/{hook.webhook_id}/test").text


def test_what_waits_says_when_it_is_tried_next_until_the_receiver_is_disabled(
    client: AppClient, repository: VisitRepository
):
    client.post("/settings/webhooks/add", data=wanted("http://127.0.0.1:9/"))
    (hook,) = repository.webhooks.all()
    message = daily_report_message("harbour", (NOW - timedelta(days=1)).date(), {}, now=NOW)
    repository.outbox.put([(message, [hook.webhook_id])])
    where = f"/settings/webhooks/{hook.webhook_id}"
    assert f"{NOW:%Y-%m-%d %H:%M:%S}</td><td>0</td><td>{NOW:%Y-%m-%d %H:%M:%S}" in client.get(where).text
    assert client.post(f"{where}/disable").status_code == 303
    page = client.get(where).text
    assert "disabled since" in page
    assert "Nothing: all of it has arrived" in page
    assert client.post(f"{where}/test").status_code == 422
    assert client.post(f"{where}/enable").status_code == 303
    assert repository.webhooks.get(hook.webhook_id).disabled_at is None
    assert client.post(f"{where}/remove").status_code == 303
    assert repository.webhooks.all() == []
    assert client.get(where).status_code == 404
    told = sorted(entry.action for entry in repository.access.audit.latest(9))
    assert told == ["webhook add", "webhook disable", "webhook enable", "webhook remove"]
