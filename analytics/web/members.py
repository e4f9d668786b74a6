"""The manager's page of members: who they are, since when they agree, and how each is forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from analytics.access.guard import asker_of, seen_by
from analytics.access.roles import Principal
from analytics.presentation.language import _
from analytics.presentation.wording import face_text
from analytics.settings import LONGEST_NAME
from analytics.visits import Visit
from analytics.web.context import WebContext
from analytics.web.desk_words import WORDS
from analytics.web.identities import required
from analytics.web.rendering import page
from analytics.web.theirs import settings_of_theirs
from schemas.errors import InputError
from schemas.ledger import Ledger
from schemas.member_tags import LONGEST_TAG, MOST_TAGS, tags_in
from schemas.messages import IdentityKind

LONGEST_MEMBER = 200
_LONGEST_TAGS = MOST_TAGS * (LONGEST_TAG + 2)
_OF_MEMBERS = (IdentityKind.BOUND, IdentityKind.UNBOUND)
_BODY_BYTES = 16_384
_PICTURE_BYTES = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member with tags and the FaceId they are bound to; ``agreed_at`` is when that was said, ``by`` whom.

    ``visits`` are those to the stores of whoever looks, ``last_visit_at`` by the clock of ``last_store``.
    """

    member_id: str
    tags: tuple[str, ...]
    face_id: UUID
    agreed_at: datetime | None
    by: str
    visits: int
    last_visit_at: datetime | None
    last_store: str


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, max_body_size=_BODY_BYTES)
    identities = context.repository.identities

    @routes.get("/members")
    def members(
        request: Request, entry: UUID | None = None, face: str = "", member: str = "", enrolled: str = "",
        known: bool = False,
    ) -> Response:  # fmt: skip
        """List the members who were in the stores of whoever looks, the last to come first."""
        ledger = identities.ledger()
        made = ledger.entry(entry) if entry else None
        if enrolled:
            told = (
                _("{member} is enrolled, as the visitor {face} whom the cameras knew.", member=enrolled, face=face)
                if known
                else _("{member} is enrolled, as {face}. The next visit is told of.", member=enrolled, face=face)
            )
            return _page(request, ledger, told=told)
        return _page(request, ledger, made=made, face=face, member=member)

    @routes.post("/members/bind")
    def bind(
        request: Request,
        face: Annotated[str, Form(max_length=40)],
        member: Annotated[str, Form(max_length=LONGEST_MEMBER)],
        consent: Annotated[bool, Form()] = False,
        tags: Annotated[str, Form(max_length=_LONGEST_TAGS)] = "",
    ) -> Response:
        """Bind a visitor to a member, who agreed to it; without tags, those there are stay."""
        ledger = identities.ledger()
        try:
            if not consent:
                raise InputError(_("A member is bound to a face with that member's consent alone: ask for it."))
            found = identities.faces_beginning(face.strip().lower().replace("-", ""))
            for one in found:
                _require_own(request, ledger, one)
            done = required(context.work).bind(face, member.strip(), tags_in(tags) or None, asker_of(request).name)
        except (InputError, ValueError) as error:
            return _page(request, ledger, said=str(error), face=face, member=member, tags=tags, status=422)
        return _led_on(done.entry_id)

    @routes.post("/members/tags")
    def tag(
        request: Request,
        face_id: Annotated[UUID, Form()],
        tags: Annotated[str, Form(max_length=_LONGEST_TAGS)] = "",
    ) -> Response:
        """Give a member these tags in place of those there were."""
        ledger = identities.ledger()
        _require_own(request, ledger, face_id)
        member = ledger.member_of(face_id)
        try:
            if member is None:
                raise InputError(_("{one} is no member any more.", one=face_text(face_id)))
            done = required(context.work).bind(str(face_id), member, tags_in(tags), asker_of(request).name)
        except InputError as error:
            return _page(request, ledger, said=str(error), typed_tags={face_id: tags}, status=422)
        return _led_on(done.entry_id)

    @routes.post("/members/enrol", max_body_size=_PICTURE_BYTES + _BODY_BYTES)
    def enrol(
        request: Request,
        picture: Annotated[UploadFile, File()],
        store: Annotated[str, Form(max_length=2 * LONGEST_NAME)],
        member: Annotated[str, Form(max_length=LONGEST_MEMBER)],
        consent: Annotated[bool, Form()] = False,
    ) -> Response:
        """Enrol a member by a picture, of which nothing is kept but the template."""
        settings_of_theirs(request, context, [store])
        try:
            if not consent:
                raise InputError(_("A member is bound to a face with that member's consent alone: ask for it."))
            member = member.strip()
            if not member:
                raise InputError(_("The member has no name: give the one by which the shop's own system calls them."))
            enrol_by = required(context.work).enrol
            if enrol_by is None:
                raise InputError(_("This program looks at no faces: enrol with footfall enrol, or POST /faces."))
            data = picture.file.read(_PICTURE_BYTES + 1)
            if not data:
                raise InputError(_("No picture was chosen."))
            if len(data) > _PICTURE_BYTES:
                raise InputError(_("The picture is larger than 8 MB: choose a smaller one."))
            may_touch = partial(_require_own, request, identities.ledger())
            done = enrol_by(data, store, member, asker_of(request).name, may_touch)
        except InputError as error:
            ledger = identities.ledger()
            return _page(request, ledger, said=str(error), enrolling=member, chosen=store, status=422)
        told = {"enrolled": done.member_id, "face": str(done.face_id)[:8], "known": str(done.was_known).lower()}
        return RedirectResponse(f"/members?{urlencode(told)}", status_code=303)

    @routes.post("/members/unbind")
    def unbind(request: Request, face_id: Annotated[UUID, Form()]) -> Response:
        """Take a member away from a FaceId."""
        _require_own(request, identities.ledger(), face_id)
        return _led_on(required(context.work).unbind(face_id, asker_of(request).name).entry_id)

    @routes.post("/members/erase")
    def erase(
        request: Request,
        face_id: Annotated[UUID, Form()],
        sure: Annotated[bool, Form()] = False,
        visits_too: Annotated[bool, Form()] = False,
    ) -> Response:
        """Forget somebody for good, and give the receipt."""
        ledger = identities.ledger()
        _require_own(request, ledger, face_id)
        if visits_too and _foreign(request, ledger, face_id):
            raise HTTPException(403, _("This visitor was in stores that are not yours, too: ask an admin."))
        if not sure:
            return _page(request, ledger, said=_("Nothing was erased: say that you are sure."), status=422)
        receipt = required(context.work).erase(face_id, visits_too, asker_of(request).name)
        values = WORDS | {"receipt": receipt, "at": context.now(), "by": asker_of(request).name}
        return page(request, "receipt.html", title=_("Receipt of an erasure"), **values)

    def _page(
        request: Request, ledger: Ledger, *, status: int = 200, said: str = "", told: str = "", made: object = None,
        face: str = "", member: str = "", tags: str = "", enrolling: str = "", chosen: str = "",
        typed_tags: Mapping[UUID, str] | None = None,
    ) -> Response:  # fmt: skip
        return page(
            request,
            "members.html",
            **WORDS,
            title=_("Members"),
            status=status,
            members=_members(ledger, asker_of(request)),
            said=said,
            made=made,
            face=face,
            member=member,
            tags=tags,
            typed_tags=typed_tags or {},
            longest_tags=_LONGEST_TAGS,
            told=told,
            enrolling=enrolling,
            chosen=chosen,
            stores=seen_by(request, context.known_stores()),
            can_change=context.work is not None,
            can_enrol=context.work is not None and context.work.enrol is not None,
            zone_of=lambda store_id: context.repository.settings_of(store_id).tz,
        )

    def _members(ledger: Ledger, who: Principal) -> list[Member]:
        bound = {
            ledger.canonical(face): name for face in ledger.named() if (name := ledger.member_of(face)) is not None
        }
        visitors = {one: face for face in bound if (one := ledger.counted(face)) is not None}
        visits = identities.visits_of_each(visitors)
        found = [_member(ledger, bound[face], face, _own(visits[one], who)) for one, face in visitors.items()]
        shown = [one for one in found if one.visits or who.stores is None]
        return sorted(shown, key=lambda one: (one.last_visit_at is None, -_age(one), one.member_id))

    def _foreign(request: Request, ledger: Ledger, face_id: UUID) -> bool:
        """Return whether somebody was in a store that whoever asks may not see."""
        who, visitor = asker_of(request), ledger.counted(face_id)
        return visitor is not None and any(not who.may_see(visit.store_id) for visit in identities.visits_of(visitor))

    def _require_own(request: Request, ledger: Ledger, face_id: UUID) -> None:
        """Raise HTTPException 403 where somebody was in none of the stores of whoever asks."""
        who, visitor = asker_of(request), ledger.counted(face_id)
        if who.stores is not None and not (visitor and _own(identities.visits_of(visitor), who)):
            raise HTTPException(403, _("This visitor was in none of your stores: ask an admin."))

    return routes


