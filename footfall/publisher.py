"""Messages onto the log."""

from typing import TypeAlias

from schemas.codec import encode
from schemas.event_log import Appender
from schemas.messages import Message
from schemas.topics import Topic, key_of, topic_of

Prepared: TypeAlias = tuple[Topic, str, bytes]
"""A message as it is appended: its topic, its key, its bytes."""


class Publisher:
    """Appends messages to the topics they travel on. Safe to use from several threads if what it appends to is."""

    def __init__(self, log: Appender) -> None:
        self._log = log

    def publish(self, message: Message) -> None:
        """Hand over one message; it is in the log for certain after the next ``flush``.

        Raises what ``prepared`` and ``Appender.append`` raise.
        """
        self._log.append(*prepared(message))

    def flush(self) -> None:
        """Return when every message handed over so far is in the log for good."""
        self._log.flush()


def prepared(message: Message) -> Prepared:
    """Return a message ready to be appended. Raises InvalidRecord for one that its schema does not allow."""
    return topic_of(message), key_of(message), encode(message)
