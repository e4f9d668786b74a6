"""Enrolling a folder, put together: its pictures, whose they are, and what the log holds of them already."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from evaluation.pictures import Picture, find_pictures
from faces.packs import Pack
from faces.pictures import decode_own_picture
from footfall.config import Settings
from footfall.enrolling import FolderEnrolment
from footfall.matching import MATCHER_GROUP
from footfall.recognition import enrolment_of, people_of, reader_of
from footfall.wiring import utc_now
from matcher.api.enrolment import Who
from matcher.faiss_gallery import FaissGallery
from matcher.snapshot import empty_snapshot
from matcher.state import MatcherState
from schemas import ids
from schemas.codec import decode
from schemas.errors import InputError, InvalidRecord
from schemas.event_log import EventLog, Record
from schemas.messages import IdentityEvent, IdentityKind, Message, Template
from schemas.topics import IDENTITY, TEMPLATES


class By(StrEnum):
    """What tells whose picture a file is: its own name without the suffix, or that of the folder it lies in."""

    NAME = "name"
    FOLDER = "folder"


@contextmanager
def folder_enrolment(
    settings: Settings, pack: Pack, log: EventLog, *, consent: bool, who: Who
) -> Iterator[FolderEnrolment]:
    """Give what enrols into a log. Raises ModelError where the log holds templates of another model, StorageError."""
    snapshot = empty_snapshot(pack.model_id, pack.embedder.dimension, utc_now())
    state = MatcherState(log=log, group=MATCHER_GROUP, snapshot=snapshot, new_gallery=FaissGallery)
    state.follow(())
    people = people_of(settings, pack, state)
    desk = enrolment_of(pack, log, reader_of(pack, decode_own_picture), people)
    with closing(state):
        yield FolderEnrolment(
            desk=desk,
            people=people,
            catch_up=state.catch_up,
            enrolled=enrolled_in(log, pack.model_id),
            store_id=settings.store.id,
            consent=consent,
            who=who,
        )


def pictures_by(folder: Path, by: By) -> list[Picture]:
    """Return the pictures below a folder, and whose each is. Raises InputError where that cannot be told."""
    found = find_pictures(folder)
    if by is By.NAME:
        return [Picture(path=one.path, name=one.name, person=one.path.stem) for one in found]
    loose = next((one for one in found if one.path.parent == folder), None)
    if loose is not None:
        raise InputError(
            f"{loose.path}: lies in no person's folder: put each person's pictures into a folder named after them, or "
            "enrol by the names of the files with --by name"
        )
    return found


def enrolled_in(log: EventLog, model_id: str) -> dict[UUID, UUID]:
    """Return the enrolments of which a log holds templates of a model, and the FaceIds they were taken for.

    Without those whose minting is not there: the enrolment was cut short, and is to be made again.
    """
    found: dict[str, Template] = {}
    for record in log.replay(TEMPLATES):
        template = _message(record)
        found.pop(record.key, None)
        if isinstance(template, Template) and template.enrolled and template.model_id == model_id:
            found[record.key] = template
    entries = (_message(record) for record in log.replay(IDENTITY))
    minted = {
        entry.face_id for entry in entries if isinstance(entry, IdentityEvent) and entry.kind is IdentityKind.MINTED
    }
    return {
        one.event_id: one.face_id
        for one in found.values()
        if one.face_id in minted or one.face_id != ids.minted_face_id(one.event_id)
    }


def _message(record: Record) -> Message | None:
    try:
        return None if record.value is None else decode(record.value)
    except InvalidRecord:
        return None
