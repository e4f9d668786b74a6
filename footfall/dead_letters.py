"""Where records go that cannot be handled, and how many of them are too many."""

from collections import deque
from dataclasses import dataclass

from schemas.errors import InvalidRecord, StorageError
from schemas.event_log import Appender, Record
from schemas.topics import DEAD_LETTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterLimit:
    """A consumer stops when more than ``most`` of its last ``among`` records could not be handled.

    A few damaged records must not hold up a shop; a faulty release must not empty a topic into the dead letters.
    """

    most: int
    among: int


DEFAULT_LIMIT = DeadLetterLimit(most=50, among=500)


class DeadLetterGuard:
    """Counts what became of the last records of a consumer and holds it against a limit."""

    def __init__(self, limit: DeadLetterLimit) -> None:
        self._limit = limit
        self._settled: deque[bool] = deque(maxlen=limit.among)

    def check(self, dead: int, last: str) -> None:
        """Raise StorageError when ``dead`` more dead letters would exceed the limit; ``last`` says what happened."""
        if sum(self._settled) + dead > self._limit.most:
            raise StorageError(
                f"stopped: more than {self._limit.most} of the last {self._limit.among} records could not be handled "
                f"(the last: {last}). Nothing of this batch is committed: look at the topic {DEAD_LETTERS.name}, "
                "put the cause right and start again"
            )

    def settle(self, dead: int, handled: int) -> None:
        """Count a committed batch."""
        self._settled.extend([True] * dead + [False] * handled)


def append_dead_letter(log: Appender, record: Record, error: InvalidRecord, group: str) -> None:
    """Append a record to the dead letters, bytes as they were, with where it came from and what is wrong with it.

    The key is the record's origin: a record dead-lettered twice can be told from two records.
    """
    origin = f"{record.topic}/{record.partition}/{record.offset}"
    headers = {
        "origin-topic": record.topic,
        "origin-partition": str(record.partition),
        "origin-offset": str(record.offset),
        "origin-key": record.key,
        "group": group,
        "reason": error.reason,
        "field": error.field,
    }
    log.append(DEAD_LETTERS, origin, record.value, {**record.headers, **headers})
