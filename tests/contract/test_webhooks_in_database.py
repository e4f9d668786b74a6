"""What is sent to webhooks, from each kind of database to a real receiver: nothing lost, ids stable, days survived."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from ledger_entries import entry
from standardwebhooks import Webhook as Verifier
from test_visit_repository import GAP, START, face, sighting, sqlite_url
from webhook_receiver import Receiver, receiver

from analytics.arrivals import ArrivalRules
from analytics.outbound.courier import Courier
from analytics.outbound.delivery import Delivery, DeliveryState, Outcome, Webhook
from analytics.outbound.events import SUBSCRIBABLE, EventKind
from analytics.outbound.http_sender import HttpSender
from analytics.outbound.outbox import KEPT, LEASE
from analytics.outbound.patience import LONGEST_WAIT, Patience
from analytics.outbound.reach import Reach
from analytics.outbound.signatures import new_secret
from analytics.outbound.trial import try_webhook
from analytics.records.arrival_writer import Announcing
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from schemas.errors import InputError
from schemas.messages import IdentityKind, Phase

NewUrl = Callable[[], AbstractContextManager[str]]
HERE = Reach.of(["127.0.0.1"])
ANNA = entry(1, IdentityKind.BOUND, face(1), member_id="anna", tags=("gold",))
HOOK = "abcd1234"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    return sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")


@dataclass(slots=True)
class Shop:
    """A store in a database, a receiver, and a clock that stands until it is put on."""

    url: str
    repository: VisitRepository
    receiver: Receiver
    now: datetime = START
    http: HttpSender = field(init=False)

    def __post_init__(self) -> None:
        self.http = HttpSender(HERE, now=self.clock)

    def clock(self) -> datetime:
        return self.now

    def add(self, webhook_id: str = HOOK, **more: object) -> Webhook:
        values = {
            "webhook_id": webhook_id, "url": self.receiver.url, "secret": new_secret(),
            "events": frozenset(SUBSCRIBABLE), "stores": None, "made_at": self.now,
        }  # fmt: skip
        hook = Webhook(**values | more)
        self.repository.webhooks.add(hook, by="test")
        return hook

    def anna_comes(
        self, *, phase: Phase = Phase.CONFIRMED, number: int = 1, at_s: float = 0.0, made_at: datetime = START
    ) -> None:
        announcing = Announcing(rules=ArrivalRules(cooldown=timedelta(0)), now=made_at)
        form = sighting(number, face_id=face(1), phase=phase, at_s=at_s)
        self.repository.record([form], entries=[ANNA], announcing=announcing)

    @contextmanager
    def courier(
        self, repository: VisitRepository | None = None, send: Callable[[Delivery], Outcome] | None = None
    ) -> Iterator[Courier]:
        kept = (repository or self.repository).outbox
        by_http = send or (lambda one: self.http.send(one.webhook, one.message))
        made = Courier(kept, by_http, now=self.clock, share=lambda: 1.0)
        try:
            yield made
        finally:
            made.close()

    def send(self) -> int:
        """Send what is due now, to its end."""
        sent = 0
        with self.courier() as courier:
            while begun := courier.turn():
                sent += begun
                courier.finish()
        return sent


def opened(url: str) -> VisitRepository:
    return VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id, session_gap=GAP))


@pytest.fixture
def shop(new_url: NewUrl) -> Iterator[Shop]:
    with new_url() as url, receiver() as told:
        repository = opened(url)
        yield Shop(url=url, repository=repository, receiver=told)
        repository.close()


def test_an_arrival_comes_signed_with_what_the_cashier_is_told(shop: Shop):
    hook = shop.add()
    shop.now = datetime.now(START.tzinfo)  # the library compares with the clock of the machine
    shop.anna_comes()
    assert shop.send() == 1
    (one,) = shop.receiver.received
    told = Verifier(hook.secret).verify(one.body, one.headers)
    assert told["type"] == "arrival"
    assert (told["data"]["member"], told["data"]["status"], told["data"]["store"]) == ("anna", "confirmed", "north")
    assert told["data"]["tags"] == ["gold"]
    assert (one.path, one.headers["content-type"]) == ("/hook", "application/json")
    (attempt,) = shop.repository.outbox.attempts(9)
    assert (attempt.status, attempt.problem, attempt.state) == (204, "", DeliveryState.DELIVERED)


def test_what_becomes_of_an_arrival_comes_as_messages_of_their_own_under_one_arrival_id(shop: Shop):
    shop.add()
    shop.anna_comes(phase=Phase.PROVISIONAL)
    shop.anna_comes()
    shop.anna_comes()  # given again, as after a crash: nothing new
    nobody = sighting(1, face_id=None)
    shop.repository.record([nobody], announcing=Announcing(rules=ArrivalRules(), now=START))
    shop.send()
    told = [json.loads(one.body)["data"] for one in shop.receiver.received]
    assert len({one["arrival_id"] for one in told}) == 1
    assert sorted(one["status"] for one in told)[:2] == ["confirmed", "provisional"]
    assert len(set(shop.receiver.ids())) == len(told)


def test_a_webhook_is_sent_its_own_events_of_its_own_stores(shop: Shop):
    shop.add("elsewhere", stores=frozenset({"south"}))
    shop.add("cameras", events=frozenset({EventKind.CAMERA_DOWN}))
    shop.anna_comes()
    assert shop.send() == 0
    shop.add("here", stores=frozenset({"north"}))
    assert shop.send() == 0, "what happened before it was added is not sent"
    shop.anna_comes(number=2, at_s=7200)
    assert shop.send() == 1


def test_a_process_that_dies_between_sending_and_writing_that_down_sends_again_under_the_same_id(shop: Shop):
    shop.add()
    shop.anna_comes()

    def send_and_die(delivery: Delivery) -> Outcome:
        shop.http.send(delivery.webhook, delivery.message)
        raise SystemExit

    with shop.courier(send=send_and_die) as courier:
        courier.turn()
    assert len(shop.receiver.received) == 1
    assert shop.send() == 0, "the lease of the dead process holds"
    shop.now += LEASE
    assert shop.send() == 1
    assert len(shop.receiver.received) == 2
    assert len(set(shop.receiver.ids())) == 1
    assert shop.send() == 0


def test_of_several_processes_each_message_is_sent_by_one(shop: Shop):
    shop.add()
    for number in range(30):
        shop.anna_comes(number=number, at_s=7200.0 * number)
    others = [opened(shop.url) for _ in range(3)]

    def work(repository: VisitRepository) -> None:
        with shop.courier(repository) as courier:
            while courier.turn():
                courier.finish()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, others))
    for one in others:
        one.close()
    shop.send()
    assert len(shop.receiver.ids()) == len(set(shop.receiver.ids())) == 30


def test_a_receiver_that_is_down_for_two_days_gets_everything_when_it_is_back(shop: Shop):
    shop.add()
    shop.receiver.status = 503
    shop.anna_comes()
    waits = []
    while shop.now < START + timedelta(days=2):
        before = len(shop.receiver.received)
        shop.send()
        if len(shop.receiver.received) > before:
            waits.append(shop.now)
        shop.now += timedelta(minutes=15)
    assert 6 <= len(waits) <= 14, waits
    apart = [later - earlier for earlier, later in pairwise(waits[2:])]
    assert apart == sorted(apart)
    assert apart[-1] <= LONGEST_WAIT + timedelta(minutes=15)
    (hook,) = shop.repository.webhooks.all()
    assert hook.failing_since == START
    shop.receiver.status = 200
    shop.anna_comes(number=2, at_s=7200)
    shop.send()
    shop.send()  # that it answers again lets what waited for it wait no longer
    assert len(set(shop.receiver.ids())) == 2
    assert shop.repository.outbox.waiting() == {}
    assert shop.repository.webhooks.all()[0].failing_since is None


def test_a_message_is_given_up_after_days_and_a_receiver_that_takes_nothing_is_disabled_with_a_line(
    shop: Shop, caplog: pytest.LogCaptureFixture
):
    shop.add()
    shop.receiver.status = 500
    shop.anna_comes()
    shop.send()
    shop.anna_comes(number=2, at_s=2 * 86_400, made_at=START + timedelta(days=2))
    shop.now = START + Patience().give_up_after
    shop.send()
    assert DeliveryState.GIVEN_UP in {attempt.state for attempt in shop.repository.outbox.attempts(2)}
    shop.now = START + Patience().disable_after
    shop.send()
    (hook,) = shop.repository.webhooks.all()
    assert hook.disabled_at == shop.now
    assert "webhook abcd1234 is disabled: it has taken nothing since 2026-05-04 09:00 UTC" in caplog.text
    shop.anna_comes(number=3, at_s=14_400)
    assert shop.repository.outbox.waiting() == {}
    shop.repository.webhooks.enable(HOOK, by="test", at=shop.now)
    shop.receiver.status = 200
    shop.anna_comes(number=4, at_s=21_600)
    assert shop.send() == 1


def test_a_failure_of_long_ago_and_a_failed_test_disable_nothing(shop: Shop):
    shop.add()
    shop.receiver.status = 500
    try_webhook(shop.repository, shop.http, HOOK, lambda: shop.now)
    assert shop.repository.webhooks.all()[0].failing_since is None
    shop.anna_comes()
    shop.send()
    shop.now += Patience().give_up_after
    shop.send()
    shop.now = START + 2 * Patience().disable_after
    shop.anna_comes(number=2, at_s=10 * 86_400, made_at=shop.now)
    assert shop.send() == 1
    (hook,) = shop.repository.webhooks.all()
    assert hook.disabled_at is None


def test_410_disables_at_once_and_a_redirect_is_not_followed(shop: Shop):
    shop.add()
    with receiver() as elsewhere:
        shop.receiver.status, shop.receiver.headers = 307, {"location": elsewhere.url}
        shop.anna_comes()
        shop.send()
        assert elsewhere.received == []
    assert shop.repository.outbox.attempts(1)[0].problem == "it answered 307: redirects are not followed"
    shop.receiver.status = 410
    shop.now += timedelta(minutes=1)
    shop.send()
    assert shop.repository.webhooks.all()[0].disabled_for == "it answered 410: it wants nothing any more"
    assert shop.repository.outbox.waiting() == {}


def test_a_receiver_that_asks_for_time_is_given_it(shop: Shop):
    shop.add()
    shop.receiver.status, shop.receiver.headers = 429, {"retry-after": "3600"}
    shop.anna_comes()
    shop.send()
    shop.now += timedelta(minutes=59)
    assert shop.send() == 0
    shop.now += timedelta(minutes=1)
    assert shop.send() == 1


def test_a_receiver_that_does_not_answer_holds_up_no_other(shop: Shop):
    with receiver() as prompt:
        shop.add("silent")
        shop.add("prompt", url=prompt.url)
        answered = threading.Event()
        shop.receiver.on_request = lambda: answered.wait(20) and None
        for number in range(10):
            shop.anna_comes(number=number, at_s=7200.0 * number)
        with shop.courier() as courier:
            while len(prompt.received) < 10:
                courier.turn()
            assert len(shop.receiver.received) <= 2
            answered.set()


def test_an_erased_visitor_is_in_no_message_any_more(shop: Shop):
    shop.add()
    shop.anna_comes()
    shop.repository.record([], entries=[entry(9, IdentityKind.ERASED, face(1))])
    assert shop.send() == 0
    assert shop.repository.outbox.waiting() == {}


def test_nothing_is_told_where_the_transaction_comes_to_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    shop.add()

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("analytics.records.store_writer.update_visits", fails)
    with pytest.raises(RuntimeError):
        shop.anna_comes()
    assert shop.send() == 0


def test_a_test_is_sent_at_once_and_stands_in_the_log(shop: Shop):
    hook = shop.add()
    assert try_webhook(shop.repository, shop.http, HOOK, shop.clock).status == 204
    one = shop.receiver.received[0]
    assert one.headers["webhook-signature"] == Verifier(hook.secret).sign(
        one.message_id, datetime.fromtimestamp(int(one.headers["webhook-timestamp"]), START.tzinfo), one.body.decode()
    )
    shop.receiver.status = 500
    assert try_webhook(shop.repository, shop.http, HOOK, shop.clock).problem == "it answered 500"
    assert shop.send() == 0, "a test is not repeated"
    assert {one.status for one in shop.repository.outbox.attempts(9)} == {204, 500}
    with pytest.raises(InputError, match="there is no webhook nobody"):
        try_webhook(shop.repository, shop.http, "nobody", shop.clock)


def test_what_is_removed_is_sent_nothing_more(shop: Shop):
    shop.add()
    shop.anna_comes()
    shop.repository.webhooks.remove(HOOK, by="test", at=START)
    assert shop.send() == 0
    assert [one.action for one in shop.repository.access.audit.latest(2)] == ["webhook add", "webhook remove"]


def test_old_messages_are_let_go(shop: Shop):
    shop.add()
    shop.anna_comes()
    shop.send()
    shop.repository.outbox.tidy(START + KEPT + timedelta(seconds=1))
    assert shop.repository.outbox.attempts(9) == []
    assert shop.repository.outbox.holds([UUID(shop.receiver.ids()[0].removeprefix("msg_"))]) == set()
