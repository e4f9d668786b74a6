"""Who of a group is given which partitions: those with the same number together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.protocol.consumer.metadata import ConsumerProtocolAssignment, ConsumerProtocolSubscription


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    member_id: str
    metadata: Any


class StoresTogetherAssignor(CooperativeStickyAssignor):  # type: ignore[misc]
    """Shares the partitions of one topic out as the client does; those of the others follow by their number.

    The client weighs a partition as a partition: of two topics it would give one member all that is busy and the other
    all that is quiet. The topics of a group that are keyed by store have as many partitions, so that a number is a
    share of the stores; one with fewer belongs to whoever has its numbers. On the wire it is cooperative-sticky:
    members of both kinds can be of one group.
    """

    def assign(self, cluster: Any, members: Sequence[Any]) -> Mapping[str, ConsumerProtocolAssignment]:
        """Return what each member is given now: nothing yet of what another still owns."""
        topics = {topic for member in members for topic in member.metadata.topics}
        there = {topic: cluster.partitions_for_topic(topic) or set() for topic in topics}
        first, *others = sorted(topics, key=lambda topic: (-len(there[topic]), topic))
        owners = {
            partition: member.member_id
            for member in members
            for partition in self.parse_member_metadata(member.metadata).partitions
        }
        shared_out = super().assign(cluster, [_of_topic(member, first) for member in members])
        assigned = {}
        for member_id, assignment in shared_out.items():
            numbers = [partition.partition for partition in assignment.partitions()]
            free = [
                (topic, [n for n in numbers if n in there[topic] and owners.get((topic, n), member_id) == member_id])
                for topic in (first, *others)
            ]
            assigned[member_id] = ConsumerProtocolAssignment(self.version, [one for one in free if one[1]], b"")
        return assigned


def _of_topic(member: Any, topic: str) -> _Member:
    """Return a member as if there were but one topic."""
    owned = [one for one in getattr(member.metadata, "owned_partitions", None) or () if one.topic == topic]
    metadata = ConsumerProtocolSubscription(
        version=member.metadata.version, topics=[topic], user_data=b"", owned_partitions=owned
    )
    metadata.generation_id = member.metadata.generation_id
    return _Member(member_id=member.member_id, metadata=metadata)
