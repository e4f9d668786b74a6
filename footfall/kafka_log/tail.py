"""Reading on in topics of Kafka, as a member of no group."""

import logging
from collections.abc import Mapping
from contextlib import suppress

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from footfall.kafka_log.errors import translated
from footfall.kafka_log.records import record_of
from schemas.event_log import Record

_log = logging.getLogger(__name__)


class KafkaTail:
    """See ``schemas.event_log.Tail``. An offset that the topic no longer holds is taken for the oldest it does."""

    def __init__(
        self, name: str, consumer: KafkaConsumer, begins: Mapping[TopicPartition, int | None], prefix: str
    ) -> None:
        self._name = name
        self._consumer = consumer
        self._prefix = prefix
        consumer.assign(list(begins))
        for partition, offset in begins.items():
            if offset is None:
                consumer.seek_to_beginning(partition)
            else:
                consumer.seek(partition, offset)

    def read(self, *, max_records: int, timeout_s: float) -> list[Record]:
        """Return the next records that are sound."""
        with translated(self._name):
            found = self._consumer.poll(timeout_ms=timeout_s * 1000, max_records=max_records)
        records = [record_of(one, self._prefix) for some in found.values() for one in some]
        for record in records:
            if record.fault:
                _log.error("%s/%d@%d is left out: %s", record.topic, record.partition, record.offset, record.fault)
        return [record for record in records if not record.fault]

    def close(self) -> None:
        """Let go of the connections."""
        with suppress(KafkaError):
            self._consumer.close(autocommit=False)
