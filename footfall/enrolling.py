"""Enrolling pictures by the person: what came of each file, and taking it up where it was left."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import file_digest, sha256
from itertools import groupby
from pathlib import Path
from uuid import UUID

from evaluation.pictures import Picture
from faces.errors import PictureError
from matcher.api.enrolment import EnrolmentDesk, Wanted, Who, enrolment_of
from matcher.api.errors import LooksLike, MemberTaken, NoFace, PoorQuality, SeveralFaces
from matcher.api.known_people import KnownPeople


class FileOutcome(StrEnum):
    """What came of a file."""

    ENROLLED = "enrolled"
    IN_THE_LOG = "in_the_log"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    POOR_QUALITY = "poor_quality"
    DUPLICATE = "duplicate"
    MEMBER_TAKEN = "member_taken"
    UNREADABLE = "unreadable"


_OUTCOMES: dict[type[Exception], FileOutcome] = {
    NoFace: FileOutcome.NO_FACE,
    SeveralFaces: FileOutcome.SEVERAL_FACES,
    PoorQuality: FileOutcome.POOR_QUALITY,
    MemberTaken: FileOutcome.MEMBER_TAKEN,
    PictureError: FileOutcome.UNREADABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledFile:
    """A file and what came of it. ``said`` is why it was not enrolled; ``face_id`` then the visitor it looks like."""

    file: str
    person: str
    outcome: FileOutcome
    face_id: UUID | None
    said: str = ""

    @property
    def is_done(self) -> bool:
        """Whether the picture is a template in the log."""
        return self.outcome in (FileOutcome.ENROLLED, FileOutcome.IN_THE_LOG)


class FolderEnrolment:
    """Enrols pictures, person by person. What the log holds already is not looked at again.

    With ``consent`` each person is bound to the member after whom file or folder is named. Whoever is known from the
    cameras alone is enrolled as that visitor; who looks like somebody enrolled or bound as another person is a
    duplicate, and left to people to decide.
    """

    def __init__(
        self,
        *,
        desk: EnrolmentDesk,
        people: KnownPeople,
        catch_up: Callable[[], None],
        enrolled: dict[UUID, UUID],
        store_id: str,
        consent: bool,
        who: Who,
    ) -> None:
        """``enrolled`` are the enrolments of which the log holds templates and the FaceIds they were taken for.

        ``catch_up`` reads what others have written since.
        """
        self._desk = desk
        self._people = people
        self._catch_up = catch_up
        self._enrolled = dict(enrolled)
        self._person_of: dict[UUID, str] = {}
        self._store_id = store_id
        self._consent = consent
        self._who = who

    def enrol(self, pictures: Sequence[Picture]) -> Iterator[EnrolledFile]:
        """Enrol all pictures, and yield what came of each. Raises StorageError, ModelError."""
        for person, some in groupby(sorted(pictures, key=lambda one: one.person), key=lambda one: one.person):
            self._catch_up()
            yield from self._enrol_person(person, list(some))

    def _enrol_person(self, person: str, pictures: Sequence[Picture]) -> Iterator[EnrolledFile]:
        in_log = {picture.name: self._face_in_log(picture) for picture in pictures}
        face_id = next((one for one in in_log.values() if one is not None and self._is_of(one, person)), None)
        if self._consent:
            face_id = self._people.ledger.face_of_member(person) or face_id
        for picture in pictures:
            said, outcome, found = "", FileOutcome.ENROLLED, in_log[picture.name]
            try:
                if found is None:
                    found = face_id = self._enrol(picture, person, face_id)
                    self._person_of[found] = person
                else:
                    outcome = FileOutcome.IN_THE_LOG
                    self._require_of(found, person)
                    if self._consent:
                        self._desk.bind(found, person, self._who, consent=True)
            except LooksLike as like:
                outcome, found = FileOutcome.DUPLICATE, like.face_id
                said = self._told(found)
            except tuple(_OUTCOMES) as error:
                outcome = next(_OUTCOMES[kind] for kind in type(error).__mro__ if kind in _OUTCOMES)
                said, found = str(error), None
            yield EnrolledFile(file=picture.name, person=person, outcome=outcome, face_id=found, said=said)

    def _is_of(self, face_id: UUID, person: str) -> bool:
        """Whether a FaceId is that of a person, as far as this run has seen; it is theirs from then on."""
        return self._person_of.setdefault(face_id, person) == person

    def _require_of(self, face_id: UUID, person: str) -> None:
        if not self._is_of(face_id, person):
            raise LooksLike("the same picture was enrolled for another", face_id)

    def _told(self, face_id: UUID | None) -> str:
        assert face_id is not None
        member = self._people.ledger.member_of(face_id)
        who = self._person_of.get(face_id) or (f"member {member}" if member else f"visitor {face_id}")
        return (
            f"looks like {who}: put it with their pictures; somebody else who looks alike is enrolled by "
            f"POST /faces with apart_from={face_id}"
        )

    def _enrol(self, picture: Picture, person: str, face_id: UUID | None) -> UUID:
        data = _read(picture.path)
        try:
            return self._enrol_as(data, person, face_id)
        except LooksLike as like:
            if face_id is not None or self._is_somebody(like.face_id):
                raise
            return self._enrol_as(data, person, like.face_id)

    def _enrol_as(self, data: bytes, person: str, face_id: UUID | None) -> UUID:
        wanted = Wanted(
            store_id=self._store_id,
            face_id=face_id,
            member_id=person if self._consent else None,
            consent=self._consent,
        )
        event_id = enrolment_of(sha256(data).hexdigest(), self._people.ledger)
        enrolled = self._desk.enrol(data, wanted, self._who)
        self._enrolled[event_id] = enrolled.face_id
        return enrolled.face_id

    def _face_in_log(self, picture: Picture) -> UUID | None:
        try:
            with picture.path.open("rb") as opened:
                digest = file_digest(opened, "sha256").hexdigest()
        except OSError:
            return None  # said when it is its turn
        ledger = self._people.ledger
        face_id = self._enrolled.get(enrolment_of(digest, ledger))
        if face_id is None or ledger.is_erased(face_id) or ledger.is_erased(ledger.canonical(face_id)):
            return None
        return ledger.canonical(face_id)

    def _is_somebody(self, face_id: UUID | None) -> bool:
        """Whether somebody was enrolled, or bound, under a FaceId."""
        ledger = self._people.ledger
        assert face_id is not None
        return ledger.member_of(face_id) is not None or face_id in map(ledger.canonical, self._enrolled.values())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"cannot be read ({error.strerror}); change its permissions") from error
