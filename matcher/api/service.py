"""What the recognition service is made of. Visits are no matter of this package: they are given to it."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from matcher.api.answers import Erased, Visits
from matcher.api.desk import RecognitionDesk
from matcher.api.enrolment import EnrolmentDesk, Who


class Erase(Protocol):
    """Erases a visitor for good. Raises UnknownVisitor, NotServedHere, StorageError."""

    def __call__(self, face_id: UUID, who: Who, *, visits_too: bool) -> Erased:
        """Return the receipt."""


class VisitsOf(Protocol):
    """Lists a visitor's visits. Raises UnknownVisitor, ErasedVisitor, NotServedHere, StorageError."""

    def __call__(self, face_id: UUID) -> Visits:
        """Return all visits, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionService:
    """The desks, and what is done elsewhere. Safe to use from several threads.

    ``store_id`` is where a picture is enrolled that does not say where.
    """

    store_id: str
    recognition: RecognitionDesk
    enrolment: EnrolmentDesk
    erase: Erase
    visits: VisitsOf
