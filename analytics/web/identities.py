"""The operator's page of identities: which may be one person, which two, and who is likely to work here."""

from collections.abc import Callable
from functools import cache
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from analytics.access.guard import asker_of
from analytics.identity_work import Candidate, Done, IdentityWork
from analytics.presentation.language import _, later
from analytics.staff_suggestions import FEWEST_DAYS, LOOKED_AT, StaffSuggestion, staff_suggestions
from analytics.web.context import WebContext
from analytics.web.desk_words import WORDS
from analytics.web.person_seen import PersonSeen, person_seen
from analytics.web.rendering import page
from schemas.errors import InputError
from schemas.ledger import Ledger
from schemas.messages import IdentityKind

NO_LOG = later(
    "This program keeps no log, and who is who is kept there: open the page of footfall run or footfall analytics."
)


_MADE_HERE = {IdentityKind.MERGED, IdentityKind.SPLIT, IdentityKind.NOT_THE_SAME, IdentityKind.STAFF}


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    identities = context.repository.identities

    @routes.get("/identities")
    def review(request: Request, after: UUID | None = None, entry: UUID | None = None) -> Response:
        """Show the first pair that waits, or the one behind ``after``; offer to take back what ``entry`` says."""
        queue = required(context.work).queue()
        ids = [one.candidate_id for one in queue.candidates]
        place = ids.index(after) + 1 if after in ids else 0
        shown = queue.candidates[place] if place < len(queue.candidates) else None
        ledger = identities.ledger()
        made = ledger.entry(entry) if entry else None
        return page(
            request,
            "identities.html",
            **WORDS,
            title=_("Identities"),
            queue=queue,
            shown=shown,
            place=place,
            after=after if place else None,
            pair=_pair(context, shown, ledger) if shown else (),
            made=made if made is not None and not ledger.is_undone(made.event_id) else None,
            suggestions=_suggestions(context, ledger),
            now=context.now(),
        )

    @routes.post("/identities/candidates/{candidate_id}")
    def decide(
        request: Request,
        candidate_id: UUID,
        same: Annotated[bool, Form()],
        after: Annotated[UUID | None, Form()] = None,
    ) -> Response:
        """Accept what is proposed, or say that it is wrong."""
        work = required(context.work)
        wanted = work.accept if same == _proposes_one(work, candidate_id) else work.refuse
        return _on(wanted(candidate_id, asker_of(request).name), after)

    @routes.post("/identities/undo")
    def undo(
        request: Request, entry: Annotated[UUID, Form()], after: Annotated[UUID | None, Form()] = None
    ) -> Response:
        """Take back what was said last."""
        said = context.repository.identities.ledger().entry(entry)
        if said is not None and said.kind not in _MADE_HERE:
            raise HTTPException(403, _("Only what is said on this page is taken back here."))
        required(context.work).undo(entry, asker_of(request).name)
        return _on(None, after)

    @routes.post("/identities/look")
    def look() -> Response:
        """Look at everybody again."""
        required(context.work).look_again()
        return _on(None, None)

    @routes.post("/identities/staff")
    def staff(request: Request, face_id: Annotated[UUID, Form()]) -> Response:
        """Mark somebody who was suggested as staff."""
        return _on(required(context.work).mark_staff(face_id, asker_of(request).name), None)

    return routes


def required(work: IdentityWork | None) -> IdentityWork:
    """Return what may be done about identities. Raises InputError where this process cannot."""
    if work is None:
        raise InputError(_(NO_LOG))
    return work


def _on(done: Done | None, after: UUID | None) -> Response:
    query = {"after": after, "entry": None if done is None else done.entry_id}
    said = urlencode({name: str(value) for name, value in query.items() if value is not None})
    return RedirectResponse("/identities" + (f"?{said}" if said else ""), status_code=303)


def _proposes_one(work: IdentityWork, candidate_id: UUID) -> bool:
    """Whether it is proposed that two are one; else, that one is two."""
    found = (one for one in work.queue().candidates if one.candidate_id == candidate_id)
    return next((one.kind is IdentityKind.MERGED for one in found), True)


def _pair(context: WebContext, shown: Candidate, ledger: Ledger) -> tuple[PersonSeen, PersonSeen]:
    identities = context.repository.identities
    settings_of = cache(context.repository.settings_of)

    def seen(face_id: UUID, chosen: Callable[[UUID], bool], of: UUID) -> PersonSeen:
        visitor = ledger.counted(of)
        sightings = [] if visitor is None else identities.sightings_of(visitor)
        return person_seen(
            face_id,
            [one for one in sightings if chosen(one.sighting_id)],
            member=ledger.member_of(of),
            is_staff=ledger.is_staff(of),
            settings_of=settings_of,
        )

    moved = set(shown.sightings)
    if shown.kind is IdentityKind.MERGED:
        return seen(shown.face_id, _any, shown.face_id), seen(shown.other_face_id, _any, shown.other_face_id)
    return (
        seen(shown.face_id, lambda one: one not in moved, shown.face_id),
        seen(shown.other_face_id, lambda one: one in moved, shown.face_id),
    )


def _any(_sighting_id: UUID) -> bool:
    return True


def _suggestions(context: WebContext, ledger: Ledger) -> list[StaffSuggestion]:
    now, identities = context.now(), context.repository.identities
    marked = map(ledger.counted, {*ledger.staff(), *ledger.static()})
    left_out = {visitor for visitor in marked if visitor is not None}
    found: dict[UUID, StaffSuggestion] = {}
    for store_id in context.repository.stores():
        visits = identities.visits_of_frequent(store_id, now - LOOKED_AT, now, at_least=FEWEST_DAYS)
        for one in staff_suggestions(visits, context.repository.settings_of(store_id), left_out):
            if one.visitor not in found or one.days > found[one.visitor].days:
                found[one.visitor] = one
    return sorted(found.values(), key=lambda one: (-one.days, -one.present, one.visitor))
