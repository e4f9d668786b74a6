"""The event log in Kafka."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from threading import Lock

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from footfall.kafka_log.address import KafkaAddress
from footfall.kafka_log.clients import new_admin, new_consumer, new_producer
from footfall.kafka_log.errors import LastWord, translated
from footfall.kafka_log.outbox import Letter, Outbox
from footfall.kafka_log.subscription import KafkaSubscription
from footfall.kafka_log.tail import KafkaTail
from footfall.kafka_log.topics import BrokerTopics
from schemas.event_log import OnPartitions, Partition, Record, TopicState, heedless
from schemas.topics import Topic

_CONNECT_WITHIN_MS = 10_000

_log = logging.getLogger(__name__)


class KafkaEventLog:
    """An EventLog in Kafka. Its topics are made by ``create`` and by nothing else.

    Raises, when it is made: TransientError where no broker answers within ten seconds, ConfigError where it refuses us.
    """

    def __init__(self, address: KafkaAddress, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        # Of connections that come and go we say ourselves what matters; in its details the client prints passwords.
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
        if find_spec("crc32c") is None:
            _log.warning(
                "the package crc32c is missing: Kafka is 15 to 25 times slower; pip install 'kafka-python[crc32c]'"
            )
        self._name = address.name
        self._address = address
        self._options = {**address.options, "bootstrap_timeout_ms": _CONNECT_WITHIN_MS}
        self._now = now
        self._lock = Lock()
        self._admin: KafkaAdminClient | None = None
        self._known: set[str] = set()
        with translated(self._name), LastWord().connecting(self._name, address.user):
            self._outbox = Outbox(self._name, lambda: new_producer(self._options))

    def append(self, topic: Topic, key: str, value: bytes | None, headers: Mapping[str, str] | None = None) -> None:
        """Hand over one record; it is in the log for certain after the next ``flush``."""
        self._require(topic)
        with self._lock:
            self._outbox.append(
                Letter(topic=self._there(topic).name, key=key, value=value, headers=headers or {}, at=self._now())
            )

    def flush(self) -> None:
        """Return when the broker has acknowledged every record handed over so far; raise if it has not any."""
        with self._lock:
            self._outbox.flush()

    def subscribe(
        self,
        topics: Sequence[Topic],
        group: str,
        *,
        on_assigned: OnPartitions = heedless,
        on_revoked: OnPartitions = heedless,
    ) -> KafkaSubscription:
        """Join a consumer group; the partitions come with the first polls."""
        for topic in topics:
            self._require(topic)
        with translated(self._name), LastWord().connecting(self._name, self._address.user):
            return KafkaSubscription(
                self._name,
                self._options,
                topics=[self._there(topic) for topic in topics],
                group=self._address.prefix + group,
                prefix=self._address.prefix,
                instance=self._address.instance,
                session_s=self._address.session_s,
                now=self._now,
                on_assigned=on_assigned,
                on_revoked=on_revoked,
            )

    def committed(self, topic: Topic, group: str) -> dict[int, int]:
        """Return the group's committed offset of each partition; partitions never committed are left out."""
        with self._topics() as topics:
            return topics.committed(self._there(topic), self._address.prefix + group)

    def replay(self, topic: Topic, *, from_offsets: Mapping[int, int] | None = None) -> Iterator[Record]:
        """Yield the records in a topic at the time of the first of them; the partitions take turns."""
        numbers = range(topic.partitions)
        begins = {Partition(topic=topic.name, number=number): (from_offsets or {}).get(number, 0) for number in numbers}
        with closing(self.tail([topic], from_offsets=begins)) as tail:
            yield from tail.read()

    def tail(self, topics: Sequence[Topic], *, from_offsets: Mapping[Partition, int]) -> KafkaTail:
        """Begin to read on, over a connection of its own."""
        for topic in topics:
            self._require(topic)
        begins = {
            TopicPartition(self._there(topic).name, number): from_offsets.get(
                Partition(topic=topic.name, number=number), 0
            )
            for topic in topics
            for number in range(topic.partitions)
        }
        with translated(self._name), LastWord().connecting(self._name, self._address.user):
            return KafkaTail(self._name, new_consumer(self._options), begins, self._address.prefix)

    def create(self, topics: Sequence[Topic]) -> list[str]:
        """Make the topics that are missing, with their partitions, retention and compaction; return their names."""
        with self._topics() as broker:
            made = broker.create([self._there(topic) for topic in topics])
        return [name.removeprefix(self._address.prefix) for name in made]

    def require(self, topics: Sequence[Topic]) -> None:
        """Ask the broker for topics, those already known to be there too."""
        with self._topics() as broker:
            for topic in topics:
                broker.require(self._there(topic))
        self._known.update(topic.name for topic in topics)

    def describe(self, topic: Topic) -> TopicState | None:
        """Return a topic as it is on the broker, or None where it has not been made."""
        with self._topics() as broker:
            there = self._there(topic)
            partitions = [TopicPartition(there.name, number) for number in broker.partitions(there)]
            if not partitions:
                return None
            retention, compacted = broker.settings(there)
        with translated(self._name), self._reader() as consumer:
            begins, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
        return TopicState(
            name=topic.name,
            begins={partition.partition: offset for partition, offset in begins.items()},
            ends={partition.partition: offset for partition, offset in ends.items()},
            retention=retention,
            compacted=compacted,
        )

    def maintain(self, now: datetime) -> None:
        """Do nothing: brokers see to retention and compaction themselves."""

    def close(self) -> None:
        """Flush, and let go of the connections."""
        with self._lock:
            try:
                self._outbox.close()
            finally:
                if self._admin is not None:
                    self._admin.close()

    def _require(self, topic: Topic) -> None:
        if topic.name not in self._known:
            self.require([topic])

    @contextmanager
    def _topics(self) -> Iterator[BrokerTopics]:
        with self._lock, translated(self._name):
            if self._admin is None:
                self._admin = new_admin(self._options)
            try:
                yield BrokerTopics(self._name, self._admin, self._address.replication)
            except KafkaError:
                # One that was made before an outage may not find back by itself for a while: the next is made anew.
                self._admin.close()
                self._admin = None
                raise

    @contextmanager
    def _reader(self) -> Iterator[KafkaConsumer]:
        consumer = new_consumer(self._options)
        try:
            yield consumer
        finally:
            with suppress(KafkaError):
                consumer.close(autocommit=False)

    def _there(self, topic: Topic) -> Topic:
        return replace(topic, name=self._address.prefix + topic.name)
