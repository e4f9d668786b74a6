"""A webhook to be: checked before it is kept."""

from collections.abc import Collection
from datetime import datetime

from analytics.outbound.delivery import Webhook
from analytics.outbound.events import SUBSCRIBABLE
from analytics.outbound.http_sender import HttpSender, parsed_url
from analytics.outbound.signatures import new_secret
from analytics.outbound.webhooks import new_webhook_id
from schemas.errors import InputError


def new_webhook(
    url: str, events: Collection[str], stores: Collection[str] | None, sender: HttpSender, *, now: datetime
) -> Webhook:
    """Return a webhook with a secret of its own, to all events where none are named; ``stores`` None is every store.

    Raises InputError for an address that may not be sent to, for events that are none, and for no store at all.
    """
    known = {event.value: event for event in SUBSCRIBABLE}
    for name in events:
        if name not in known:
            raise InputError(f"{name} is no event that is sent: give {', '.join(known)}")
    if stores is not None and not stores:
        raise InputError("a webhook is of some stores, or of every store: say which")
    parsed_url(url)
    if refusal := sender.refusal(url):
        raise InputError(f"{url}: {refusal}")
    return Webhook(
        webhook_id=new_webhook_id(),
        url=url,
        secret=new_secret(),
        events=frozenset(known[name] for name in events) or frozenset(SUBSCRIBABLE),
        stores=None if stores is None else frozenset(stores),
        made_at=now,
    )
