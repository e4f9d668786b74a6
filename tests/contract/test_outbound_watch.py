"""What is told without anybody coming in: days that are over, and cameras that have gone or come back."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from test_visit_repository import sqlite_url
from visitors_on_paper import gap, seen, utc, watched

from analytics.outbound.daily import tell_of_days
from analytics.outbound.delivery import Webhook
from analytics.outbound.events import SUBSCRIBABLE
from analytics.outbound.signatures import new_secret
from analytics.outbound.watched_cameras import LOOKED_BACK
from analytics.records import tables
from analytics.records.database import connect, reading
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from schemas.messages import FILM_ENDED, Coverage

NewUrl = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    return sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")


class Kept:
    """A database with one webhook, made at midnight of the first of May."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.repository = VisitRepository(url, lambda one: StoreSettings(store_id=one, zone="Europe/Berlin"))
        self.add("abcd1234", "2026-05-01 00:00")

    def add(self, webhook_id: str, made_at: str) -> None:
        hook = Webhook(
            webhook_id=webhook_id, url="https://shop.example/", secret=new_secret(), events=frozenset(SUBSCRIBABLE),
            stores=None, made_at=utc(made_at),
        )  # fmt: skip
        self.repository.webhooks.add(hook, by="test")

    def days(self, now: str) -> int:
        return tell_of_days(self.repository, self.repository.webhooks.all(), utc(now))

    def cameras(self, now: str) -> None:
        heard = self.repository.lately_heard("shop", utc(now) - LOOKED_BACK)
        self.repository.told_cameras.tell({"shop": heard}, utc(now))

    def told(self) -> list[dict]:
        engine = connect(self.url)
        with reading(engine) as connection:
            query = select(tables.outbox.c.body).order_by(tables.outbox.c.made_at, tables.outbox.c.kind)
            bodies = list(connection.execute(query).scalars())
        engine.dispose()
        return [json.loads(body) for body in bodies]


@pytest.fixture
def kept(new_url: NewUrl) -> Iterator[Kept]:
    with new_url() as url:
        opened = Kept(url)
        yield opened
        opened.repository.close()


def test_a_day_is_told_of_once_when_it_is_over_and_every_camera_is_done(kept: Kept):
    kept.repository.record([seen(1, "2026-05-04 09:00:00")], [watched("2026-05-04 08:00", "2026-05-04 22:00")])
    assert kept.days("2026-05-04 21:00") == 0, "the day goes on in Berlin until 22:00"
    assert kept.days("2026-05-04 22:05") == 0, "the last visits may still be on their way"
    assert kept.days("2026-05-04 22:11") == 1
    assert kept.days("2026-05-04 22:12") == 0
    (told,) = kept.told()
    assert (told["type"], told["data"]["store"], told["data"]["from"]) == ("report.daily", "shop", "2026-05-04")
    assert (told["data"]["pv"], told["data"]["completeness"]) == (1, 1.0)
    assert "visits" not in told["data"]


def test_a_camera_that_is_behind_is_waited_for_six_hours(kept: Kept):
    kept.repository.record([seen(1, "2026-05-04 09:00:00")], [watched("2026-05-04 08:00", "2026-05-04 20:00")])
    assert kept.days("2026-05-05 03:59") == 0
    assert kept.days("2026-05-05 04:00") == 1


def test_after_an_outage_the_last_days_are_told_of_and_to_a_new_webhook_none_that_was_over(kept: Kept):
    for day in range(1, 10):
        kept.repository.record(
            [seen(day, f"2026-05-0{day} 09:00:00")], [watched(f"2026-05-0{day} 08:00", f"2026-05-0{day} 10:00")]
        )
    assert kept.days("2026-05-10 12:00") == 6
    assert [one["data"]["from"] for one in kept.told()] == [f"2026-05-0{day}" for day in range(4, 10)]
    kept.add("late", "2026-05-09 12:00")
    assert kept.days("2026-05-10 12:00") == 1
    assert kept.repository.outbox.waiting() == {"abcd1234": 6, "late": 1}


def test_a_day_on_which_nobody_was_expected_to_watch_is_not_told_of(kept: Kept):
    kept.repository.record([seen(1, "2026-05-01 09:00:00")], [watched("2026-05-01 08:00", "2026-05-01 10:00")])
    assert kept.days("2026-05-05 12:00") == 1


def test_a_camera_that_goes_and_comes_back_is_told_of_once_each(kept: Kept):
    kept.repository.record([], [watched("2026-05-04 09:00", "2026-05-04 09:10")])
    kept.cameras("2026-05-04 09:10")
    assert kept.told() == [], "how it is when it is first heard of, is no news"
    kept.repository.record([], [gap("2026-05-04 09:10", "2026-05-04 09:12", reason="connection refused")])
    kept.cameras("2026-05-04 09:10:30")
    assert kept.told() == [], "half a minute may be nothing"
    for _ in range(2):
        kept.cameras("2026-05-04 09:12")
    (down,) = kept.told()
    assert (down["type"], down["data"]["camera"], down["data"]["reason"]) == (
        "camera.down",
        "door",
        "connection refused",
    )
    assert down["data"]["since"] == "2026-05-04T09:10:00+00:00"
    kept.repository.record([], [watched("2026-05-04 09:12", "2026-05-04 09:14")])
    for _ in range(2):
        kept.cameras("2026-05-04 09:14")
    assert [one["type"] for one in kept.told()] == ["camera.down", "camera.up"]


def test_a_camera_of_which_nothing_is_heard_is_down_and_a_film_that_has_ended_is_not(kept: Kept):
    film = watched("2026-05-04 09:00", "2026-05-04 09:10", camera="film")
    kept.repository.record([], [watched("2026-05-04 09:00", "2026-05-04 09:10"), film])
    kept.cameras("2026-05-04 09:10")
    ended = Coverage(**{name: getattr(film, name) for name in film.__slots__} | {"reason": FILM_ENDED, "frames": 200})
    kept.repository.record([], [ended])
    for minute in (16, 40):
        kept.cameras(f"2026-05-04 09:{minute}")
    assert [(one["data"]["camera"], one["data"]["reason"]) for one in kept.told()] == [
        ("door", "nothing was heard of it")
    ]


def test_several_processes_that_look_at_once_tell_once(kept: Kept):
    from concurrent.futures import ThreadPoolExecutor

    kept.repository.record([seen(1, "2026-05-04 09:00:00")], [watched("2026-05-04 08:50", "2026-05-04 09:10")])
    kept.cameras("2026-05-04 09:10")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: (kept.cameras("2026-05-05 10:00"), kept.days("2026-05-05 10:00")), range(4)))
    assert sorted(one["type"] for one in kept.told()) == ["camera.down", "report.daily"]
    assert datetime.fromisoformat(kept.told()[0]["timestamp"]) - datetime(2026, 5, 5, 10, tzinfo=UTC) == timedelta(0)
