"""The handler of the analytics stage: sightings, coverage and the identity ledger into the repository."""

from collections.abc import Sequence

from analytics.repository import VisitRepository
from schemas.messages import Coverage, IdentityEvent, Message, Sighting
from schemas.received import Handler, Received


def record_batch(repository: VisitRepository) -> Handler:
    """Return a handler that records a batch in one transaction, and gives nothing on."""

    def handle(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        repository.record(
            [received.message for received in batch if isinstance(received.message, Sighting)],
            [received.message for received in batch if isinstance(received.message, Coverage)],
            [received.message for received in batch if isinstance(received.message, IdentityEvent)],
        )
        return []

    return handle
