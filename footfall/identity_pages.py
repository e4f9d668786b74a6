"""What the pages ask about identities, answered by the desk, the eraser and the reconciler of this process."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from analytics.identity_work import Candidate, Done, Erased, IdentityWork, Queue
from analytics.presentation.wording import face_text
from analytics.records.repository import VisitRepository
from faces.errors import ModelError
from faces.packs import Pack
from footfall.config import Settings
from footfall.identity_office import Office
from footfall.reconciling import Reconciler
from footfall.wiring import open_pack_for, utc_now
from matcher.reconciliation.proposals import ACTOR, Proposal
from matcher.reconciliation.reconcile import Reconciliation
from schemas.errors import FootfallError, InputError
from schemas.event_log import EventLog
from schemas.ids import sighting_id
from schemas.messages import IdentityEvent, IdentityKind

_REASON = "on the page"

_log = logging.getLogger(__name__)


class IdentityPages:
    """Takes requests of the pages, one at a time. Safe to use from several threads.

    What waits for review follows from log and ledger and takes a while to find, so it is found in the background when
    first asked for, and kept: what was decided is taken out, and what was taken back is put in again.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        log: EventLog,
        repository: VisitRepository,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._settings = settings
        self._log = log
        self._repository = repository
        self._now = now
        self._pack: Pack | None = None
        self._one_at_a_time = threading.Lock()
        self._kept = threading.Lock()
        self._waiting: list[Proposal] = []
        self._decided: dict[UUID, tuple[Proposal, bool]] = {}  # by the entry: about what, and whether it was accepted
        self._taken_back: dict[UUID, UUID] = {}  # of what was accepted, the entry that took it back
        self._touched: set[UUID] = set()  # of whom something was said since the last look began
        self._found_at: datetime | None = None
        self._sure = 0
        self._said = ""
        self._looking: threading.Thread | None = None
        self._ended = threading.Event()

    def close(self) -> None:
        """Look no further. A look that is under way ends with the next record it reads."""
        self._ended.set()
        looking = self._looking
        if looking is not None:
            looking.join(timeout=2.0)

    def work(self) -> IdentityWork:
        """Return the requests."""
        return IdentityWork(
            queue=self.queue,
            look_again=self.look_again,
            accept=self.accept,
            refuse=self.refuse,
            undo=self.undo,
            mark_staff=self.mark_staff,
            bind=self.bind,
            unbind=self.unbind,
            erase=self.erase,
        )

    def queue(self) -> Queue:
        """Return what waits; begin to look where that was not done yet."""
        with self._kept:
            if self._found_at is None and not self._said:
                self._begin_to_look()
            return Queue(
                candidates=tuple(map(_candidate, self._waiting)),
                found_at=self._found_at,
                looking=self._looking is not None,
                sure=self._sure,
                said=self._said,
            )

    def look_again(self) -> None:
        """Look at everybody anew, in the background."""
        with self._kept:
            self._begin_to_look()

    def accept(self, candidate_id: UUID, actor: str) -> Done:
        """Make what is proposed."""
        with self._one_at_a_time:
            proposal, office = self._proposal(candidate_id), self._office(actor)
            _require_possible(office, proposal)
            undone_by = self._taken_back.get(candidate_id)
            if undone_by is not None:
                entry_id = office.desk.undo(str(undone_by)).entries[0].event_id
            else:
                entry_id = self._reconciler(office).accept(proposal).event_id
            self._settle(proposal, entry_id, accepted=True)
        one, other = face_text(proposal.face_id), face_text(proposal.other_face_id)
        if proposal.kind is IdentityKind.MERGED:
            return Done(sentence=f"{one} and {other} are one person now.", entry_id=entry_id)
        return Done(sentence=f"{len(proposal.track_ids)} sightings of {one} belong to {other} now.", entry_id=entry_id)

    def refuse(self, candidate_id: UUID, actor: str) -> Done:
        """Say that a proposal is wrong, so that it is never made again."""
        with self._one_at_a_time:
            proposal, office = self._proposal(candidate_id), self._office(actor)
            _require_possible(office, proposal)
            entry = self._reconciler(office).refuse(proposal)
            merging = proposal.kind is IdentityKind.MERGED
            # What was refused of a split is an undoing: to take that back would make the split.
            self._settle(proposal, entry.event_id if merging else None, accepted=False)
        one, other = face_text(proposal.face_id), face_text(proposal.other_face_id)
        if merging:
            return Done(sentence=f"{one} and {other} are kept apart.", entry_id=entry.event_id)
        return Done(sentence=f"{one} stays one person.")

    def undo(self, entry_id: UUID, actor: str) -> Done:
        """Take a decision back; what it was about waits again."""
        with self._one_at_a_time:
            answer = self._office(actor).desk.undo(str(entry_id))
            with self._kept:
                proposal, accepted = self._decided.pop(entry_id, (None, False))
                if proposal is not None and answer.entries:
                    self._waiting.insert(0, proposal)
                    if accepted:
                        self._taken_back[proposal.event_id] = answer.entries[0].event_id
        return Done(sentence=answer.sentence)

    def mark_staff(self, face_id: UUID, actor: str) -> Done:
        """Mark a visitor as staff."""
        with self._one_at_a_time:
            answer = self._office(actor).desk.staff(str(face_id), is_staff=True)
        return _done(answer.sentence, answer.entries)

    def bind(self, face: str, member_id: str, tags: Sequence[str] | None, actor: str) -> Done:
        """Bind a visitor to a member, who agreed to it; ``tags`` replace those there were."""
        with self._one_at_a_time:
            answer = self._office(actor).desk.bind(face, member_id, consent=True, tags=tags)
        return _done(answer.sentence, answer.entries)

    def unbind(self, face_id: UUID, actor: str) -> Done:
        """Take a visitor's member away."""
        with self._one_at_a_time:
            answer = self._office(actor).desk.unbind(str(face_id))
        return _done(answer.sentence, answer.entries)

    def erase(self, face_id: UUID, visits_too: bool, actor: str) -> Erased:
        """Erase a visitor and return the receipt."""
        with self._one_at_a_time:
            receipt = self._office(actor).eraser.erase(str(face_id), visits_too=visits_too, on_record=lambda _: None)
            with self._kept:
                self._waiting = [one for one in self._waiting if not _people(one) & set(receipt.face_ids)]
        return Erased(
            face_ids=receipt.face_ids,
            templates=receipt.templates,
            templates_left=receipt.templates_left,
            sightings=receipt.sightings,
            visits=receipt.visits,
            visits_too=receipt.visits_too,
            pictures_gone_by=receipt.pictures_gone_by,
        )

    def _office(self, actor: str) -> Office:
        return Office(settings=self._settings, log=self._log, repository=self._repository, actor=actor, reason=_REASON)

    def _reconciler(self, office: Office) -> Reconciler:
        if self._pack is None:
            self._pack = open_pack_for(self._settings, self._log)
        return Reconciler(log=self._log, desk=office.desk, pack=self._pack, matcher=self._settings.matcher)

    def _proposal(self, candidate_id: UUID) -> Proposal:
        with self._kept:
            found = next((one for one in self._waiting if one.event_id == candidate_id), None)
        if found is None:
            raise InputError("this was decided meanwhile, by you or by somebody else: look at what is left")
        return found

    def _settle(self, proposal: Proposal, entry_id: UUID | None, *, accepted: bool) -> None:
        """Take out what was decided, and all else about the same people: it rested on what they were."""
        with self._kept:
            self._waiting = [one for one in self._waiting if not _people(one) & _people(proposal)]
            self._touched |= _people(proposal)
            self._taken_back.pop(proposal.event_id, None)
            if entry_id is not None:
                self._decided[entry_id] = proposal, accepted

    def _begin_to_look(self) -> None:
        if self._looking is None and not self._ended.is_set():
            self._touched = set()
            self._looking = threading.Thread(target=self._look, name="reconciliation", daemon=True)
            self._looking.start()

    def _look(self) -> None:
        found, said = None, ""
        try:
            found = self._reconciled()
        except (FootfallError, ModelError) as error:
            said = str(error)
            _log.warning("who is who could not be looked at again: %s", error)
        with self._kept:
            self._looking = None
            self._said = said
            if found is not None:
                self._waiting = [one for one in found.to_review if not _people(one) & self._touched]
                self._sure = len(found.entries)
                self._taken_back.clear()
                self._found_at = self._now()

    def _reconciled(self) -> Reconciliation:
        def go_on(_number: int) -> None:
            if self._ended.is_set():
                raise InputError("the program ends")

        return self._reconciler(self._office(ACTOR)).look(None, go_on)


