"""The page of exports: files of the stores that are theirs, and what is sent by itself when."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from access_site import LIGHT, Clock, Site
from app_client import AppClient
from hypothesis import given
from hypothesis import strategies as st
from visitors_on_paper import seen, utc

from analytics.access.login import Login
from analytics.access.passwords import Passwords
from analytics.access.roles import Role
from analytics.outbound.schedule import Every, Scheduled, last_period, next_due
from analytics.records.repository import VisitRepository
from analytics.reports.file_format import FileFormat
from analytics.settings import StoreSettings
from analytics.web.app import create_app

NOW = utc("2026-05-12 10:00:00")


def scheduled(name: str, *stores: str, every: Every = Every.WEEK) -> Scheduled:
    return Scheduled(
        name=name, every=every, stores=stores, form=FileFormat.PDF, at=time(7), target="mailto:anna@shop.example"
    )


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[VisitRepository]:
    url = f"sqlite:///{tmp_path / 'visits.sqlite'}"
    with closing(VisitRepository(url, lambda one: StoreSettings(store_id=one))) as opened:
        opened.record(
            [seen(day, f"2026-05-{day:02} 09:00:00", store=one) for day in range(4, 11) for one in ("own", "foreign")]
        )
        yield opened


def site(repository: VisitRepository, timetable: Sequence[Scheduled] = ()) -> Site:
    login = Login(store=repository.access, passwords=Passwords(**LIGHT))
    app = create_app(
        repository=repository, now=lambda: NOW, login=login, allowed_hosts=("*",), timetable=timetable
    )  # fmt: skip
    return Site(app=app, repository=repository, passwords=login.passwords, clock=Clock(NOW))


def here(repository: VisitRepository) -> AppClient:
    return AppClient(create_app(repository=repository, now=lambda: NOW))


@pytest.mark.parametrize(
    ("form", "begins"), [("csv", b"store,"), ("xlsx", b"PK"), ("parquet", b"PAR1"), ("pdf", b"%PDF")]
)
def test_stores_together_are_a_file_in_every_format(repository: VisitRepository, form: str, begins: bytes):
    asked = f"/exports/file?store=own&store=foreign&from=2026-05-04&to=2026-05-10&by=day&format={form}"
    answer = here(repository).get(asked)
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"] == f"attachment; filename=report-2026-05-04-2026-05-10.{form}"


@pytest.mark.parametrize(
    "asked",
    [
        "format=csv",
        "format=txt&store=own",
        "format=csv&store=own&from=2026-05-10&to=2026-05-04",
        "format=csv&store=none",
    ],
)
def test_what_cannot_be_exported_is_said_on_a_page(repository: VisitRepository, asked: str):
    answer = here(repository).get(f"/exports/file?{asked}")
    assert answer.status_code in (404, 422)
    assert "<h1>" in answer.text


def test_a_manager_exports_and_reads_of_their_own_stores_alone(repository: VisitRepository):
    of_own, of_both, of_all = scheduled("of own", "own"), scheduled("of both", "own", "foreign"), scheduled("of all")
    shop = site(repository, [of_own, of_both, of_all])
    _, manager = shop.key(Role.MANAGER)
    page = shop.client.get("/exports", headers=manager).text
    assert "of own" in page
    for hidden in ("foreign", "of both", "of all", "anna@shop.example"):
        assert hidden not in page
    asked = "/exports/file?format=csv&from=2026-05-04&to=2026-05-10"
    assert shop.client.get(f"{asked}&store=own", headers=manager).status_code == 200
    assert shop.client.get(f"{asked}&store=own&store=foreign", headers=manager).status_code == 403
    _, admin = shop.key(Role.ADMIN)
    page = shop.client.get("/exports", headers=admin).text
    for shown in ("of both", "of all", "anna@shop.example", "Mon 18 May 2026, 07:00", "not sent"):
        assert shown in page


def test_before_anything_was_seen_the_page_says_so(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'visits.sqlite'}"
    with closing(VisitRepository(url, lambda one: StoreSettings(store_id=one))) as empty:
        assert "Nothing to export yet" in here(empty).get("/exports").text


@given(
    now=st.integers(0, 365 * 24 * 60).map(lambda minutes: utc("2026-01-01") + timedelta(minutes=minutes)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai", "America/New_York"]),
    day_start=st.times(),
    at=st.times(),
    every=st.sampled_from(Every),
)
def test_a_report_is_due_when_the_page_said_it_would_be(
    now: datetime, zone: str, day_start: time, at: time, every: Every
):
    store = StoreSettings(store_id="a", zone=zone, day_start=day_start)
    one = Scheduled(name="x", every=every, stores=("a",), form=FileFormat.PDF, at=at, target="abcd1234")
    due_at = next_due(one, [store], now)
    assert due_at > now
    before, after = last_period(one, [store], now), last_period(one, [store], due_at)
    assert after is not None
    assert before is None or after > before
