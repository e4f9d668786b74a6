"""Topics on the broker: made, measured, and held against what the program expects."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource
from kafka.errors import TopicAlreadyExistsError

from schemas.errors import ConfigError
from schemas.topics import Topic

_UNKNOWN_TOPIC = 3
_TOMBSTONES_KEPT = timedelta(days=1)


class BrokerTopics:
    """The topics of a broker, over an admin client. Raises the client's errors."""

    def __init__(self, name: str, admin: KafkaAdminClient, replication: int) -> None:
        self._name = name
        self._admin = admin
        self._replication = replication

    def partitions(self, topic: Topic) -> list[int]:
        """Return the numbers of a topic's partitions, none where it has not been made."""
        (found,) = self._admin.describe_topics([topic.name])
        if found["error_code"] == _UNKNOWN_TOPIC:
            return []
        return sorted(partition["partition_index"] for partition in found["partitions"])

    def require(self, topic: Topic) -> None:
        """Raise ConfigError unless a topic is there with the partitions that the program expects."""
        found = len(self.partitions(topic))
        if not found:
            raise ConfigError(
                f"{self._name}: there is no topic {topic.name}: make the topics with footfall topics create"
            )
        if found != topic.partitions:
            raise ConfigError(
                f"{self._name}: the topic {topic.name} has {found} partitions, where this program expects "
                f"{topic.partitions}, and the records of a store would no longer be in one place: delete the topic and "
                "run footfall topics create, or name another cluster"
            )

    def create(self, topics: Sequence[Topic]) -> list[str]:
        """Make the topics that are missing; return their names."""
        missing = [topic for topic in topics if not self.partitions(topic)]
        for topic in missing:
            try:
                self._admin.create_topics({topic.name: self._wanted(topic)}, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                self._admin.wait_for_topics([topic.name])
        for topic in topics:
            self.require(topic)
        return [topic.name for topic in missing]

    def settings(self, topic: Topic) -> tuple[timedelta | None, bool]:
        """Return a topic's retention and whether it is compacted."""
        resource = ConfigResource("TOPIC", topic.name, configs={"cleanup.policy": None, "retention.ms": None})
        found = self._admin.describe_configs([resource], config_filter="all")["topic"][topic.name]
        policy, retention_ms = found["cleanup.policy"]["value"], int(found["retention.ms"]["value"])
        forever = retention_ms < 0 or "delete" not in policy
        return None if forever else timedelta(milliseconds=retention_ms), "compact" in policy

    def committed(self, topic: Topic, group: str) -> dict[int, int]:
        """Return a group's committed offset of each partition."""
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        found: Mapping[Any, Any] = self._admin.list_group_offsets({group: partitions})[group]
        return {partition.partition: stored.offset for partition, stored in found.items() if stored.offset >= 0}

    def _wanted(self, topic: Topic) -> dict[str, Any]:
        forever = topic.retention is None
        retention_ms = -1 if topic.retention is None else int(topic.retention.total_seconds() * 1000)
        return {
            "num_partitions": topic.partitions,
            "replication_factor": self._replication,
            "configs": {
                "cleanup.policy": "compact"
                if topic.compacted and forever
                else "compact,delete"
                if topic.compacted
                else "delete",
                "retention.ms": str(retention_ms),
                "delete.retention.ms": str(int(_TOMBSTONES_KEPT.total_seconds() * 1000)),
            },
        }
