"""Records on their way to the broker, sent again until it has them."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import kafka.errors as client
from kafka import KafkaProducer

from footfall.kafka_log.clients import let_go
from footfall.kafka_log.errors import in_our_words, translated
from schemas.errors import InvalidRecord, TransientError

# What brokers take at most by default (message.max.bytes), less the frame around a record.
MAX_RECORD_BYTES = 1_000_000
_MAX_UNACKNOWLEDGED_BYTES = 16_000_000
_ACKNOWLEDGED_WITHIN_S = 10.0
_TOO_LARGE = (client.MessageSizeTooLargeError, client.RecordListTooLargeError)


@dataclass(slots=True, kw_only=True, eq=False)
class Letter:
    """A record that was handed over, and the broker's answer to come; None where it has yet to be sent."""

    topic: str
    key: str
    value: bytes | None
    headers: Mapping[str, str]
    at: datetime
    answer: Any = None

    @property
    def size(self) -> int:
        """Its bytes, without what Kafka puts around them."""
        return len(self.key.encode()) + len(self.value or b"") + sum(map(len, (*self.headers, *self.headers.values())))

    def require_size(self) -> None:
        """Raise InvalidRecord if no broker would take it."""
        if self.size > MAX_RECORD_BYTES:
            raise InvalidRecord(f"is {self.size:,} bytes, where Kafka takes {MAX_RECORD_BYTES:,}", self.topic)

    def send(self, producer: KafkaProducer) -> None:
        """Give it to a producer."""
        self.answer = producer.send(
            self.topic,
            key=self.key.encode(),
            value=self.value,
            headers=[(name, value.encode()) for name, value in self.headers.items()],
            timestamp_ms=int(self.at.timestamp() * 1000),
        )


class Outbox:
    """Keeps each record until the broker has acknowledged it, and sends again what it has not, in order.

    Above 16 MB without an answer ``append`` waits. Not safe to use from two threads at once.
    """

    def __init__(self, name: str, make_producer: Callable[[], KafkaProducer]) -> None:
        self._name = name
        self._make_producer = make_producer
        self._producer: KafkaProducer | None = make_producer()
        self._letters: deque[Letter] = deque()
        self._bytes = 0
        self._all_sent = True

    def append(self, letter: Letter) -> None:
        """Hand over one record."""
        letter.require_size()
        if self._bytes >= _MAX_UNACKNOWLEDGED_BYTES:
            self.flush()
        self._letters.append(letter)
        self._bytes += letter.size
        if self._all_sent and self._producer is not None:
            with self._keeping(), translated(self._name):
                letter.send(self._producer)

    def flush(self) -> None:
        """Return when every record is acknowledged; raise for the first that is not, and keep it and all behind it."""
        if not self._letters:
            return
        with self._keeping(), translated(self._name):
            producer = self._send_unsent()
            in_time = _acknowledged(producer)
        while self._letters and self._letters[0].answer.succeeded():
            self._bytes -= self._letters.popleft().size
        # One that was refused may hold up those behind it: that comes before how long they all took.
        refused = next((letter for letter in self._letters if letter.answer.failed()), None)
        if refused is not None:
            self._start_again(refused)
        if not in_time:
            self._all_sent = False
            raise TransientError(
                f"{self._name}: has not acknowledged {len(self._letters)} records within "
                f"{_ACKNOWLEDGED_WITHIN_S:.0f} s; they are kept"
            )

    def close(self) -> None:
        """Flush and let go of the producer."""
        try:
            self.flush()
        finally:
            self._let_go()

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            self._all_sent = False
            raise

    def _send_unsent(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = self._make_producer()
        if not self._all_sent:
            for letter in self._letters:
                if letter.answer is None:
                    letter.send(self._producer)
            self._all_sent = True
        return self._producer

    def _start_again(self, refused: Letter) -> None:
        error = refused.answer.exception
        # What lies behind the first failure may have arrived; sent again, the last of a key is still the last.
        for letter in self._letters:
            letter.answer = None
        self._all_sent = False
        self._let_go()
        if isinstance(error, _TOO_LARGE):
            self._letters.remove(refused)
            self._bytes -= refused.size
            raise InvalidRecord(
                f"is {refused.size:,} bytes, more than max.message.bytes of the topic allows", refused.topic
            ) from error
        raise in_our_words(self._name, error) from error

    def _let_go(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            let_go(producer)


def _acknowledged(producer: KafkaProducer) -> bool:
    """Wait until a producer has an answer to all it was given, and return whether that came in time."""
    try:
        producer.flush(_ACKNOWLEDGED_WITHIN_S)
    except client.KafkaTimeoutError:
        return False
    return True
