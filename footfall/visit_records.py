"""What the recognition service asks of the visits: to list them, and to erase whoever they belong to."""

from collections.abc import Callable
from uuid import UUID

from analytics.records.repository import VisitRepository
from footfall.config import Settings
from footfall.identity_office import Office
from matcher.api.answers import Erased, KnownVisit, Visits
from matcher.api.enrolment import Who
from matcher.api.errors import ErasedVisitor, NotServedHere, UnknownVisitor
from matcher.api.known_people import KnownPeople
from schemas.codec import decode
from schemas.errors import InvalidRecord
from schemas.event_log import EventLog, Record
from schemas.messages import IdentityEvent
from schemas.topics import IDENTITY


class VisitRecords:
    """The visits in the database, and erasing in log and database. Safe to use from several threads.

    ``repository`` gives the database, or None where this process was given none.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        log: EventLog,
        repository: Callable[[], VisitRepository | None],
        people: KnownPeople,
    ) -> None:
        self._settings = settings
        self._log = log
        self._repository = repository
        self._people = people

    def visits(self, face_id: UUID) -> Visits:
        """Return a visitor's visits. Raises UnknownVisitor, ErasedVisitor, NotServedHere, StorageError."""
        identities = self._database().identities
        ledger = identities.ledger()
        if ledger.is_erased(face_id) or ledger.is_anonymous(face_id):
            raise ErasedVisitor(f"{face_id} was erased: their visits are nobody's")
        if not identities.faces_beginning(face_id.hex):
            self._people.living(face_id)  # one who was enrolled a moment ago is not in the database yet
        root = ledger.canonical(face_id)
        return Visits(
            face_id=root,
            visits=[
                KnownVisit(
                    visit_id=visit.visit_id,
                    store_id=visit.store_id,
                    began_at=visit.began_at,
                    ended_at=visit.ended_at,
                    sightings=visit.sightings,
                )
                for visit in identities.visits_of(root)
            ],
        )

    def erase(self, face_id: UUID, who: Who, *, visits_too: bool) -> Erased:
        """Erase a visitor. Raises UnknownVisitor, NotServedHere, StorageError."""
        repository = self._database()
        # What was said of somebody a moment ago need not be in the database yet, and is what erasing goes by.
        repository.record([], entries=self._entries_about(self._people.ledger.one_with(face_id)))
        if not repository.identities.faces_beginning(face_id.hex):
            raise UnknownVisitor(f"no visitor is known by the FaceId {face_id}: there is nothing to erase")
        office = Office(
            settings=self._settings, log=self._log, repository=repository, actor=who.actor, reason=who.reason
        )
        receipt = office.eraser.erase(str(face_id), visits_too=visits_too, on_record=lambda _: None)
        self._people.said(receipt.entries)
        return Erased(
            face_ids=list(receipt.face_ids),
            templates=receipt.templates,
            templates_left=receipt.templates_left,
            visits=receipt.visits,
            visits_too=receipt.visits_too,
            pictures_gone_by=receipt.pictures_gone_by,
        )

    def _database(self) -> VisitRepository:
        repository = self._repository()
        if repository is None:
            raise NotServedHere(
                "this process was given no database of visits: set `database`, or ask the process that counts them"
            )
        return repository

    def _entries_about(self, face_ids: frozenset[UUID]) -> list[IdentityEvent]:
        entries = (entry for record in self._log.replay(IDENTITY) if (entry := _entry(record)) is not None)
        return [entry for entry in entries if entry.face_id in face_ids or entry.other_face_id in face_ids]


def _entry(record: Record) -> IdentityEvent | None:
    try:
        message = None if record.value is None else decode(record.value, IDENTITY.message)
    except InvalidRecord:
        return None
    return message if isinstance(message, IdentityEvent) else None