def _candidate(proposal: Proposal) -> Candidate:
    return Candidate(
        candidate_id=proposal.event_id,
        kind=proposal.kind,
        face_id=proposal.face_id,
        other_face_id=proposal.other_face_id,
        confidence=proposal.confidence,
        distance=proposal.distance,
        reason=proposal.reason,
        sightings=tuple(map(sighting_id, proposal.track_ids)),
    )


def _people(proposal: Proposal) -> set[UUID]:
    return {proposal.face_id, proposal.other_face_id}


def _require_possible(office: Office, proposal: Proposal) -> None:
    """Raise InputError for what somebody has said of the same people since it was proposed."""
    ledger = office.desk.ledger
    living = [proposal.face_id] if proposal.kind is IdentityKind.SPLIT else [proposal.face_id, proposal.other_face_id]
    for face_id in living:
        if ledger.is_erased(face_id):
            raise InputError(f"{face_text(face_id)} was erased meanwhile: look again")
    if proposal.kind is not IdentityKind.MERGED:
        return
    if ledger.canonical(proposal.face_id) == ledger.canonical(proposal.other_face_id):
        raise InputError("these two are one already, somebody has said so meanwhile: look again")
    if ledger.barred(proposal.face_id, proposal.other_face_id) is not None:
        raise InputError("these two are kept apart, somebody has said so meanwhile: look again")


def _done(sentence: str, entries: Sequence[IdentityEvent]) -> Done:
    return Done(sentence=sentence, entry_id=entries[0].event_id if entries else None)
