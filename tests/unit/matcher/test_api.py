"""Who is answered, with which status and sentence; in process, over the desks."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from app_client import AppClient
from recognition_desks import Desks, picture_of

from footfall.api_meters import Metered
from footfall.metrics import Meters
from matcher.api.app import create_api

KEY = "a-key-of-this-shop-alone"


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[Desks]:
    with closing(Desks(tmp_path)) as desks:
        yield desks


@pytest.fixture
def client(desks: Desks) -> AppClient:
    return AppClient(create_api(desks.service, admits=None))


def test_a_visitor_is_enrolled_bound_recognised_and_unbound(client: AppClient):
    created = client.post("/faces", content=picture_of(0), params={"actor": "anna"})
    assert created.status_code == 201
    face_id = created.json()["face_id"]
    bound = client.put(f"/faces/{face_id}/member", json={"member_id": "card-1", "consent": True})
    assert bound.json() == {"face_id": face_id, "member_id": "card-1", "tags": [], "changed": True}
    (face,) = client.post("/recognize", content=picture_of(0, look=1)).json()["faces"]
    assert (face["face_id"], face["member_id"], face["tags"]) == (face_id, "card-1", [])
    assert client.delete(f"/faces/{face_id}/member").json()["changed"]
    assert client.post("/search?top_k=1", content=picture_of(0)).json()["candidates"][0]["member_id"] is None


def test_a_member_is_given_tags_keeps_them_where_none_are_said_and_loses_them_to_an_empty_list(client: AppClient):
    face_id = client.post("/faces", content=picture_of(0)).json()["face_id"]

    def bind(**more: object) -> tuple[list[str], bool]:
        answer = client.put(f"/faces/{face_id}/member", json={"member_id": "card-1", "consent": True} | more).json()
        return answer["tags"], answer["changed"]

    assert bind(tags=[" gold", "likes tea", "gold"]) == (["gold", "likes tea"], True)
    assert bind() == bind(tags=["gold", "likes tea"]) == (["gold", "likes tea"], False)
    assert client.post("/search", content=picture_of(0)).json()["candidates"][0]["tags"] == ["gold", "likes tea"]
    assert client.post("/faces", content=picture_of(0)).json()["tags"] == ["gold", "likes tea"]
    assert bind(tags=[]) == ([], True)
    for wrong in ([""], ["x" * 65], ["a\nb"], list(map(str, range(21)))):
        refused = client.put(f"/faces/{face_id}/member", json={"member_id": "card-1", "consent": True, "tags": wrong})
        assert (refused.status_code, "tag" in refused.json()["error"]) == (422, True)
    client.delete(f"/faces/{face_id}/member")
    assert bind() == ([], True)


def test_what_is_refused_has_its_status_and_says_what_to_do(client: AppClient):
    anna = client.post("/faces", content=picture_of(0)).json()["face_id"]
    like = client.post("/faces", content=picture_of(0, look=1))
    assert (like.status_code, like.json()["face_id"]) == (409, anna)
    refused = {
        422: client.put(f"/faces/{anna}/member", json={"member_id": "card-1"}),
        404: client.put(f"/faces/{uuid4()}/member", json={"member_id": "card-1", "consent": True}),
        501: client.delete(f"/faces/{anna}"),
        415: client.post("/recognize", content=b"GIF89a and more"),
    }
    assert {status: answer.status_code for status, answer in refused.items()} == {one: one for one in refused}
    assert "consent=true" in refused[422].json()["error"]
    assert "send a JPEG, PNG or WebP" in refused[415].json()["error"]
    assert client.post("/recognize").status_code == 422
    assert client.post("/search?top_k=0", content=picture_of(0)).json()["error"].startswith("top_k: ")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"one": b"no picture", "other": b"none"}, 415),
        ({"one": b"", "other": b""}, 422),
        ({"one": b"x" * 8_000_001, "other": b"x"}, 413),
        ({"one": b"x" * 9_000_000, "other": b"x" * 9_000_000}, 413),
        ({"one": b"x", "other": b"x", "third": b"x"}, 422),
    ],
)
def test_a_form_without_two_pictures_is_refused(client: AppClient, form: dict[str, bytes], status: int):
    answer = client.post("/verify", files=form or {"another": b"x"})
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=b", "image/jpeg"])
def test_a_form_that_is_none_is_refused(client: AppClient, kind: str):
    answer = client.post("/verify", content=b"--c\r\nnothing", headers={"content-type": kind})
    assert answer.status_code == (415 if kind == "image/jpeg" else 422), answer.text


def test_with_a_key_whoever_has_it_is_answered_from_anywhere_and_nobody_else(desks: Desks):
    client = AppClient(create_api(desks.service, admits=KEY.__eq__), base_url="http://matcher.shop")
    for headers in ({}, {"x-api-key": ""}, {"x-api-key": KEY[:-1]}, {"x-api-key": KEY + "x"}):
        answer = client.post("/recognize", content=picture_of(0), headers=headers)
        assert (answer.status_code, KEY in answer.text) == (401, False)
    assert client.post("/recognize", content=picture_of(0), headers={"x-api-key": KEY}).status_code == 200


def test_without_a_key_no_page_of_another_site_is_answered(desks: Desks, client: AppClient):
    rebound = AppClient(create_api(desks.service, admits=None), base_url="http://evil.example")
    assert rebound.post("/faces", content=picture_of(0)).status_code == 403
    for origin in ("https://evil.example", "null", "http://[::1"):
        assert client.post("/faces", content=picture_of(0), headers={"origin": origin}).status_code == 403
    assert client.post("/faces", content=picture_of(0), headers={"origin": "http://localhost:8000"}).status_code == 201
    assert len(desks.templates()) == 1


def test_every_route_asks_for_the_key(desks: Desks):
    app = create_api(desks.service, admits=KEY.__eq__)
    client = AppClient(app)
    asked = [
        (method.upper(), path.replace("{face_id}", str(uuid4())))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    ]
    assert len(asked) == 8
    assert {client.request(method, path).status_code for method, path in asked} == {401}


def test_before_the_matcher_is_ready_it_says_that_it_is_starting():
    client = AppClient(create_api(lambda: None, admits=None))
    answer = client.post("/recognize", content=picture_of(0))
    assert (answer.status_code, answer.json()["error"]) == (503, "the service is starting: try again in a moment")


def test_requests_are_counted_by_route_and_status_and_pictures_refused_by_reason(desks: Desks):
    meters = Meters()
    refused = []
    app = create_api(desks.service, admits=None, on_refused=refused.append)
    client = AppClient(Metered(app, meters, clock=iter(range(1_000)).__next__))
    anna = client.post("/faces", content=picture_of(0)).json()["face_id"]

    client.post("/faces", content=picture_of(0, look=1))
    client.post("/recognize", content=b"GIF89a and more")
    client.put(f"/faces/{anna}/member", json={"member_id": "card-1"})
    client.get("/nowhere")

    page = meters.page().decode()
    for line in (
        'footfall_api_requests_total{route="/faces",status="201"} 1.0',
        'footfall_api_requests_total{route="/faces",status="409"} 1.0',
        'footfall_api_requests_total{route="/recognize",status="415"} 1.0',
        'footfall_api_requests_total{route="/faces/{face_id}/member",status="422"} 1.0',
        'footfall_api_requests_total{route="other",status="404"} 1.0',
        'footfall_api_seconds_count{route="/faces"} 2.0',
    ):
        assert line in page
    assert anna not in page
    assert refused == ["looks_like_another", "unknown_format"]
