"""Erasing a visitor: templates first, then the entries of the ledger, then a look at whether anything is left."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from analytics.records.repository import VisitRepository
from footfall.identity_desk import IdentityDesk
from schemas.codec import decode
from schemas.errors import InvalidRecord, StorageError
from schemas.event_log import EventLog, Record
from schemas.ledger import Ledger
from schemas.messages import IdentityEvent, IdentityKind, Template
from schemas.topics import CROPS, TEMPLATES

_LOOKS = 3
OnRecord = Callable[[int], None]
"""Is told of each record that was read, by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was erased of one person, and what is left.

    ``visits`` are those that count on under an id of nobody, or with ``visits_too`` those that were taken out of the
    counts. ``templates_left`` were found by a last look; it is 0 unless a matcher added them meanwhile again and again.
    Pictures that are still in the log are gone after ``pictures_gone_by``.
    """

    face_ids: tuple[UUID, ...]
    entries: tuple[IdentityEvent, ...]
    templates: int
    templates_left: int
    sightings: int
    visits: int
    visits_too: bool
    snapshots: tuple[Path, ...]
    pictures_gone_by: datetime


class Eraser:
    """Erases visitors for good. ``snapshots`` are files of matchers on this machine: caches that may hold templates."""

    def __init__(
        self,
        *,
        log: EventLog,
        repository: VisitRepository,
        desk: IdentityDesk,
        snapshots: tuple[Path, ...],
        now: Callable[[], datetime],
    ) -> None:
        self._log = log
        self._repository = repository
        self._desk = desk
        self._snapshots = snapshots
        self._now = now

    def erase(self, text: str, *, visits_too: bool, on_record: OnRecord) -> Receipt:
        """Erase a visitor and all FaceIds that are one with it.

        The templates' tombstones are in the log for good before the entries are. May be asked again where it was cut
        short: what is erased already is passed over. Raises as a request of ``IdentityDesk``, and StorageError.
        """
        face_id = self._desk.face(text)
        if not self._desk.ledger.is_erased(face_id):
            self._desk.living(text)
        faces = tuple(sorted(self._desk.ledger.one_with(face_id)))
        counted = {one for one in map(self._desk.ledger.counted, faces) if one is not None}
        seen = [sighting for visitor in counted for sighting in self._repository.identities.sightings_of(visitor)]
        visits = sum(len(self._repository.identities.visits_of(visitor)) for visitor in counted)
        before = self._desk.ledger
        templates = self._remove_templates(before, faces, on_record)
        entries = [
            self._desk.entry(IdentityKind.ERASED, one, visits_too=visits_too)
            for one in faces
            if not before.is_erased(one)
        ]
        self._desk.make(entries)
        left = 0
        for _ in range(_LOOKS):  # a matcher may have taken a template before it read the entries
            left = self._remove_templates(before, faces, on_record)
            templates += left
            if not left:
                break
        self._log.maintain(self._now())
        return Receipt(
            face_ids=faces,
            entries=tuple(entries),
            templates=templates,
            templates_left=left,
            sightings=len(seen),
            visits=visits,
            visits_too=visits_too,
            snapshots=tuple(self._removed_snapshots()),
            pictures_gone_by=self._now() + (CROPS.retention or timedelta(0)),
        )

    def _remove_templates(self, ledger: Ledger, faces: tuple[UUID, ...], on_record: OnRecord) -> int:
        """Append a tombstone for every template of some FaceIds; return how many there were."""
        doomed: set[str] = set()
        for number, record in enumerate(self._log.replay(TEMPLATES), start=1):
            template = _template(record)
            doomed.discard(record.key)
            if template is not None and ledger.owner(template.event_id, template.face_id) in faces:
                doomed.add(record.key)
            on_record(number)
        for key in sorted(doomed):
            self._log.append(TEMPLATES, key, None)
        self._log.flush()
        return len(doomed)

    def _removed_snapshots(self) -> Iterator[Path]:
        for file in self._snapshots:
            try:
                file.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StorageError(
                    f"{file} may hold embeddings of the visitor and cannot be removed ({error.strerror}): remove it; "
                    "a matcher reads what was in it from the log"
                ) from error
            yield file


def _template(record: Record) -> Template | None:
    try:
        message = None if record.value is None else decode(record.value, TEMPLATES.message)
    except InvalidRecord:
        return None
    return message if isinstance(message, Template) else None
