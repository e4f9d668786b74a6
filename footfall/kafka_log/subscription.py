"""A member of a consumer group of Kafka."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from kafka import TopicPartition
from kafka.consumer.subscription_state import AsyncConsumerRebalanceListener
from kafka.errors import KafkaError
from kafka.structs import MemberState, OffsetAndMetadata

from footfall.fail_points import fail_point
from footfall.kafka_log.assignor import StoresTogetherAssignor
from footfall.kafka_log.clients import new_consumer
from footfall.kafka_log.errors import translated
from footfall.kafka_log.fence import FencedOutbox
from footfall.kafka_log.outbox import Letter
from footfall.kafka_log.records import record_of
from schemas.errors import PartitionsLost
from schemas.event_log import OnPartitions, Partition, Record
from schemas.topics import Topic

_ANSWER_WITHIN_MS = 30_000
_CLOSE_WITHIN_MS = 3_000
_HEARTBEAT_MS = 3_000
_JOIN_MS = 5_000

_log = logging.getLogger(__name__)


class KafkaSubscription:
    """A member that keeps its partitions through a rebalance where it can (cooperative, sticky).

    With an ``instance`` it is a static member: it leaves the group when its session ends, not when it is closed, so
    that a restart within the session moves nothing. How former owners are kept from writing: ``fence.py``.
    """

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        *,
        topics: Sequence[Topic],
        group: str,
        prefix: str,
        instance: str,
        session_s: float,
        now: Callable[[], datetime],
        on_assigned: OnPartitions,
        on_revoked: OnPartitions,
    ) -> None:
        self._name = name
        self._topics = list(topics)
        self._prefix = prefix
        self._now = now
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        session_ms = int(session_s * 1000)
        self._consumer = new_consumer(
            options,
            group_id=group,
            group_instance_id=instance or None,
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=min(_HEARTBEAT_MS, session_ms // 3),
            partition_assignment_strategy=[StoresTogetherAssignor],
        )
        self._outbox = FencedOutbox(name, group, dict(options), self._enter)
        self._owned: set[TopicPartition] = set()
        self._committed: dict[TopicPartition, int] = {}
        self._position: dict[TopicPartition, int] = {}
        self._given_up: deque[TopicPartition] = deque()
        self._begin_again = False
        self._may_have_died_sharing = bool(instance)
        for topic in topics:
            # A member that joins knowing nothing of its topics is given none, and may not look again for minutes.
            self._consumer.partitions_for_topic(topic.name)
        self._consumer.subscribe(
            [topic.name for topic in topics], listener=_Listener(self._strike_out, self._given_up.extend)
        )

    def poll(self, *, max_records: int, timeout_s: float) -> list[Record]:
        """Return the next records, possibly none after ``timeout_s``; none either while the broker is away.

        While the group is being shared out anew it may take some seconds longer.
        """
        with translated(self._name):
            if self._begin_again:
                self._give_up_all()
            # Set until all is taken up: should a callback fail, these records are given again.
            self._begin_again = True
            self._join()
            found = self._consumer.poll(timeout_ms=int(timeout_s * 1000), max_records=max_records)
            self._take_up_changes()
            self._begin_again = False
            self._share_out_once_more()
        records = [record_of(record, self._prefix) for of_partition in found.values() for record in of_partition]
        for partition, of_partition in found.items():
            self._position[partition] = of_partition[-1].offset + 1
        return records

    def append(self, topic: Topic, key: str, value: bytes | None, headers: Mapping[str, str] | None = None) -> None:
        """Hand over what comes of a polled batch; it is in the log for certain after the next ``flush``."""
        if self._begin_again or not self._owned:
            raise PartitionsLost(f"{self._name}: this member owns no partition, so no batch: poll first")
        letter = Letter(topic=self._prefix + topic.name, key=key, value=value, headers=headers or {}, at=self._now())
        try:
            self._outbox.append(letter)
        except PartitionsLost:
            self._begin_again = True
            raise

    def flush(self) -> None:
        """Return when every record handed over so far is acknowledged; raise PartitionsLost for a former owner."""
        try:
            self._outbox.flush()
        except PartitionsLost:
            self._begin_again = True
            raise

    def commit(self) -> None:
        """Commit the position."""
        if self._begin_again:
            raise PartitionsLost(f"{self._name}: the partitions of this batch were lost: poll again")
        moved = {
            partition: offset for partition, offset in self._position.items() if offset != self._committed[partition]
        }
        try:
            with translated(self._name):
                self._commit(moved, self._outbox.id)
        except PartitionsLost:
            self._begin_again = True
            raise

    def lag(self) -> int:
        """Return how many offsets lie between the position and the end of the partitions owned."""
        with translated(self._name):
            if not self._owned and self._consumer.group_metadata().state != MemberState.STABLE:
                return self._lag_of_group()
            ends = self._consumer.end_offsets(sorted(self._owned)) if self._owned else {}
            return sum(max(0, end - self._where(partition)) for partition, end in ends.items())

    def close(self) -> None:
        """Leave the group without committing; what was not flushed is dropped."""
        written = bool(self._outbox.id)
        self._outbox.abandon()
        with suppress(KafkaError):
            if written and not self._begin_again:
                self._commit({partition: self._committed[partition] for partition in self._owned}, "", _CLOSE_WITHIN_MS)
        with suppress(KafkaError):
            self._consumer.close(autocommit=False, timeout_ms=_CLOSE_WITHIN_MS)

    def _join(self) -> None:
        # The client drops the answer to a join that comes while nobody polls, and joins anew: a group whose members
        # all poll for short times might never settle. Its own poll, given more time, would spend the rest of it waiting
        # for records; there is no public way to wait for the partitions alone.
        if self._consumer.group_metadata().state != MemberState.STABLE:
            # A join that ends while another of its own begins leaves it, for ever, in the midst of a join that it does
            # not know of: all that it commits is refused then, as from somebody who is no member.
            self._consumer._coordinator.request_rejoin()
            self._consumer._coordinator.poll(timeout_ms=_JOIN_MS)

    def _share_out_once_more(self) -> None:
        # A named member that died while it was to give partitions up comes back into a group that has settled since:
        # nobody is told to take them, and they belong to no one. It tells once what it has now, and moves nothing.
        if self._may_have_died_sharing and self._consumer.group_metadata().state == MemberState.STABLE:
            self._may_have_died_sharing = False
            self._consumer._coordinator.request_rejoin()

    def _take_up_changes(self) -> None:
        assigned = set(self._consumer.assignment())
        gone = {self._given_up.popleft() for _ in range(len(self._given_up))} | (self._owned - assigned)
        self._drop(gone & self._owned)
        added = assigned - self._owned
        if not added:
            return
        for former in self._stand_where_the_group_stands(added):
            self._outbox.shut_out(former)
        if self._outbox.id:
            self._commit({partition: self._committed[partition] for partition in added}, self._outbox.id)
        self._on_assigned(self._ours(added))
        self._owned |= added

    def _drop(self, gone: set[TopicPartition]) -> None:
        self._owned -= gone
        for partition in gone:
            self._committed.pop(partition, None)
            self._position.pop(partition, None)
        if gone:
            self._on_revoked(self._ours(gone))

    def _give_up_all(self) -> None:
        """After a loss: forget what was in hand, and stand where the group stands."""
        self._outbox.abandon()
        self._drop(set(self._owned))
        assigned = self._consumer.assignment()
        self._stand_where_the_group_stands(assigned)
        for partition in assigned:
            self._consumer.seek(partition, self._committed[partition])

    def _stand_where_the_group_stands(self, partitions: Iterable[TopicPartition]) -> set[str]:
        """Take up the committed offsets; return the ids under which the partitions were written to by others."""
        formers = set()
        for partition in partitions:
            stored = self._consumer.committed(partition, metadata=True, timeout_ms=_ANSWER_WITHIN_MS)
            if stored is None or stored.offset < 0:
                begins = self._consumer.beginning_offsets([partition])
                self._committed[partition] = begins[partition]
            else:
                self._committed[partition] = stored.offset
                formers.add(stored.metadata or "")
            self._position.pop(partition, None)
        return formers - {"", self._outbox.id}

    def _enter(self, name: str) -> None:
        self._commit({partition: self._committed[partition] for partition in self._owned}, name)

    def _commit(self, offsets: Mapping[TopicPartition, int], name: str, within_ms: float = _ANSWER_WITHIN_MS) -> None:
        self._consumer.commit(
            {partition: OffsetAndMetadata(offset, name, -1) for partition, offset in offsets.items()},
            timeout_ms=within_ms,
        )
        self._committed.update(offsets)

    async def _strike_out(self, partitions: Iterable[TopicPartition]) -> None:
        """Before others are given partitions of ours: let them know that we do not write any more."""
        fail_point("giving-partitions-up")
        entered = {
            partition: OffsetAndMetadata(self._committed[partition], "", -1)
            for partition in partitions
            if partition in self._committed
        }
        if self._outbox.id and entered:
            with suppress(KafkaError):
                await self._consumer.commit_async(entered)

    def _where(self, partition: TopicPartition) -> int:
        position = self._consumer.position(partition, timeout_ms=_ANSWER_WITHIN_MS)
        return self._committed[partition] if position is None else int(position)

    def _ours(self, partitions: Iterable[TopicPartition]) -> list[Partition]:
        return sorted(
            Partition(topic=partition.topic.removeprefix(self._prefix), number=partition.partition)
            for partition in partitions
        )

    def _lag_of_group(self) -> int:
        partitions = [
            TopicPartition(topic.name, number) for topic in self._topics for number in range(topic.partitions)
        ]
        ends = self._consumer.end_offsets(partitions)
        begins = self._consumer.beginning_offsets(partitions)
        lag = 0
        for partition in partitions:
            stored = self._consumer.committed(partition, timeout_ms=_ANSWER_WITHIN_MS)
            lag += ends[partition] - (begins[partition] if stored is None or stored < 0 else stored)
        return lag


class _Listener(AsyncConsumerRebalanceListener):  # type: ignore[misc]
    """Called by the client's own thread while ``poll`` waits in it: takes note, and leaves the rest to ``poll``."""

    def __init__(
        self,
        before_giving_up: Callable[[Iterable[TopicPartition]], Any],
        given_up: Callable[[Iterable[TopicPartition]], None],
    ) -> None:
        self._before_giving_up = before_giving_up
        self._given_up = given_up

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Partitions go to others in an orderly way."""
        self._given_up(revoked)
        await self._before_giving_up(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Partitions come; ``poll`` sees them."""

    async def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        """Partitions are gone: the group has not heard of this member for too long."""
        self._given_up(lost)
