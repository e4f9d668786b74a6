"""The recognition service over a log of its own, as a process has it, with the pack that comes with the program."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import numpy as np
from faces_scene import portrait, scene
from picture_files import file_of

from faces.face_finder import FaceFinder
from faces.packs import Pack, open_pack
from footfall.event_logs import local_log_url, open_event_log
from footfall.publisher import Publisher
from ingest.gates import Gates
from matcher.api.answers import Enrolled, Erased, Visits
from matcher.api.desk import RecognitionDesk
from matcher.api.enrolment import EnrolmentDesk, Wanted, Who
from matcher.api.errors import NotServedHere
from matcher.api.face_reader import FaceReader
from matcher.api.known_people import KnownPeople
from matcher.api.service import RecognitionService
from matcher.faiss_gallery import FaissGallery
from matcher.policy import Policy
from schemas.codec import decode
from schemas.event_log import EventLog
from schemas.ledger import Ledger
from schemas.messages import IdentityEvent, IdentityKind, Message, Template
from schemas.topics import IDENTITY, TEMPLATES, TOPICS

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
ANNA = Who(actor="anna", reason="at the counter")


@cache
def pack() -> Pack:
    return open_pack("dlib")


@cache
def finder() -> FaceFinder:
    return FaceFinder(pack())


def picture_of(*people: int, look: int = 0) -> bytes:
    """A PNG in which these people stand side by side."""
    return file_of(scene(*(portrait(person, look) for person in people), width=260 * max(len(people), 2)), "png")


class Desks:
    """The desks of one process, which begins with what the log holds and sees of it what it appends itself."""

    def __init__(self, folder: Path, *, allow: Callable[[Message], None] = lambda _: None) -> None:
        self._log = open_event_log(local_log_url(folder / "log.sqlite"), now=lambda: NOW)
        self._log.create(TOPICS)
        self._publisher = Publisher(self._log)
        self._allow = allow
        gallery, ledger = FaissGallery(finder().dim), Ledger(self.entries())
        for template in self.templates().values():
            embedding = np.frombuffer(template.embedding, dtype="<f4")
            gallery.add(template.template_id, template.face_id, embedding)
        self.people = KnownPeople(
            gallery=gallery, ledger=lambda: ledger, calibration=pack().calibration, policy=Policy()
        )
        reader = FaceReader(finder, refuse=Gates(min_score=pack().min_score).refuse)
        self.recognition = RecognitionDesk(reader, self.people)
        self.enrolment = EnrolmentDesk(
            reader=reader, people=self.people, publish=self._publish, model_id=pack().model_id, now=lambda: NOW
        )

    @property
    def log(self) -> EventLog:
        """The log, for those who read it themselves."""
        return self._log

    def service(self) -> RecognitionService:
        """The desks, in a process that was given no visits."""
        return RecognitionService(
            store_id="shop",
            recognition=self.recognition,
            enrolment=self.enrolment,
            erase=_erase_nobody,
            visits=_no_visits,
        )

    def enrol(self, picture: bytes, **wanted: object) -> Enrolled:
        return self.enrolment.enrol(picture, Wanted(store_id="shop", **wanted), ANNA)  # type: ignore[arg-type]

    def who_is_on(self, picture: bytes) -> list[UUID | None]:
        return [face.face_id for face in self.recognition.recognise(picture).faces]

    def say(self, kind: IdentityKind, face_id: UUID) -> None:
        """Make an entry of the ledger elsewhere, and hear of it."""
        entry = IdentityEvent(
            event_id=UUID(int=len(self.entries())), kind=kind, face_id=face_id, at=NOW, actor="bob", reason=""
        )
        self._publish([entry])
        self.people.said([entry])

    def see(self, person: int, look: int = 0) -> UUID:
        """Let a camera see somebody, and return the FaceId that was minted."""
        image = scene(portrait(person, look), width=520)
        (embedding,) = finder().embed(image, finder().detect(image))
        template = Template(
            template_id=UUID(int=person),
            face_id=UUID(int=1000 + person),
            store_id="shop",
            model_id=pack().model_id,
            embedding=embedding.astype("<f4").tobytes(),
            quality=0.5,
            captured_at=NOW,
            event_id=UUID(int=2000 + person),
            source_partition=0,
            source_offset=person,
        )
        self._publish([template])
        self.people.enrolled(template)
        return template.face_id

    def templates(self) -> dict[UUID, Template]:
        """The templates in the log, by id."""
        found = (decode(record.value) for record in self._log.replay(TEMPLATES) if record.value is not None)
        return {template.template_id: template for template in found if isinstance(template, Template)}

    def entries(self) -> list[IdentityEvent]:
        """The entries of the ledger in the log."""
        found = (decode(record.value) for record in self._log.replay(IDENTITY) if record.value is not None)
        return [entry for entry in found if isinstance(entry, IdentityEvent)]

    def close(self) -> None:
        self._log.close()

    def _publish(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self._allow(message)
            self._publisher.publish(message)
        self._publisher.flush()


def _erase_nobody(face_id: UUID, who: Who, *, visits_too: bool) -> Erased:
    raise NotServedHere("no visits are kept here")


def _no_visits(face_id: UUID) -> Visits:
    raise NotServedHere("no visits are kept here")
