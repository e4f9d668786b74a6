"""Reading on in topics of Kafka, as a member of no group."""

import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from footfall.kafka_log.errors import translated
from footfall.kafka_log.records import record_of
from schemas.errors import TransientError
from schemas.event_log import Partition, Record

_POLL_MS = 500
_SILENCE_S = 30.0

_log = logging.getLogger(__name__)


class KafkaTail:
    """See ``schemas.event_log.Tail``. An offset that the topic no longer holds is taken for the oldest it does."""

    def __init__(self, name: str, consumer: KafkaConsumer, begins: Mapping[TopicPartition, int], prefix: str) -> None:
        self._name = name
        self._consumer = consumer
        self._prefix = prefix
        self._position = dict(begins)
        self._begun: set[TopicPartition] = set()
        consumer.assign(list(begins))
        for partition, offset in begins.items():
            consumer.seek(partition, offset)
        # Where there is nothing to read an offset may be beyond the end, and must not be asked for.
        consumer.pause(*begins)

    def read(self, *, without: Collection[Partition] = ()) -> Iterator[Record]:
        """Yield the records that have come since and are sound; the partitions take turns."""
        passed_over = {TopicPartition(self._prefix + one.topic, one.number) for one in without}
        with translated(self._name):
            ends = self._consumer.end_offsets(list(self._position))
            behind = [partition for partition, end in ends.items() if self._position[partition] < end]
            for partition in passed_over.intersection(behind):
                self._position[partition] = ends[partition]
                self._consumer.seek(partition, ends[partition])
            behind = [partition for partition in behind if partition not in passed_over]
            if not behind:
                return
            self._begin([partition for partition in behind if partition not in self._begun])
            yield from self._read_until({one: ends[one] for one in behind if self._position[one] < ends[one]})

    def close(self) -> None:
        """Let go of the connections."""
        with suppress(KafkaError):
            self._consumer.close(autocommit=False)

    def _begin(self, partitions: Sequence[TopicPartition]) -> None:
        """Stand at the oldest record of those whose offset is older. Asked once: the client does so later by itself."""
        begins = self._consumer.beginning_offsets(partitions) if partitions else {}
        for partition, begin in begins.items():
            if self._position[partition] < begin:
                self._position[partition] = begin
                self._consumer.seek(partition, begin)
        self._begun.update(partitions)

    def _read_until(self, ends: dict[TopicPartition, int]) -> Iterator[Record]:
        heard_at = time.monotonic()
        self._consumer.resume(*ends)
        while ends:
            found = self._consumer.poll(timeout_ms=_POLL_MS)
            for partition, records in found.items():
                for one in records:
                    self._position[partition] = one.offset + 1
                    record = record_of(one, self._prefix)
                    if record.fault:
                        where = f"{record.topic}/{record.partition}@{record.offset}"
                        _log.error("%s is left out: %s", where, record.fault)
                    else:
                        yield record
            # By the position, not by the last record: what compaction or a transaction leaves at the end is none.
            for partition in list(ends):
                position = self._consumer.position(partition)
                if position is not None and position >= ends[partition]:
                    self._position[partition] = max(self._position[partition], position)
                    self._consumer.pause(partition)
                    del ends[partition]
                    heard_at = time.monotonic()
            if found:
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at > _SILENCE_S:
                raise TransientError(f"{self._name}: has been silent for {_SILENCE_S:.0f} s in the middle of a replay")
