"""The fence that keeps a former owner from writing.

The former owner of a partition may wake up from a pause of any length with a batch in hand and write it. Asking "am I
still the owner?" before the write does not help: the pause may come between the answer and the write. A generation in a
header, by which readers pass over what is stale, does not help either: compaction keeps the last record of a key, be it
the stale one, and the readers that others bring know nothing of our headers. So the broker has to refuse the write, and
the one thing by which a Kafka broker refuses a producer for good is the epoch of its transactional id: whoever asks for
an id's next epoch shuts out everybody who writes under an earlier one.

Each member writes under an id of its own, never used again after a failure, and enters it in the metadata of the
group's committed offsets *before* it writes: an entry that the broker takes only from a member of the current
generation. A new owner reads there under which id the former one wrote, and takes that id's next epoch before it looks
at anything. A member that gives a partition up in an orderly way strikes its entry out.

Nothing else rests on transactions. Each flush is one; readers read what is not yet committed, as they read what is not
transactional: an aborted one is a batch that was cut off, which is handled again from the committed offset, as ever.
"""

import logging
from collections.abc import Callable
from uuid import uuid4

import kafka.errors as client
from kafka import KafkaProducer

from footfall.kafka_log.clients import let_go, new_producer
from footfall.kafka_log.errors import in_our_words, of_a_wrong_clock
from footfall.kafka_log.outbox import Letter
from schemas.errors import ConfigError, PartitionsLost, TransientError

_MAX_UNACKNOWLEDGED_BYTES = 16_000_000
_ACKNOWLEDGED_WITHIN_S = 10.0
_OPTIONS = {
    # Of two transactions in a row the second waits until the first is closed: a few milliseconds, asked for this often.
    "retry_backoff_ms": 10,
    "transaction_timeout_ms": 60_000,
}

_log = logging.getLogger(__name__)


class FencedOutbox:
    """What a member appends, under a transactional id by which its successor can shut it out.

    ``enter`` is called with a new id before anything is written under it, and has to raise unless the member is one.
    When ``append`` or ``flush`` raises, all that was handed over since the last flush is void. Not safe to use from two
    threads at once.
    """

    def __init__(self, name: str, group: str, options: dict[str, object], enter: Callable[[str], None]) -> None:
        self._name = name
        self._group = group
        self._options = options
        self._enter = enter
        self._producer: KafkaProducer | None = None
        self._id = ""
        self._abandoned = ""
        self._letters: list[Letter] = []
        self._bytes = 0

    @property
    def id(self) -> str:
        """The id written under; empty where nothing has been written."""
        return self._id

    def append(self, letter: Letter) -> None:
        """Hand over one record."""
        letter.require_size()
        try:
            producer = self._producer or self._new()
            if not self._letters:
                producer.begin_transaction()
            letter.send(producer)
            self._letters.append(letter)
            self._bytes += letter.size
            if self._bytes >= _MAX_UNACKNOWLEDGED_BYTES:
                self._deliver(producer)
                self._bytes = 0
        except client.KafkaError as error:
            raise self._void(error) from error

    def flush(self) -> None:
        """Return when every record handed over is in the log for good."""
        if not self._letters or self._producer is None:
            return
        try:
            self._deliver(self._producer)
            _commit(self._producer)
        except client.KafkaError as error:
            raise self._void(error) from error
        self._letters.clear()
        self._bytes = 0

    def abandon(self) -> None:
        """Drop what was not flushed, and never write under this id again."""
        if self._producer is not None:
            let_go(self._producer)
            self._abandoned = self._id
        self._producer, self._id = None, ""
        self._letters.clear()
        self._bytes = 0

    def shut_out(self, other: str) -> None:
        """Take the next epoch of an id: whoever wrote under it cannot any more."""
        producer = new_producer(self._options, transactional_id=other, **_OPTIONS)
        try:
            producer.init_transactions()
        finally:
            let_go(producer)
        _log.info("%s: shut out the former owner %s", self._name, other)

    def _new(self) -> KafkaProducer:
        if self._abandoned:
            self.shut_out(self._abandoned)
            self._abandoned = ""
        name = f"{self._group}-{uuid4()}"
        producer = new_producer(self._options, transactional_id=name, **_OPTIONS)
        try:
            # In this order: an id that is entered must be one whose epoch a successor can pass.
            producer.init_transactions()
            self._enter(name)
        except BaseException:
            let_go(producer)
            raise
        self._producer, self._id = producer, name
        return producer

    def _deliver(self, producer: KafkaProducer) -> None:
        producer.flush(_ACKNOWLEDGED_WITHIN_S)
        for letter in self._letters:
            if letter.answer.failed():
                raise letter.answer.exception

    def _void(self, error: client.KafkaError) -> Exception:
        self.abandon()
        ours = in_our_words(self._name, error)
        final = isinstance(error, client.FencedInstanceIdError) or of_a_wrong_clock(error)
        if isinstance(ours, (ConfigError, PartitionsLost, TransientError)) or final:
            return ours
        # What a producer says once its epoch has passed varies; the next one asks whether this is still a member.
        return TransientError(f"{self._name}: the batch was refused and has to be handed over again ({error})")


def _commit(producer: KafkaProducer) -> None:
    # The client's own commit waits for an answer without end, also for one that got lost with its connection.
    result = producer._transaction_manager.begin_commit()
    producer._sender.wakeup()
    if not result.wait(timeout_ms=_ACKNOWLEDGED_WITHIN_S * 1000):
        raise client.KafkaTimeoutError(f"the transaction was not committed within {_ACKNOWLEDGED_WITHIN_S:.0f} s")
