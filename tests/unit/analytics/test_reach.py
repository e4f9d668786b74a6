"""Which addresses are sent to, whatever they are wrapped in, and how long a receiver may take."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook as Verifier
from webhook_receiver import receiver

from analytics.outbound.delivery import Outcome, Webhook
from analytics.outbound.events import SUBSCRIBABLE, trial_message
from analytics.outbound.http_sender import HttpSender, parsed_url
from analytics.outbound.patience import LONGEST_WAIT, wait_after
from analytics.outbound.reach import Reach
from analytics.outbound.signatures import new_secret, signed_headers
from schemas.errors import InputError

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
HERE = Reach.of(["127.0.0.1"])
ANYTHING = trial_message("abcd1234", UUID(int=1), now=NOW)


def hook(url: str) -> Webhook:
    return Webhook(
        webhook_id="abcd1234", url=url, secret=new_secret(), events=frozenset(SUBSCRIBABLE), stores=None, made_at=NOW
    )


def send(url: str, reach: Reach = HERE, **more: float) -> Outcome:
    return HttpSender(reach, now=lambda: NOW, **more).send(hook(url), ANYTHING)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "192.0.2.7",
    ],
)  # fmt: skip
def test_an_address_that_is_not_everybodys_is_refused(address: str):
    assert "no public address" in Reach().refusal(address, encrypted=True)


def test_public_addresses_are_sent_to_by_https_alone_and_networks_that_are_allowed_by_both():
    assert Reach().refusal("93.184.215.14", encrypted=True) == ""
    assert Reach().refusal("2606:2800:21f:cb07:6820:80da:af6b:8b2c", encrypted=True) == ""
    assert "by https" in Reach().refusal("93.184.215.14", encrypted=False)
    office = Reach.of(["10.0.0.0/8", "::1"])
    assert office.refusal("10.9.8.7", encrypted=False) == ""
    assert office.refusal("::ffff:10.9.8.7", encrypted=False) == ""
    assert office.refusal("::1", encrypted=False) == ""
    assert office.refusal("127.0.0.1", encrypted=True)


def test_nothing_is_connected_to_that_is_refused():
    with receiver() as told:
        assert "no public address" in send(told.url, Reach()).problem
        assert "no public address" in send(f"http://localhost:{told.port}/", Reach()).problem
        assert told.received == []


def test_a_name_that_leads_elsewhere_once_it_was_checked_is_looked_up_once(monkeypatch: pytest.MonkeyPatch):
    """DNS rebinding: what was checked is what is connected to."""
    looked_up = socket.getaddrinfo
    asked = []

    def rebinding(host, port, *more, **named):
        if host[0].isdigit():
            return looked_up(host, port, *more, **named)
        asked.append(host)
        return looked_up("127.0.0.1" if len(asked) == 1 else "127.0.0.2", port, *more, **named)

    with receiver() as told:
        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        assert send(f"http://shop.example:{told.port}/hook").status == 204
        assert (told.received[0].headers["host"], asked) == (f"shop.example:{told.port}", ["shop.example"])
        assert "127.0.0.2 is no public address" in send(f"http://shop.example:{told.port}/hook").problem


def test_one_address_of_several_that_is_refused_is_enough(monkeypatch: pytest.MonkeyPatch):
    def both(host, port, *_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("127.0.0.1", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    assert "10.0.0.1 is no public address" in send("http://shop.example/").problem


@contextmanager
def dripping(every_s: float) -> Iterator[str]:
    """A receiver that sends one byte of its head after the other."""
    stop = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for letter in b"HTTP/1.1 200 OK\r\nx-filler: " + b"x" * 10_000:
                    if stop.wait(every_s):
                        return
                    try:
                        connection.send(bytes([letter]))
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        stop.set()
        thread.join()


def test_a_receiver_that_answers_byte_by_byte_is_left_in_time():
    with dripping(0.05) as url:
        began = time.monotonic()
        assert send(url, answers_within_s=0.5).problem == "no answer within 0.5 s"
        assert time.monotonic() - began < 5


def test_what_a_receiver_does_wrong_is_said_in_a_few_words():
    with receiver() as told:
        told.delay_s = 1.0
        assert send(told.url, answers_within_s=0.3).problem == "no answer within 0.3 s"
    assert "refused" in send(told.url).problem.lower()
    assert send("http://no-such-name.invalid/").problem == "its name is not known"


def test_an_answer_of_any_length_is_not_read():
    with receiver() as told:
        told.headers = {"x-more": "y" * 1000}
        assert send(told.url).status == 204


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://host/", "https://HOST/PATH"),
        ("https://", "https://HOST/PATH"),
        ("host", "https://HOST/PATH"),
        ("https://user:secret@host/", "no user and password"),
        ("https://host:notaport/", "https://HOST/PATH"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(url: str, says: str):
    with pytest.raises(InputError, match=says) as caught:
        parsed_url(url)
    assert "secret" not in str(caught.value)


def test_a_signature_is_that_of_the_library():
    secret, now = new_secret(), datetime.now(UTC)
    headers = signed_headers(secret, ANYTHING.message_id, ANYTHING.body, at=now)
    assert Verifier(secret).verify(ANYTHING.body, headers) == json.loads(ANYTHING.body)


def test_waits_grow_up_to_half_a_day_and_any_part_of_them_may_come():
    seconds = [wait_after(attempts, lambda: 1.0).total_seconds() for attempts in range(1, 10)]
    assert seconds[:4] == [10, 40, 160, 640]
    assert seconds[-1] == LONGEST_WAIT.total_seconds()
    assert wait_after(3, lambda: 0.0) == timedelta(0)
    assert wait_after(1, lambda: 0.5, asked_for=timedelta(minutes=5)) == timedelta(minutes=5)
    assert wait_after(1000, lambda: 1.0, asked_for=timedelta(days=400)) == LONGEST_WAIT
