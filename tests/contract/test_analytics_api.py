"""What the analytics answer is what their OpenAPI document says, whatever they are asked; no 500."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from threading import Event

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from test_visit_repository import GAP, START, face, sighting, stretch

from analytics.outbound.delivery import Webhook
from analytics.outbound.events import SUBSCRIBABLE
from analytics.outbound.signatures import new_secret
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.web.app import create_app

OPERATIONS = [
    ("GET", "/healthz"),
    ("GET", "/api/stores"),
    ("GET", "/api/stores/{store_id}/report"),
    ("GET", "/api/stores/{store_id}/report.csv"),
    ("GET", "/api/stores/{store_id}/report.xlsx"),
    ("GET", "/api/stores/{store_id}/report.parquet"),
    ("GET", "/api/stores/{store_id}/report.pdf"),
    ("GET", "/api/reports"),
    ("GET", "/api/stores/{store_id}/settings"),
    ("PUT", "/api/stores/{store_id}/settings"),
    ("GET", "/api/stores/{store_id}/cameras"),
    ("PUT", "/api/stores/{store_id}/cameras/{camera_id}"),
    ("DELETE", "/api/stores/{store_id}/cameras/{camera_id}"),
    ("POST", "/api/transactions"),
    ("GET", "/api/webhooks"),
    ("GET", "/api/webhooks/{webhook_id}/log"),
    ("POST", "/api/webhooks/{webhook_id}/test"),
    ("GET", "/stores/{store_id}/live/events"),
    ("GET", "/stores/{store_id}/arrivals/events"),
]
NAMES = {"store_id": "north", "store": ["north"], "webhook_id": "abcd1234", "camera_id": "door"}
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    url = f"sqlite:///{tmp_path_factory.mktemp('api') / 'visits.sqlite'}"
    ending = Event()
    ending.set()  # streams end at once
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id, session_gap=GAP))) as kept:
        kept.record([sighting(number, face_id=face(number % 3), at_s=3600.0 * number) for number in range(9)])
        kept.record([], [stretch(0, 40_000)])
        nowhere = Webhook(
            webhook_id="abcd1234", url="https://127.0.0.1:1/", secret=new_secret(), events=frozenset(SUBSCRIBABLE),
            stores=None, made_at=START,
        )  # fmt: skip
        kept.webhooks.add(nowhere, by="test")
        app = create_app(
            repository=kept, now=lambda: START + timedelta(days=1), stores=("north",), allowed_hosts=("*",),
            ending=ending,
        )  # fmt: skip
        yield schemathesis.openapi.from_asgi("/openapi.json", app)


def test_every_operation_is_asked(api: BaseSchema):
    found = [found.ok() for found in api.get_all_operations()]
    assert {(operation.method.upper(), operation.path) for operation in found} == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("known", [True, False], ids=["of what is there", "of anything"])
def test_answers_are_as_documented(api: BaseSchema, method: str, path: str, known: bool):
    @given(case=api[path][method].as_strategy())
    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case) -> None:
        if known:  # else nearly everything is of a store that nobody knows
            case.path_parameters = {name: NAMES[name] for name in case.path_parameters or {}}
            if "store" in (case.query or {}):
                case.query["store"] = "north"
        answer = case.call()
        assert answer.status_code < 500, answer.text
        case.validate_response(answer, checks=CHECKS)

    ask()


def test_the_document_shows_examples_and_says_what_a_till_sends(api: BaseSchema):
    document = api.raw_schema
    rows = document["paths"]["/api/transactions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert rows["items"]["required"] == ["time", "id"]
    assert rows["items"]["properties"]["time"]["examples"] == ["2026-05-04T09:30:00"]
