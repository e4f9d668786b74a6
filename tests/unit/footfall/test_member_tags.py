"""What the shop's own system says of members: asked once, never waited for, left alone when it fails."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from ledger_entries import entry
from services import free_port, wait_until

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from footfall.config_loading import load_settings
from footfall.member_tags import MemberTags
from footfall.site import member_tags
from footfall.tags_url import TagsUrl
from schemas.messages import IdentityKind

LIMIT_S = 60.0


@dataclass(kw_only=True)
class System:
    """The shop's own system: what it answers, and what it was asked. It says nothing before ``speaks`` is set."""

    url: str = ""
    body: bytes = b'["gold", "likes tea"]'
    status: int = 200
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    speaks: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving() -> Iterator[System]:
    system = System()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            system.asked.append((self.path, self.headers.get("Authorization")))
            system.speaks.wait(LIMIT_S)
            self.send_response(system.status)
            self.send_header("Content-Length", str(len(system.body)))
            self.end_headers()
            self.wfile.write(system.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    system.url = f"http://127.0.0.1:{server.server_port}/members/{{member}}"
    try:
        yield system
    finally:
        system.speaks.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def system() -> Iterator[System]:
    with serving() as answering:
        answering.speaks.set()
        yield answering


def known(tags: MemberTags, member: str) -> bool:
    return member in tags.of([member])


@pytest.mark.parametrize("body", [b'["gold", "likes tea"]', b'{"name": "Anna", "tags": ["gold", "likes tea"]}'])
def test_the_tags_of_a_member_are_those_of_the_answer(system: System, body: bytes):
    system.body = body
    with closing(MemberTags(TagsUrl(system.url))) as tags:
        assert wait_until(lambda: known(tags, "card 47/11"), within_s=LIMIT_S)
        assert tags.of(["card 47/11"]) == {"card 47/11": ("gold", "likes tea")}
    assert {path for path, _ in system.asked} == {"/members/card%2047%2F11"}


def test_an_answer_is_kept_for_five_minutes(system: System):
    now_s = [0.0]
    with closing(MemberTags(TagsUrl(system.url), clock=lambda: now_s[0])) as tags:
        assert wait_until(lambda: known(tags, "anna"), within_s=LIMIT_S)
        now_s[0] = 299.0
        assert known(tags, "anna")
        assert len(system.asked) == 1
        now_s[0] = 301.0
        assert wait_until(lambda: known(tags, "anna"), within_s=LIMIT_S)
        assert len(system.asked) == 2


def test_a_member_whom_the_system_does_not_know_has_no_tags(system: System):
    system.status = 404
    with closing(MemberTags(TagsUrl(system.url))) as tags:
        assert wait_until(lambda: known(tags, "anna"), within_s=LIMIT_S)
        assert tags.of(["anna"]) == {"anna": ()}


def test_a_system_that_is_silent_is_not_waited_for_and_its_answer_is_there_the_next_time():
    with serving() as system, closing(MemberTags(TagsUrl(system.url))) as tags:
        assert tags.of(["anna", "bob"]) == {}  # while it still says nothing
        assert tags.of(["anna"]) == {}
        system.speaks.set()
        assert wait_until(lambda: known(tags, "anna"), within_s=LIMIT_S)
        assert len([path for path, _ in system.asked if path.endswith("anna")]) == 1


@pytest.mark.parametrize(
    ("status", "body"), [(500, b"[]"), (200, b"<html>"), (200, b'{"tags": "gold"}'), (200, b"[1]")]
)
def test_a_system_that_fails_is_left_alone_and_tried_again_later(system: System, status: int, body: bytes):
    system.status, system.body = status, body
    now_s = [0.0]
    with closing(MemberTags(TagsUrl(system.url), clock=lambda: now_s[0])) as tags:
        assert wait_until(lambda: tags.of(["anna"]) or len(system.asked) == 5, within_s=LIMIT_S)
        assert wait_until(lambda: not tags._asked, within_s=LIMIT_S)
        for member in range(20):
            assert tags.of([str(member)]) == {}
        assert len(system.asked) == 5
        system.status, system.body = 200, b'["gold"]'
        now_s[0] = 31.0
        assert wait_until(lambda: known(tags, "anna"), within_s=LIMIT_S)
        assert wait_until(lambda: known(tags, "bob"), within_s=LIMIT_S)


def test_an_answer_without_an_end_is_not_read_to_it(system: System):
    system.body = json.dumps(["x" * 100_000]).encode()
    with closing(MemberTags(TagsUrl(system.url))) as tags:
        assert wait_until(lambda: tags.of(["anna"]) or len(system.asked) == 5, within_s=LIMIT_S)
        assert tags.of(["anna"]) == {}


def test_the_password_of_the_address_is_given_and_told_to_nobody(system: System, caplog: pytest.LogCaptureFixture):
    secret = system.url.replace("http://", "http://footfall:hush@")
    with caplog.at_level("DEBUG"), closing(MemberTags(TagsUrl(secret))) as tags:
        assert wait_until(lambda: known(tags, "anna"), within_s=LIMIT_S)
        system.status = 500
        assert wait_until(lambda: tags.of(["bob"]) or "nobody is asked" in caplog.text, within_s=LIMIT_S)
    assert system.asked[0][1] is not None
    assert "hush" not in caplog.text
    assert "anna" not in caplog.text


def test_where_nothing_answers_there_are_no_tags():
    with closing(MemberTags(TagsUrl(f"http://127.0.0.1:{free_port()}/{{member}}"))) as tags:
        assert tags.of(["anna"]) == {}


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[VisitRepository]:
    """A database in which Anna is a member, with a tag."""
    url = f"sqlite:///{tmp_path / 'visits.sqlite'}"
    with closing(VisitRepository(url, lambda one: StoreSettings(store_id=one))) as repository:
        anna = entry(1, IdentityKind.BOUND, UUID(int=1), member_id="anna", tags=("likes tea",))
        repository.record([], entries=[anna])
        yield repository


def test_what_is_kept_stands_before_what_the_system_says(kept: VisitRepository, system: System):
    settings = load_settings(None, arrivals={"tags_url": system.url})
    with member_tags(settings, kept) as tags_of:
        assert wait_until(lambda: tags_of(["anna"]) == {"anna": ("likes tea", "gold")}, within_s=LIMIT_S)


@pytest.mark.parametrize("url", [None, f"http://127.0.0.1:{free_port()}/{{member}}"])
def test_without_an_answer_a_member_has_the_tags_that_are_kept(kept: VisitRepository, url: str | None):
    with member_tags(load_settings(None, arrivals={"tags_url": url}), kept) as tags_of:
        assert tags_of(["anna"]) == {"anna": ("likes tea",)}
        kept.record([], entries=[entry(2, IdentityKind.ERASED, UUID(int=1))])
        assert not tags_of(["anna"]).get("anna")
