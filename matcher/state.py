"""The matcher's state, as the log tells it."""

import logging
from collections.abc import Iterator

from matcher.identifier import Identifier
from schemas.codec import decode
from schemas.errors import ConfigError, InvalidRecord
from schemas.event_log import EventLog
from schemas.messages import Message, Sighting, Template
from schemas.topics import CROPS, SIGHTINGS, TEMPLATES, Topic

_log = logging.getLogger(__name__)


def restore(identifier: Identifier, log: EventLog, group: str, model_id: str) -> None:
    """Bring an identifier to where the consumer group left off: settled events, and the templates in force.

    A template is in force once the crop event that gave it is committed or its sighting is in the log. A sighting of
    the log settles its crop event for good, also when the same film is read again.
    Raises ConfigError when the log holds templates of another model: every visitor would be counted anew.
    """
    settled = {sighting.event_id for sighting in _latest(log, SIGHTINGS).values() if isinstance(sighting, Sighting)}
    templates = [template for template in _latest(log, TEMPLATES).values() if isinstance(template, Template)]
    foreign = {template.model_id for template in templates} - {model_id}
    if foreign:
        raise ConfigError(
            f"the visitors known here were learnt by the model {', '.join(sorted(foreign))} and cannot be compared "
            f"with those of {model_id}: run with the pack they were learnt by (--pack), or with another --data-dir"
        )
    committed = log.committed(CROPS, group)
    in_force: list[Template] = []
    undecided: list[Template] = []
    for template in sorted(templates, key=lambda template: template.captured_at):
        done = template.event_id in settled or template.source_offset < committed.get(template.source_partition, 0)
        (in_force if done else undecided).append(template)
    identifier.restore(settled=settled, in_force=in_force, undecided=undecided)


def known_models(log: EventLog) -> set[str]:
    """Return the model_ids of the templates in a log."""
    return {template.model_id for template in _latest(log, TEMPLATES).values() if isinstance(template, Template)}


def _latest(log: EventLog, topic: Topic) -> dict[object, Message]:
    """Return the messages of a topic; of a compacted one only the latest of each key."""
    latest: dict[object, Message] = {}
    for identity, message in _messages(log, topic):
        if message is None:
            latest.pop(identity, None)
        else:
            latest[identity] = message
    return latest


def _messages(log: EventLog, topic: Topic) -> Iterator[tuple[object, Message | None]]:
    for record in log.replay(topic):
        identity = record.key if topic.compacted else (record.partition, record.offset)
        try:
            yield identity, None if record.value is None else decode(record.value, topic.message)
        except InvalidRecord as error:
            _log.warning(
                "%s/%d/%d cannot be read and is passed over: %s", topic.name, record.partition, record.offset, error
            )
