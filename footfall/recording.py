"""The analytics, put together."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice

from analytics.arrivals import ArrivalRules, TagsOf, Withheld, no_tags
from analytics.records.recorder import record_batch
from analytics.records.repository import VisitRepository
from footfall.consumer import Consumer, Turn
from footfall.fail_points import fail_point
from footfall.timing import timed
from footfall.wiring import utc_now
from ingest.stopwatch import Stopwatch
from schemas.codec import decode
from schemas.errors import InvalidRecord
from schemas.event_log import EventLog, Record
from schemas.messages import Coverage, IdentityEvent, Message, Sighting
from schemas.received import Handler, Received
from schemas.topics import COVERAGE, IDENTITY, SIGHTINGS

ANALYTICS_GROUP = "analytics"
RECORDED = (SIGHTINGS, COVERAGE, IDENTITY)
RECORDED_AT_ONCE = 8_192


def new_analytics(
    log: EventLog,
    repository: VisitRepository,
    stopwatch: Stopwatch,
    *,
    arrivals: ArrivalRules = ArrivalRules(),  # noqa: B008 - frozen
    tags_of: TagsOf = no_tags,
    now: Callable[[], datetime] = utc_now,
    around: Callable[[Handler], Handler] = lambda handler: handler,
    on_turn: Callable[[Turn], None] | None = None,
    on_withheld: Callable[[Withheld], None] = lambda _reason: None,
) -> Consumer:
    """Return the consumer that turns sightings and the ledger into visits, and tells of the arrivals of members.

    Its time is added to the stage "record"; ``now`` decides alone which arrivals have expired. ``on_withheld`` is told
    why a sighting of a member is no arrival.
    """
    if not repository.stores():
        _record_again(log, repository)
    return Consumer(
        log=log,
        topics=RECORDED,
        group=ANALYTICS_GROUP,
        handler=around(timed(recorded(repository, arrivals, now, tags_of, on_withheld), stopwatch, "record")),
        on_turn=on_turn,
        max_records=RECORDED_AT_ONCE,
    )


def recorded(
    repository: VisitRepository,
    arrivals: ArrivalRules,
    now: Callable[[], datetime],
    tags_of: TagsOf,
    on_withheld: Callable[[Withheld], None] = lambda _reason: None,
) -> Handler:
    """Return the handler that records, and dies behind it where a test asks for that."""
    record = record_batch(repository, arrivals, now, tags_of, on_withheld)

    def handle(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        stages = record(batch)
        fail_point("after-database-commit")
        return stages

    return handle


def _record_again(log: EventLog, repository: VisitRepository) -> None:
    """Fill a database that is new, or whose file was moved away, with what the log still holds."""
    for topic in RECORDED:
        records = log.replay(topic)
        while some := list(islice(records, RECORDED_AT_ONCE)):
            messages = [message for record in some if (message := _readable(record)) is not None]
            repository.record(
                [message for message in messages if isinstance(message, Sighting)],
                [message for message in messages if isinstance(message, Coverage)],
                [message for message in messages if isinstance(message, IdentityEvent)],
            )


def _readable(record: Record) -> Message | None:
    try:
        return None if record.value is None else decode(record.value)
    except InvalidRecord:
        return None  # the consumer has put it on the dead-letter topic, or will
