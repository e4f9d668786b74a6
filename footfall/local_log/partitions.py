"""Topics and their partitions in the file."""

from footfall.local_log.database import Database
from footfall.local_log.rows import PartitionRow
from schemas.errors import ConfigError
from schemas.topics import Topic


class Partitions:
    """Finds the partitions of topics, and makes them where a topic is new. Raises what ``Database`` raises."""

    def __init__(self, database: Database, log_name: str) -> None:
        self._database = database
        self._log_name = log_name
        self._found: dict[str, tuple[PartitionRow, ...]] = {}

    def of(self, topic: Topic) -> tuple[PartitionRow, ...]:
        """Return the partitions of a topic, made if need be. Raises ConfigError where the file has another number."""
        if topic.name not in self._found:
            with self._database.writing():
                rows = self._rows(topic)
                if not rows:
                    self._database.change(
                        "INSERT INTO partitions (topic, partition) VALUES (?, ?)",
                        [(topic.name, partition) for partition in range(topic.partitions)],
                    )
                    rows = self._rows(topic)
            if len(rows) != topic.partitions:
                raise ConfigError(
                    f"{self._log_name}: the topic {topic.name} has {len(rows)} partitions, where this program expects "
                    f"{topic.partitions}: run the version of the program that wrote it"
                )
            self._found[topic.name] = rows
        return self._found[topic.name]

    def exist(self, topic: Topic) -> bool:
        """Return whether a topic has been made."""
        return topic.name in self._found or bool(self._rows(topic))

    def _rows(self, topic: Topic) -> tuple[PartitionRow, ...]:
        found = self._database.rows(
            "SELECT id, partition FROM partitions WHERE topic = ? ORDER BY partition", (topic.name,)
        )
        return tuple(PartitionRow(id=number, topic=topic.name, partition=partition) for number, partition in found)
