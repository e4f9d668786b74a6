"""Webhooks and attempts as programs read them; no secret stands there."""

from typing import Any

from analytics.outbound.delivery import Attempt, Webhook


def webhook_json(webhook: Webhook, waiting: int) -> dict[str, Any]:
    """Return a webhook, and how many messages wait for it."""
    return {
        "webhook": webhook.webhook_id,
        "url": webhook.url,
        "events": sorted(webhook.events),
        "stores": None if webhook.stores is None else sorted(webhook.stores),
        "made_at": webhook.made_at.isoformat(),
        "failing_since": None if webhook.failing_since is None else webhook.failing_since.isoformat(),
        "disabled_at": None if webhook.disabled_at is None else webhook.disabled_at.isoformat(),
        "disabled_for": webhook.disabled_for,
        "waiting": waiting,
    }


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt; ``status`` is None where nothing was answered, ``problem`` empty where it arrived."""
    return {
        "at": attempt.at.isoformat(),
        "to": attempt.target,
        "event": attempt.kind.value,
        "message": f"msg_{attempt.message_id.hex}",
        "status": attempt.status,
        "problem": attempt.problem,
        "state": attempt.state.value,
        "took_ms": attempt.took_ms,
    }
