"""Routes about webhooks: which there are, what came of what was sent, and a test at the press of a button."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from analytics.outbound.http_sender import HttpSender
from analytics.outbound.outbox_json import attempt_json, webhook_json
from analytics.outbound.trial import try_webhook
from analytics.records.repository import VisitRepository
from analytics.web.answers import REFUSALS
from analytics.web.context import WebContext
from schemas.errors import InputError

WebhookId = Annotated[str, Path(max_length=64, description="the id of a webhook, as the list has it")]


class WebhookAnswer(BaseModel):
    """A webhook, without its secret; ``waiting`` messages have not arrived yet."""

    webhook: str
    url: str
    events: list[str]
    stores: list[str] | None
    made_at: str
    failing_since: str | None
    disabled_at: str | None
    disabled_for: str
    waiting: int


class WebhooksAnswer(BaseModel):
    """All webhooks, oldest first."""

    webhooks: list[WebhookAnswer]


class AttemptAnswer(BaseModel):
    """An attempt to send a message; ``status`` is null where nothing was answered."""

    at: str
    to: str
    event: str
    message: str
    status: int | None
    problem: str
    state: str
    took_ms: int


class LogAnswer(BaseModel):
    """The last attempts, oldest first."""

    attempts: list[AttemptAnswer]


class TrialAnswer(BaseModel):
    """What came of a test; ``problem`` is empty where it arrived."""

    status: int | None
    problem: str
    took_ms: int


def router(context: WebContext, sender: HttpSender) -> APIRouter:
    """Return the routes; tests are sent by ``sender``."""
    routes = APIRouter(prefix="/api/webhooks", tags=["webhooks"], responses=REFUSALS)
    repository = context.repository

    @routes.get("", response_model=WebhooksAnswer)
    def webhooks() -> dict[str, Any]:
        """List the webhooks."""
        waiting = repository.outbox.waiting()
        return {"webhooks": [webhook_json(one, waiting.get(one.webhook_id, 0)) for one in repository.webhooks.all()]}

    @routes.get("/{webhook_id}/log", response_model=LogAnswer)
    def log(webhook_id: WebhookId, limit: Annotated[int, Query(ge=1, le=10_000)] = 50) -> dict[str, Any]:
        """Give the last attempts to send something to a webhook."""
        _require(repository, webhook_id)
        return {"attempts": [attempt_json(one) for one in repository.outbox.attempts(limit, target=webhook_id)]}

    @routes.post("/{webhook_id}/test", response_model=TrialAnswer)
    def test(webhook_id: WebhookId) -> dict[str, Any]:
        """Send a test event at once and say what was answered."""
        _require(repository, webhook_id)
        outcome = try_webhook(repository, sender, webhook_id, context.now)
        return {"status": outcome.status, "problem": outcome.problem, "took_ms": outcome.took_ms}

    return routes


def _require(repository: VisitRepository, webhook_id: str) -> None:
    try:
        repository.webhooks.get(webhook_id)
    except InputError as error:
        raise HTTPException(404, str(error)) from error
