"""The test of a webhook: a message that is sent at once, by whoever asks for it, and once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from analytics.outbound.delivery import Outcome
from analytics.outbound.events import trial_message
from analytics.outbound.http_sender import HttpSender
from analytics.outbound.patience import Patience
from analytics.records.repository import VisitRepository
from schemas.errors import InputError


def try_webhook(
    repository: VisitRepository, sender: HttpSender, webhook_id: str, now: Callable[[], datetime]
) -> Outcome:
    """Send a webhook a test and return what came of it; it stands in the delivery log like any other.

    Raises InputError where there is no such webhook, or it is disabled.
    """
    webhook = repository.webhooks.get(webhook_id)
    if webhook.disabled_at is not None:
        raise InputError(f"webhook {webhook_id} is disabled: take it up again with `footfall webhook enable` first")
    message = trial_message(webhook_id, uuid4(), now=now())
    delivery = repository.outbox.put_claimed(message, webhook)
    outcome = sender.send(webhook, message)
    once = Patience(give_up_after=timedelta(0), disable_after=timedelta.max)
    repository.outbox.settle(delivery, outcome, now(), once, lambda: 0.0)
    return outcome
