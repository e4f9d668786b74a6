"""What only a log shared by many machines can meet: rebalances, brokers that die, passwords that are wrong."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest
from kafka import KafkaProducer
from kafka.structs import MemberState
from services import KafkaBroker, free_port, wait_until

from footfall.event_logs import open_event_log
from footfall.fail_points import VARIABLE as FAIL_AT
from footfall.spool import Spool
from schemas.errors import ConfigError, InvalidRecord, PartitionsLost, StorageError, TransientError
from schemas.event_log import EventLog, Partition, Record, Subscription
from schemas.topics import Topic

pytestmark = pytest.mark.needs_kafka

TOPIC = Topic(name="events", message=None, key_field="", partitions=4, retention=timedelta(hours=1))
COPY = Topic(name="copy", message=None, key_field="", partitions=4, retention=None)
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0
SESSION_S = 2.0
KEYS = [f"shop-{number}" for number in range(16)]


@pytest.fixture
def url(kafka_url: str) -> str:
    """The address of an empty log with its topics."""
    more = "&" if "?" in kafka_url else "?"
    url = f"{kafka_url}{more}prefix={uuid4().hex[:8]}-&session_s={SESSION_S}"
    with closing(open_event_log(url)) as log:
        log.create([TOPIC, COPY])
    return url


@pytest.fixture
def open_log(url: str) -> Iterator[Callable[[str], EventLog]]:
    with ExitStack() as opened:

        def open_as(instance: str = "") -> EventLog:
            return opened.enter_context(closing(open_event_log(f"{url}&instance={instance}")))

        yield open_as


@pytest.fixture
def log(open_log: Callable[..., EventLog]) -> EventLog:
    return open_log()


def append(log: EventLog, *values: str, topic: Topic = TOPIC) -> None:
    """Append values under keys that lie in all partitions."""
    for number, value in enumerate(values):
        log.append(topic, KEYS[number % len(KEYS)], value.encode())
    log.flush()


def values(records: Sequence[Record]) -> list[str]:
    return [record.value.decode() for record in records if record.value is not None]


class Member:
    """A member of a group that copies what it is given, and keeps a book of it; at work within its context."""

    def __init__(self, log: EventLog) -> None:
        self.owned: set[Partition] = set()
        self.revoked: list[Partition] = []
        self.handled: list[str] = []
        self.failure: Exception | None = None
        self._in_hand: list[Record] = []
        self.subscription: Subscription = log.subscribe(
            [TOPIC], "members", on_assigned=self._on_assigned, on_revoked=self._on_revoked
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def _on_assigned(self, partitions: Sequence[Partition]) -> None:
        assert not self.owned & set(partitions)
        self.owned |= set(partitions)

    def _on_revoked(self, partitions: Sequence[Partition]) -> None:
        assert self.owned >= set(partitions)
        self.owned -= set(partitions)
        self.revoked += partitions

    def handle(self) -> list[str]:
        """Copy a batch, as the consumer loop does."""
        if not self._in_hand:
            self._in_hand = self.subscription.poll(max_records=100, timeout_s=0.2)
        batch = self._in_hand
        assert {Partition(topic=record.topic, number=record.partition) for record in batch} <= self.owned
        for record in batch:
            self.subscription.append(COPY, record.key, record.value)
        self.subscription.flush()
        self.subscription.commit()
        self._in_hand = []
        return values(batch)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self.handled += self.handle()
            except PartitionsLost:
                self._in_hand = []
            except TransientError:
                continue  # with the same batch: the position is behind it
            except Exception as error:  # noqa: BLE001 - the test looks at it
                self.failure = error
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.subscription.close()


def shared_out_among(*members: Member) -> bool:
    share = TOPIC.partitions // len(members)
    return wait_until(lambda: [len(member.owned) for member in members] == [share] * len(members), within_s=PATIENCE_S)


def copies(log: EventLog) -> list[int]:
    return sorted(map(int, values(list(log.replay(COPY)))))


def test_a_second_member_takes_over_half_while_the_first_goes_on_with_the_rest(open_log: Callable[..., EventLog]):
    log = open_log()
    append(log, *map(str, range(16)))
    with Member(log) as first:
        assert shared_out_among(first)
        with Member(open_log()) as second:
            assert shared_out_among(first, second)
            assert len(first.revoked) == 2  # what it keeps it has kept all the time
            assert first.owned | second.owned == {Partition(topic="events", number=number) for number in range(4)}
            append(log, *map(str, range(16, 48)))
            assert wait_until(lambda: len(first.handled) + len(second.handled) == 48, within_s=PATIENCE_S)
    assert sorted(map(int, first.handled + second.handled)) == copies(log) == list(range(48))


def test_a_member_whose_client_has_lost_track_of_a_join_joins_anew(open_log: Callable[..., EventLog]):
    log = open_log()
    with Member(log) as member:
        assert shared_out_among(member)
        # As the client leaves it where two of its own joins cross: the broker knows a member, the client knows of none.
        coordinator = member.subscription._consumer._coordinator  # type: ignore[attr-defined]
        with coordinator._lock:
            coordinator.state, coordinator.rejoin_needed = MemberState.REBALANCING, False
        append(log, *map(str, range(16)))
        assert wait_until(lambda: len(member.handled) == 16, within_s=PATIENCE_S)
    assert copies(log) == list(range(16))


def test_a_member_that_gives_partitions_up_in_order_is_not_shut_out(
    open_log: Callable[..., EventLog], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "footfall")
    log = open_log()
    append(log, *map(str, range(16)))
    with ExitStack() as at_work:
        with Member(log) as first:
            assert wait_until(lambda: len(first.handled) == 16, within_s=PATIENCE_S)
            second = at_work.enter_context(Member(open_log()))
            assert shared_out_among(first, second)
        assert shared_out_among(second)
        append(log, *map(str, range(16, 32)))
        assert wait_until(lambda: len(second.handled) == 16, within_s=PATIENCE_S)
    assert "shut out" not in caplog.text


FROZEN = """
import sys
from contextlib import closing
sys.path[:0] = ["tests/contract", "tests"]
from test_kafka_log import COPY, Member, PartitionsLost, open_event_log
with closing(open_event_log(sys.argv[1])) as log:
    member = Member(log)
    while not (batch := member.subscription.poll(max_records=100, timeout_s=1)):
        pass
    print("holds", flush=True)
    sys.stdin.readline()
    try:
        member.subscription.append(COPY, "shop-0", b"-1")
        member.subscription.flush()
    except PartitionsLost:
        print("lost", flush=True)
    with member:
        sys.stdin.readline()
