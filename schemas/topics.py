"""The topics as data: name, message, key, partitions, retention, compaction."""

from dataclasses import dataclass
from datetime import timedelta

from schemas.messages import Arrival, Coverage, FaceCrop, IdentityEvent, Message, Sighting, Template

TOMBSTONES_KEPT = timedelta(days=1)
"""How long a compacted topic keeps a tombstone: within it, readers who are behind learn of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic of the event log.

    ``key_field`` names the message field whose text is the record's key: records of one key keep their order.
    ``retention`` None keeps records for ever; a compacted topic keeps the latest record of each key, and a record
    without a value (a tombstone) erases its key.
    """

    name: str
    message: type | None
    key_field: str
    partitions: int
    retention: timedelta | None
    compacted: bool = False


CROPS = Topic(name="crops", message=FaceCrop, key_field="store_id", partitions=12, retention=timedelta(hours=24))
SIGHTINGS = Topic(name="sightings", message=Sighting, key_field="store_id", partitions=12, retention=timedelta(days=30))
TEMPLATES = Topic(
    name="templates", message=Template, key_field="template_id", partitions=12, retention=None, compacted=True
)
IDENTITY = Topic(name="identity", message=IdentityEvent, key_field="face_id", partitions=1, retention=None)
ARRIVALS = Topic(name="arrivals", message=Arrival, key_field="store_id", partitions=12, retention=timedelta(days=7))
COVERAGE = Topic(name="coverage", message=Coverage, key_field="store_id", partitions=12, retention=timedelta(days=30))
DEAD_LETTERS = Topic(name="dead-letters", message=None, key_field="", partitions=1, retention=timedelta(days=30))

TOPICS: tuple[Topic, ...] = (CROPS, SIGHTINGS, TEMPLATES, IDENTITY, ARRIVALS, COVERAGE, DEAD_LETTERS)

_BY_MESSAGE: dict[type, Topic] = {topic.message: topic for topic in TOPICS if topic.message is not None}


def topic_of(message: Message) -> Topic:
    """Return the topic on which a message travels."""
    return _BY_MESSAGE[type(message)]


def key_of(message: Message) -> str:
    """Return the key under which a message travels."""
    return str(getattr(message, topic_of(message).key_field))
