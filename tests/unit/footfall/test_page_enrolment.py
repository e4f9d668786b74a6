"""A member enrolled by a picture on the members page: what came of it, and why not, in a sentence."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from access_site import LIGHT, OWN, Clock, Site
from app_client import AppClient
from recognition_desks import NOW, Desks, picture_of

from analytics.access.login import Login
from analytics.access.passwords import Passwords
from analytics.access.roles import Role
from analytics.identity_work import IdentityWork
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.web.app import create_app
from footfall.page_enrolment import Enrol, enrol_member, not_ready
from schemas.messages import IdentityKind

CONSENT = {"consent": "true"}


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[Desks]:
    with closing(Desks(tmp_path)) as opened:
        yield opened


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[VisitRepository]:
    url = f"sqlite:///{tmp_path / 'visits.sqlite'}"
    with closing(VisitRepository(url, lambda one: StoreSettings(store_id=one))) as opened:
        yield opened


def nothing(*_: Any) -> Any:
    raise AssertionError("this is not asked for")


def work_with(enrol: Enrol | None) -> IdentityWork:
    return IdentityWork(
        queue=nothing, look_again=nothing, accept=nothing, refuse=nothing, undo=nothing, mark_staff=nothing,
        bind=nothing, unbind=nothing, erase=nothing, enrol=enrol,
    )  # fmt: skip


def site(repository: VisitRepository, enrol: Enrol | None) -> AppClient:
    return AppClient(create_app(repository=repository, now=lambda: NOW, stores=(OWN,), work=work_with(enrol)))


@pytest.fixture
def client(desks: Desks, repository: VisitRepository) -> AppClient:
    return site(repository, partial(enrol_member, desks.enrolment, desks.people))


def send(
    client: AppClient, picture: bytes, member: str = "card-1", store: str = OWN, headers: dict[str, str] | None = None,
    **more: str,
) -> httpx.Response:  # fmt: skip
    form = {"member": member, "store": store} | more
    return client.post("/members/enrol", data=form, files={"picture": ("me.png", picture)}, headers=headers)


def test_a_picture_of_one_face_is_a_member_from_then_on(client: AppClient, desks: Desks):
    done = send(client, picture_of(1), **CONSENT)
    page = client.get(done.headers["location"])
    assert (done.status_code, page.status_code) == (303, 200)
    assert "card-1 is enrolled" in page.text
    face_id = desks.people.ledger.face_of_member("card-1")
    assert face_id is not None
    assert desks.who_is_on(picture_of(1, look=1)) == [face_id]
    bound = [entry for entry in desks.entries() if entry.kind is IdentityKind.BOUND]
    assert [(one.actor, one.reason) for one in bound] == [("this machine", "with consent; by a picture on a page")]
    assert len(desks.templates()) == 1
    send(client, picture_of(1), **CONSENT)
    assert len(desks.templates()) == 1, "the same picture once more changes nothing"


def test_whom_a_camera_knew_is_that_visitor(client: AppClient, desks: Desks):
    face_id = desks.see(2)
    done = send(client, picture_of(2, look=1), "card-2", **CONSENT)
    assert "whom the cameras knew" in client.get(done.headers["location"]).text
    assert desks.people.ledger.member_of(face_id) == "card-2"


@pytest.mark.parametrize(
    ("people", "says"), [((), "no face was found"), ((0, 3), "shows 2 faces"), (None, "JPEG, PNG or WebP")]
)
def test_a_picture_that_will_not_do_is_refused_in_a_sentence(
    client: AppClient, desks: Desks, people: tuple[int, ...] | None, says: str
):
    answer = send(client, b"no picture" if people is None else picture_of(*people), **CONSENT)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert desks.templates() == {}
    assert desks.entries() == []


def test_without_consent_nobody_is_enrolled(client: AppClient, desks: Desks):
    answer = send(client, picture_of(1))
    assert (answer.status_code, "consent alone" in answer.text) == (422, True)
    assert desks.templates() == {}


def test_the_face_of_one_member_is_not_made_that_of_another(client: AppClient, desks: Desks):
    send(client, picture_of(1), "card-1", **CONSENT)
    answer = send(client, picture_of(1, look=1), "card-2", **CONSENT)
    assert (answer.status_code, "the face of member card-1" in answer.text) == (422, True)
    desks.see(2)
    answer = send(client, picture_of(2, look=1), "card-1", **CONSENT)
    assert (answer.status_code, "has another face" in answer.text) == (422, True)


def test_a_body_that_is_too_large_is_refused(client: AppClient, desks: Desks):
    assert send(client, b"x" * 8_000_001, **CONSENT).status_code == 422
    assert send(client, b"x" * 9_000_000, **CONSENT).status_code == 413
    assert desks.templates() == {}


def test_where_no_faces_are_looked_at_or_not_yet_the_page_says_so(repository: VisitRepository):
    assert 'action="/members/enrol"' not in site(repository, None).get("/members").text
    assert send(site(repository, None), b"x", **CONSENT).status_code == 422
    answer = send(site(repository, not_ready), b"x", **CONSENT)
    assert (answer.status_code, "try again in a moment" in answer.text) == (503, True)


def test_a_manager_enrols_in_their_own_stores_with_the_token_of_their_session(
    desks: Desks, repository: VisitRepository
):
    login = Login(store=repository.access, passwords=Passwords(**LIGHT))
    enrol = partial(enrol_member, desks.enrolment, desks.people)
    app = create_app(
        repository=repository, now=lambda: NOW, stores=(OWN, "foreign"), login=login, work=work_with(enrol),
        allowed_hosts=("*",),
    )  # fmt: skip
    shop = Site(app=app, repository=repository, passwords=login.passwords, clock=Clock(NOW))
    shop.add_user("anna", Role.MANAGER)
    sent = shop.session("anna")
    assert send(shop.client, picture_of(1), store="foreign", headers=sent, **CONSENT).status_code == 403
    token = sent.pop("x-form-token")
    assert send(shop.client, picture_of(1), headers=sent, **CONSENT).status_code == 403
    assert send(shop.client, picture_of(1), headers=sent, form_token=token, **CONSENT).status_code == 303
    assert desks.entries()[-1].actor == "anna"


def test_whom_somebody_may_not_change_becomes_no_member_by_a_picture(desks: Desks):
    face_id = desks.see(2)

    def not_yours(asked: UUID) -> None:
        raise PermissionError(asked)

    with pytest.raises(PermissionError, match=str(face_id)):
        enrol_member(desks.enrolment, desks.people, picture_of(2, look=1), OWN, "card-2", "eve", not_yours)
    assert desks.people.ledger.member_of(face_id) is None