"""


def test_a_former_owner_who_wakes_up_drops_its_batch_and_takes_its_share_again(url: str, log: EventLog):
    append(log, *map(str, range(16)))
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", FROZEN, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as former:
        assert former.stdout is not None
        assert former.stdin is not None
        assert former.stdout.readline() == "holds\n"
        former.send_signal(signal.SIGSTOP)
        with Member(log) as successor:
            assert wait_until(lambda: len(successor.handled) == 16, within_s=PATIENCE_S)
            former.send_signal(signal.SIGCONT)
            former.stdin.write("go on\n")
            former.stdin.flush()
            assert former.stdout.readline() == "lost\n"
            assert wait_until(lambda: len(successor.owned) == 2, within_s=PATIENCE_S)
            append(log, *map(str, range(16, 32)))
            assert wait_until(lambda: copies(log) == list(range(32)), within_s=PATIENCE_S)
            assert len(successor.handled) < 32
            former.communicate("end\n", timeout=PATIENCE_S)


def test_a_restart_under_the_same_instance_moves_nothing(open_log: Callable[..., EventLog]):
    with Member(open_log("other")) as other:
        with Member(open_log("one")) as one:
            assert shared_out_among(one, other)
            former, revoked = set(one.owned), list(other.revoked)
        with Member(open_log("one")) as again:
            assert wait_until(lambda: again.owned, within_s=PATIENCE_S)
            assert again.owned == former
            assert other.revoked == revoked


DIES_SHARING = """
import sys, time
from contextlib import closing
sys.path[:0] = ["tests/contract", "tests"]
from test_kafka_log import TOPIC, Member, open_event_log
with closing(open_event_log(sys.argv[1])) as log:
    with Member(log) as member:
        while len(member.owned) < TOPIC.partitions:
            time.sleep(0.05)
        print("holds", flush=True)
        sys.stdin.readline()