def _member(ledger: Ledger, member_id: str, face_id: UUID, visits: Sequence[Visit]) -> Member:
    people = ledger.one_with(face_id)
    agreed = None
    for entry in ledger.entries:
        if entry.kind in _OF_MEMBERS and entry.face_id in people and not ledger.is_undone(entry.event_id):
            # Who is bound once more is given other tags, and has agreed before.
            same = entry.kind is IdentityKind.BOUND and entry.member_id == member_id
            agreed = (agreed or entry) if same else None
    last = max(visits, key=lambda visit: visit.began_at, default=None)
    return Member(
        member_id=member_id,
        tags=ledger.tags_of(face_id),
        face_id=face_id,
        agreed_at=agreed.at if agreed else None,
        by=agreed.actor if agreed else "",
        visits=len(visits),
        last_visit_at=last.began_at if last else None,
        last_store=last.store_id if last else "",
    )


def _own(visits: Sequence[Visit], who: Principal) -> list[Visit]:
    return [visit for visit in visits if who.may_see(visit.store_id)]


def _age(one: Member) -> float:
    return one.last_visit_at.timestamp() if one.last_visit_at else 0.0


def _led_on(entry_id: UUID | None) -> Response:
    return RedirectResponse(f"/members?entry={entry_id}" if entry_id else "/members", status_code=303)
