"""Messages onto the log."""

from schemas.codec import encode
from schemas.event_log import Appender
from schemas.messages import Message
from schemas.topics import key_of, topic_of


class Publisher:
    """Appends messages to the topics they travel on. Safe to use from several threads if what it appends to is."""

    def __init__(self, log: Appender) -> None:
        self._log = log

    def publish(self, message: Message) -> None:
        """Hand over one message; it is in the log for certain after the next ``flush``.

        Raises InvalidRecord for a message that its schema does not allow, else what ``Appender.append`` raises.
        """
        self._log.append(topic_of(message), key_of(message), encode(message))

    def flush(self) -> None:
        """Return when every message handed over so far is in the log for good."""
        self._log.flush()
