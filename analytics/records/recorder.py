"""The handler of the analytics stage: sightings, coverage and the identity ledger into the repository."""

from collections.abc import Callable, Sequence
from datetime import datetime

from analytics.arrivals import ArrivalRules, TagsOf, Withheld, with_tags
from analytics.records.arrival_writer import Announcing
from analytics.records.repository import VisitRepository
from schemas.messages import Coverage, IdentityEvent, Message, Sighting
from schemas.received import Handler, Received


def record_batch(
    repository: VisitRepository,
    rules: ArrivalRules,
    now: Callable[[], datetime],
    tags_of: TagsOf,
    on_withheld: Callable[[Withheld], None] = lambda _reason: None,
) -> Handler:
    """Return a handler that records a batch in one transaction, and gives on the arrivals of members in it."""

    def handle(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        arrivals = repository.record(
            [received.message for received in batch if isinstance(received.message, Sighting)],
            [received.message for received in batch if isinstance(received.message, Coverage)],
            [received.message for received in batch if isinstance(received.message, IdentityEvent)],
            announcing=Announcing(rules=rules, now=now(), on_withheld=on_withheld),
        )
        return [with_tags(arrivals, tags_of)] if arrivals else []

    return handle
