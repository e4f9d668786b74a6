"""What the recognition service answers is what its OpenAPI document says, whatever it is asked."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recognition_desks import Desks, picture_of
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from matcher.api.app import create_api
from matcher.api.uploads import PICTURE_KINDS

KEY = "a-key-of-this-shop-alone"
PICTURES = [picture_of(0), picture_of(1, 2), b"", b"GIF89a", picture_of(3)[:2000]]
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [
    ("POST", "/recognize"),
    ("POST", "/search"),
    ("POST", "/verify"),
    ("POST", "/faces"),
    ("DELETE", "/faces/{face_id}"),
    ("GET", "/faces/{face_id}/visits"),
    ("PUT", "/faces/{face_id}/member"),
    ("DELETE", "/faces/{face_id}/member"),
]

for kind in PICTURE_KINDS:
    schemathesis.openapi.media_type(kind, st.sampled_from(PICTURES))


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    with closing(Desks(tmp_path_factory.mktemp("api"))) as desks:
        yield schemathesis.openapi.from_asgi(
            "/openapi.json", create_api(desks.service, admits=KEY.__eq__), headers={"X-API-Key": KEY}
        )


def test_every_operation_is_asked(api: BaseSchema):
    found = [found.ok() for found in api.get_all_operations()]
    assert {(operation.method.upper(), operation.path) for operation in found} == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_are_as_documented(api: BaseSchema, method: str, path: str):
    @given(case=api[path][method].as_strategy())
    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case) -> None:
        answer = case.call(headers={"X-API-Key": KEY})
        assert answer.status_code not in (401, 500)
        case.validate_response(answer, checks=CHECKS)

    ask()
