"""The command as a shop runs it: cameras, the page, and the end that was asked for."""

import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from clips import even_times_s, write_clip
from footfall_process import Running, footfall
from services import free_port, wait_until
from simulated_day import FAST, STORE, Counted, Day, report_of
from standardwebhooks import Webhook
from webhook_receiver import Receiver, receiver

from footfall.event_logs import local_log_url, open_event_log
from footfall.exit_codes import ExitCode
from schemas.codec import decode
from schemas.messages import Arrival
from schemas.topics import ARRIVALS

HERE = {"FOOTFALL_WEBHOOKS_ALLOW": '["127.0.0.1"]'}
_START_S = 60.0
_END_S = 8.0


class Shop:
    """A running ``footfall run`` and its page."""

    def __init__(self, data_dir: Path, *cameras: str) -> None:
        port = free_port()
        self.page = f"http://127.0.0.1:{port}"
        self.running = Running("run", "--store", STORE, "--port", port, "--data-dir", data_dir, *cameras, **FAST | HERE)

    def get(self, path: str) -> str:
        with self.open(path) as answer:
            return answer.read().decode()

    def json(self, path: str) -> dict[str, Any]:
        value = json.loads(self.get(path))
        assert isinstance(value, dict)
        return value

    def open(self, path: str) -> HTTPResponse:
        answer: HTTPResponse = urllib.request.urlopen(self.page + path, timeout=10.0)
        return answer

    def answers(self) -> bool:
        try:
            return self.json("/healthz") == {"status": "ok"}
        except OSError:
            return False

    def pv(self) -> int:
        try:
            return int(self.json(f"/api/stores/{STORE}/report")["pv"])
        except OSError:
            return 0


@pytest.fixture
def start_shop(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Starts shops whose page answers, and ends what is left of them."""
    shops: list[Shop] = []

    def start(*cameras: str) -> Shop:
        shop = Shop(tmp_path, *cameras)
        shops.append(shop)
        assert wait_until(lambda: shop.answers() or not shop.running.runs, within_s=_START_S)
        assert shop.running.runs, shop.running.err
        return shop

    yield start
    for shop in shops:
        with shop.running:
            pass


def camera(day: Day) -> list[str]:
    return ["--camera", f"door={day.films['door']}", "--start", day.starts_at["door"].isoformat()]


def listen(shop: Shop, lines: list[str], path: str = "live/events") -> threading.Thread:
    """Follow a stream of the store as a browser does, until the server ends it."""

    def read() -> None:
        with shop.open(f"/stores/{STORE}/{path}") as stream:
            lines.extend(line.decode().rstrip() for line in stream)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def test_visitors_appear_on_the_page_and_sigterm_ends_it_in_order(
    counted: Counted, start_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    shop = start_shop(*camera(counted.day))
    assert shop.json("/api/stores") == {"stores": [STORE]}
    assert STORE in shop.get("/")
    heard: list[str] = []
    browser = listen(shop, heard)
    assert wait_until(lambda: shop.pv() == counted.report["pv"], within_s=60.0), shop.running.err
    assert wait_until(lambda: heard.count("event: sighting") >= 6, within_s=5.0), heard
    assert shop.json(f"/api/stores/{STORE}/report?by=day")["visits"] == counted.report["visits"]
    before_s = time.monotonic()
    shop.running.terminate()
    ended = shop.running.end(within_s=_END_S)
    assert ended.code == ExitCode.OK
    assert time.monotonic() - before_s < _END_S
    assert ended.out == ""
    assert f"The page is at {shop.page}/" in ended.err
    assert "Traceback" not in ended.err
    browser.join(5.0)
    assert not browser.is_alive()
    assert report_of(tmp_path) == counted.report


def test_a_camera_that_is_away_does_not_stop_the_other(start_shop: Callable[..., Shop], tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "yard.mp4", even_times_s(50))
    away = f"gate=rtsp://anna:s3cret-word@127.0.0.1:{free_port()}/door"
    shop = start_shop("--camera", f"yard={clip}", "--camera", away)
    page = f"/stores/{STORE}/live"
    assert wait_until(lambda: "yard" in shop.get(page), within_s=90.0), shop.running.err
    assert "s3cret-word" not in shop.get(page)
    shop.running.terminate()
    ended = shop.running.end(within_s=_END_S)
    assert ended.code == ExitCode.OK
    assert "s3cret-word" not in ended.err


def arrivals_in(lines: list[str]) -> list[dict[str, Any]]:
    """What was told of arrivals, each with the id of its event; a sign of life has none."""
    ids = [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]
    data = [
        json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ") and "arrival_id" in line
    ]
    return [one | {"event": event} for one, event in zip(data, ids, strict=False)]


@pytest.fixture
def webhooks() -> Iterator[Receiver]:
    with receiver() as told:
        yield told


def test_a_member_who_comes_in_again_is_told_of_and_a_stranger_is_not(
    counted: Counted, start_shop: Callable[..., Shop], webhooks: Receiver, tmp_path: Path
) -> None:
    shutil.copytree(counted.data_dir, tmp_path, dirs_exist_ok=True)
    visits = [visit["face_id"] for visit in counted.report["visits"]]
    member = max(visits, key=visits.count)
    footfall("identity", "bind", member, "card-4711", "--consent", "--data-dir", tmp_path)
    hooked = ("--event", "arrival", "--every-store", "--json", "--data-dir", tmp_path)
    secret = footfall("webhook", "add", webhooks.url, *hooked, **HERE).json["secret"]
    shop = start_shop("--camera", f"door={counted.day.films['door']}", "--start", datetime.now(UTC).isoformat())
    heard: list[str] = []
    listen(shop, heard, "arrivals/events")
    twice = shop.pv() + len(visits)
    assert wait_until(lambda: shop.pv() >= twice, within_s=60.0), shop.running.err
    assert wait_until(
        lambda: [one["status"] for one in arrivals_in(heard)].count("confirmed") >= visits.count(member), within_s=60.0
    ), heard
    told = arrivals_in(heard)
    assert {(one["member"], one["face_id"]) for one in told} == {("card-4711", member)}
    assert len({one["arrival_id"] for one in told}) == visits.count(member)
    again: list[str] = []
    listen(shop, again, f"arrivals/events?after={told[0]['event']}")
    later = {one["event"] for one in told[1:]}
    assert wait_until(lambda: later & {one["event"] for one in arrivals_in(again)}, within_s=30.0), again
    assert told[0]["event"] not in {one["event"] for one in arrivals_in(again)}
    assert wait_until(lambda: len(webhooks.received) >= len(told), within_s=30.0), shop.running.err
    sent = [Webhook(secret).verify(one.body, one.headers)["data"] for one in webhooks.received]
    assert {one["arrival_id"] for one in sent} == {one["arrival_id"] for one in told}
    assert len(set(webhooks.ids())) == len(webhooks.ids())
    shop.running.terminate()
    assert shop.running.end(within_s=_END_S).code == ExitCode.OK
    with closing(open_event_log(local_log_url(tmp_path / "log.sqlite"))) as log:
        on_the_log = [decode(record.value) for record in log.replay(ARRIVALS) if record.value is not None]
    ids = {str(one.arrival_id) for one in on_the_log if isinstance(one, Arrival)}
    assert ids == {one["arrival_id"] for one in told}