"""


def test_what_a_named_member_was_to_give_up_when_it_died_is_shared_out_when_it_is_back(url: str):
    # A session longer than the test: nobody is thrown out of the group, by which all would be shared out anew.
    lasting = url.replace(f"session_s={SESSION_S}", "session_s=300")
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", DIES_SHARING, f"{lasting}&instance=one"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), FAIL_AT: "giving-partitions-up"},
    ) as former:
        assert former.stdout is not None
        assert former.stdout.readline() == "holds\n"
        with closing(open_event_log(lasting)) as log, Member(log) as newcomer:
            assert former.wait(PATIENCE_S) == -signal.SIGKILL
            with closing(open_event_log(f"{lasting}&instance=one")) as again, Member(again) as one:
                assert shared_out_among(one, newcomer)


def test_two_processes_under_one_instance_are_told_apart(open_log: Callable[..., EventLog]):
    with Member(open_log("one")) as one:
        assert shared_out_among(one)
        with Member(open_log("one")) as double:
            assert shared_out_among(double)
            append(open_log(), *map(str, range(16)))
            assert wait_until(lambda: one.failure is not None, within_s=PATIENCE_S)
    assert isinstance(one.failure, StorageError)
    assert "runs under this instance: give each its own" in str(one.failure)


# A broker of our own, to be killed


@pytest.fixture
def own_log(kafka_broker: KafkaBroker) -> Iterator[EventLog]:
    url = f"{kafka_broker.url}?prefix={uuid4().hex[:8]}-&session_s={SESSION_S}"
    with closing(open_event_log(url)) as log:
        log.create([TOPIC, COPY])
        yield log


@pytest.mark.parametrize("several", [1, 3])
def test_records_of_a_clock_that_is_further_ahead_than_the_broker_takes_are_refused_for_good(url: str, several: int):
    with closing(open_event_log(url)) as log:
        append(log, "one")
    said = "whose clock is more than an hour ahead of the broker's"
    ahead = open_event_log(url, now=lambda: datetime.now(UTC) + timedelta(minutes=61))
    with closing(ahead.subscribe([TOPIC], "members")) as member:
        assert wait_until(lambda: member.poll(max_records=1, timeout_s=1.0), within_s=PATIENCE_S)
        for _ in range(several):
            member.append(COPY, "shop", b"two")
        with pytest.raises(StorageError, match=said) as refused:
            member.flush()
        assert not isinstance(refused.value, TransientError)
    assert values(list(ahead.replay(COPY))) == []
    for _ in range(several):
        ahead.append(TOPIC, "shop", b"two")
    with pytest.raises(StorageError, match=said):
        ahead.close()


def test_a_broker_killed_and_started_again_has_lost_nothing_and_everybody_goes_on(
    own_log: EventLog, kafka_broker: KafkaBroker
):
    written = 0
    stop = threading.Event()

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            own_log.append(TOPIC, KEYS[written % 16], str(written).encode())
            written += 1
            # After a failure it is kept, and the next flush sends it again.
            with suppress(TransientError):
                own_log.flush()
            time.sleep(0.01)

    writer = threading.Thread(target=write)
    with Member(own_log) as member:
        assert shared_out_among(member)
        writer.start()
        for _ in range(2):
            time.sleep(0.5)
            kafka_broker.kill()
            time.sleep(0.5)
            kafka_broker.start()
        stop.set()
        writer.join()
        own_log.flush()
        everything = [str(number) for number in range(written)]
        assert wait_until(lambda: set(member.handled) == set(everything), within_s=2 * PATIENCE_S)
        assert member.failure is None
    assert set(map(str, copies(own_log))) == set(everything)


def test_a_transaction_whose_end_is_never_answered_is_given_up_and_its_batch_handled_again(
    own_log: EventLog, kafka_broker: KafkaBroker, monkeypatch: pytest.MonkeyPatch
):
    append(own_log, "0")
    flush = KafkaProducer.flush

    def flush_and_freeze(producer: KafkaProducer, timeout: float | None = None) -> None:
        flush(producer, timeout)
        kafka_broker.freeze()

    with closing(own_log.subscribe([TOPIC], "members")) as subscription:
        assert wait_until(lambda: values(subscription.poll(max_records=1, timeout_s=1.0)) == ["0"], within_s=PATIENCE_S)
        with monkeypatch.context() as patch:
            patch.setattr(KafkaProducer, "flush", flush_and_freeze)
            subscription.append(COPY, "shop", b"0")
            failed = []
            flushing = threading.Thread(target=lambda: failed.append(_failure_of(subscription.flush)), daemon=True)
            flushing.start()
            flushing.join(PATIENCE_S)
            kafka_broker.thaw()
        assert [type(failure) for failure in failed] == [TransientError]
        assert wait_until(lambda: _failure_of(lambda: _copy_all(subscription)) is None, within_s=PATIENCE_S)
    assert set(copies(own_log)) == {0}


def _failure_of(step: Callable[[], object]) -> Exception | None:
    try:
        step()
    except (TransientError, PartitionsLost) as error:
        return error
    return None


def _copy_all(subscription: Subscription) -> None:
    while subscription.lag():
        for record in subscription.poll(max_records=1, timeout_s=1.0):
            subscription.append(COPY, record.key, record.value)
        subscription.flush()
        subscription.commit()


def test_a_spool_outlives_a_broker_that_is_killed(own_log: EventLog, kafka_broker: KafkaBroker, tmp_path: Path):
    sys.path.insert(0, str(ROOT / "tests" / "unit" / "footfall"))
    from test_spool import crop, numbers

    from schemas.topics import COVERAGE, CROPS

    own_log.create([CROPS, COVERAGE])
    address = own_log._address  # type: ignore[attr-defined]
    url = f"{kafka_broker.url}?prefix={address.prefix}"
    with closing(Spool(tmp_path / "spool.sqlite", lambda: open_event_log(url), limit_bytes=10**8)) as spool:
        for number in range(40):
            if number == 10:
                kafka_broker.kill()
            spool.publish(crop(number))
        assert spool.backlog_bytes > 0
        kafka_broker.start()
        assert wait_until(lambda: spool.backlog_bytes == 0, within_s=2 * PATIENCE_S)
    # The log was opened before the outage, and may have to ask twice.
    with suppress(TransientError):
        numbers(own_log)  # type: ignore[arg-type]
    assert list(dict.fromkeys(numbers(own_log))) == list(range(40))  # type: ignore[arg-type]


# What is wrong from the start


def test_a_broker_that_cannot_be_reached_is_said():
    url = f"kafka://shop:secret@127.0.0.1:{free_port()}"
    with pytest.raises(
        TransientError, match=r"kafka://127\.0\.0\.1:\d+: cannot be reached.*check that it runs"
    ) as caught:
        open_event_log(url)
    assert "secret" not in str(caught.value)


def test_the_right_password_and_certificate_open_a_secured_listener(kafka_broker: KafkaBroker):
    with closing(open_event_log(f"{kafka_broker.secured_url}&prefix={uuid4().hex[:8]}-")) as log:
        log.create([TOPIC])
        append(log, "a")
        assert values(list(log.replay(TOPIC))) == ["a"]


def test_a_wrong_password_is_said_and_never_logged(kafka_broker: KafkaBroker, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    url = kafka_broker.secured_url.replace("open-sesame", "open-barley")
    with pytest.raises(ConfigError, match="refuses the user 'footfall' or the password") as caught:
        open_event_log(url)
    assert "barley" not in caplog.text + str(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_said(kafka_broker: KafkaBroker):
    url = kafka_broker.secured_url.partition("&ca=")[0]
    with pytest.raises(ConfigError, match=r"no trusted TLS connection .*name the authority's certificate with ca=FILE"):
        open_event_log(url)


def test_a_topic_that_was_never_made_is_named_with_the_command_that_makes_it(log: EventLog):
    other = Topic(name="other", message=None, key_field="", partitions=1, retention=None)
    for use in (
        lambda: log.append(other, "a", b""),
        lambda: log.subscribe([other], "g"),
        lambda: list(log.replay(other)),
    ):
        with pytest.raises(
            ConfigError, match=r"there is no topic .*other: make the topics with footfall topics create"
        ):
            use()


def test_a_record_too_large_for_any_broker_is_refused_and_holds_up_nothing(log: EventLog):
    with pytest.raises(InvalidRecord, match=r"is 1,048,\d+ bytes, where Kafka takes 1,000,000"):
        log.append(TOPIC, "shop", bytes(1_048_576))
    append(log, "a")
    assert values(list(log.replay(TOPIC))) == ["a"]


def test_a_record_of_a_stranger_is_given_with_its_fault(url: str, kafka_url: str, log: EventLog):
    host, prefix = kafka_url.removeprefix("kafka://"), url.partition("prefix=")[2].partition("&")[0]
    producer = KafkaProducer(bootstrap_servers=host)
    producer.send(f"{prefix}events", key=b"\xff\xfe", value=b"a", headers=[("h", b"\xff")])
    producer.flush()
    producer.close()
    subscription = log.subscribe([TOPIC], "readers")
    (record,) = subscription.poll(max_records=1, timeout_s=PATIENCE_S)
    assert record.fault == "its key or a header is not UTF-8 text: it was not written by this program"
    assert list(log.replay(TOPIC)) == []
    subscription.close()


def test_a_missing_checksum_package_is_warned_of(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setitem(sys.modules, "crc32c", None)
    open_event_log(url).close()
    assert "the package crc32c is missing" in caplog.text
