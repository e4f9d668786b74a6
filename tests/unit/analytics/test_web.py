"""What the server answers; what a browser makes of it is in tests/browser."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from app_client import AppClient
from visitors_on_paper import NewRepository, seen, utc

from analytics.records.repository import VisitRepository
from analytics.reports.report import build_report
from analytics.reports.report_json import report_json
from analytics.web.app import create_app
from analytics.web.live import LiveFeed
from schemas.errors import TransientError

NOW = utc("2026-05-04 12:00")


@pytest.fixture
def client(new_repository: NewRepository) -> AppClient:
    repository, _ = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00")])
    app = create_app(
        repository=repository,
        now=lambda: NOW,
        stores=("shop", "not opened yet"),
    )
    return AppClient(app)


def test_the_report_over_http_is_the_report(client: AppClient, new_repository: NewRepository):
    repository, settings = new_repository()
    answer = client.get("/api/stores/shop/report", params={"from": "2026-05-04", "to": "2026-05-04"})
    assert answer.json() == report_json(build_report(repository, settings, now=NOW))


def test_csv_comes_as_a_file(client: AppClient):
    answer = client.get("/api/stores/shop/report.csv")
    assert answer.text.startswith("store,zone,began_at")
    assert "attachment" in answer.headers["content-disposition"]


def test_several_stores_are_listed_and_one_that_is_empty_says_what_to_do(client: AppClient):
    assert 'href="/stores/not%20opened%20yet"' in client.get("/").text
    assert "footfall run --store" in client.get("/stores/not opened yet").text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/stores/other", 404, "not opened yet, shop"),
        ("/stores/other/live/events", 404, "other"),
        ("/stores/shop?from=yesterday", 422, "from"),
        ("/stores/shop?from=0001-01-01", 422, "outside the years"),
        ("/stores/shop?from=9999-12-31", 422, "outside the years"),
        ("/api/stores/other/report", 404, "other"),
        ("/api/stores/shop/report?from=2026-05-05&to=2026-05-04", 422, "before it begins"),
        ("/api/stores/shop/report?by=minute", 422, "by"),
        ("/nothing", 404, "Not Found"),
    ],
)
def test_what_cannot_be_shown_is_answered_with_a_sentence(client: AppClient, path: str, status: int, says: str):
    answer = client.get(path)
    assert answer.status_code == status
    assert says in answer.text


def test_every_answer_forbids_what_no_page_needs(client: AppClient):
    for path in ("/", "/stores/shop", "/assets/footfall.js", "/api/stores", "/nothing"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_a_name_of_somebody_else_is_not_answered(client: AppClient):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_style_and_scripts_stay_small(client: AppClient):
    assert len(client.get("/assets/footfall.css").content) <= 30_000
    assert len(client.get("/assets/footfall.js").content) <= 60_000


def test_health_says_that_the_records_can_be_read(client: AppClient):
    assert client.get("/healthz").json()["status"] == "ok"


def test_who_follows_gets_what_was_missed_and_then_what_comes(new_repository: NewRepository):
    repository, _ = new_repository()
    repository.record([seen(number, f"2026-05-04 09:00:0{number}") for number in range(3)])

    async def follow() -> list[int]:
        feed = LiveFeed(repository, repository.latest_sightings, poll_s=0.02)
        polling = asyncio.create_task(feed.run())
        following = feed.follow("shop", after=1)
        missed = [(await anext(following)).change for _ in range(2)]
        await asyncio.to_thread(repository.record, [seen(9, "2026-05-04 09:30:00")])
        fresh = await asyncio.wait_for(anext(following), timeout=10)
        await following.aclose()
        polling.cancel()
        return [*missed, fresh.change]

    assert asyncio.run(follow()) == [2, 3, 4]


def test_who_follows_too_slowly_is_let_go_and_can_resume(new_repository: NewRepository):
    repository, _ = new_repository()

    async def fall_behind() -> tuple[int, int]:
        feed = LiveFeed(repository, repository.latest_sightings, poll_s=0.02)
        polling = asyncio.create_task(feed.run())
        following = feed.follow("shop", after=0)
        await asyncio.to_thread(repository.record, [seen(0, "2026-05-04 08:00:00")])
        first = (await asyncio.wait_for(anext(following), timeout=10)).change
        for minute in range(3):
            await asyncio.to_thread(repository.record, flood(minute))
            await asyncio.sleep(0.2)
        let_go = [item async for item in following]
        polling.cancel()
        resumed = feed.follow("shop", after=first)
        last = 0
        for _ in range(50):
            last = (await anext(resumed)).change
        return len(let_go), last

    assert asyncio.run(fall_behind()) == (0, repository_size(repository))


def test_a_feed_that_begins_while_the_database_is_away_tells_what_comes_once_it_is_back(
    new_repository: NewRepository, monkeypatch: pytest.MonkeyPatch
):
    repository, _ = new_repository()
    last_changes = repository.last_changes
    answers = iter([TransientError("database: it cannot be reached")] * 2)

    def away_at_first() -> dict[str, int]:
        for error in answers:
            raise error
        return last_changes()

    monkeypatch.setattr(repository, "last_changes", away_at_first)

    async def follow() -> int:
        feed = LiveFeed(repository, repository.latest_sightings, poll_s=0.02)
        polling = asyncio.create_task(feed.run())
        following = feed.follow("shop", after=0)
        awaited = asyncio.create_task(anext(following))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(repository.record, [seen(0, "2026-05-04 08:00:00")])
        first = await asyncio.wait_for(awaited, timeout=10)
        polling.cancel()
        return first.change

    assert asyncio.run(follow()) == 1


def test_who_follows_is_let_go_when_the_end_has_come(new_repository: NewRepository):
    repository, _ = new_repository()
    ending = threading.Event()

    async def follow_to_the_end() -> list[int]:
        feed = LiveFeed(repository, repository.latest_sightings, poll_s=0.02, ending=ending)
        polling = asyncio.create_task(feed.run())
        following = feed.follow("shop", after=0)
        await asyncio.to_thread(repository.record, [seen(0, "2026-05-04 08:00:00")])
        heard = [(await asyncio.wait_for(anext(following), timeout=10)).change]
        ending.set()
        async with asyncio.timeout(10):
            heard += [item.change async for item in following]
            heard += [item.change async for item in feed.follow("shop", after=1)]
            await polling
        return heard

    assert asyncio.run(follow_to_the_end()) == [1]


def flood(minute: int) -> list:
    start = utc("2026-05-04 09:00:00") + timedelta(minutes=minute)
    return [seen(number, f"{(start + timedelta(milliseconds=number)).replace(tzinfo=None)}") for number in range(100)]


def repository_size(repository: VisitRepository) -> int:
    return repository.last_changes()["shop"]


@pytest.mark.parametrize("path", ["/", "/stores/shop", "/stores/empty"])
def test_the_footnote_stands_at_the_end_of_every_page(new_repository: NewRepository, path: str):
    repository, _ = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00")])
    app = create_app(
        repository=repository,
        now=lambda: NOW,
        stores=("shop", "empty"),
        footnote="Model pack <dlib>, licence CC0-1.0.",
    )
    page = AppClient(app).get(path).text
    assert "Model pack &lt;dlib&gt;, licence CC0-1.0." in page[page.index("<footer>") :]


def test_a_page_says_how_much_came_in_after_the_morning_it_was_first_read(new_repository: NewRepository):
    repository, _ = new_repository()
    late = replace(seen(2, "2026-05-02 10:00:00"), decided_at=utc("2026-05-03 09:00"))
    repository.record([seen(1, "2026-05-02 09:00:00"), late, seen(3, "2026-05-01 09:00:00")])
    client = AppClient(create_app(repository=repository, now=lambda: NOW))
    restated = "Restated: 1 sighting of these days came in after Sun 3 May 07:00"
    assert restated in client.get("/stores/shop?from=2026-05-02&to=2026-05-02").text
    assert "Restated" not in client.get("/stores/shop?from=2026-05-01&to=2026-05-01").text


@pytest.mark.parametrize("path", ["/", "/stores/shop", "/stores/shop/live", "/cameras", "/stores/other"])
def test_pages_speak_the_language_that_is_asked_for_and_remember_it(client: AppClient, path: str):
    assert '<html lang="en">' in client.get(path).text
    assert '<html lang="zh">' in client.get(path, headers={"accept-language": "zh-CN,zh;q=0.9"}).text
    chosen = client.get(path, params={"lang": "zh"}, headers={"accept-language": "en"})
    assert '<html lang="zh">' in chosen.text
    assert "footfall_language=zh" in chosen.headers["set-cookie"]
    kept = client.get(path, headers={"accept-language": "en", "cookie": "footfall_language=zh"})
    assert '<html lang="zh">' in kept.text
    assert "set-cookie" not in kept.headers


def test_programs_are_answered_in_english_whoever_asks(client: AppClient):
    answer = client.get("/api/stores/other/report", headers={"accept-language": "zh"})
    assert answer.json()["error"].startswith("There is no store other.")
