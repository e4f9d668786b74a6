"""What ``footfall identity`` works with, put together, and what it tells in JSON."""

from typing import Any

from analytics.repository import VisitRepository
from footfall.config import Settings
from footfall.data_dir import DataDir
from footfall.erasing import Eraser, Receipt
from footfall.identity_desk import IdentityDesk
from footfall.snapshot_file import SNAPSHOT_FILE
from footfall.wiring import utc_now
from schemas.codec import to_json
from schemas.errors import InputError
from schemas.event_log import EventLog
from schemas.messages import IdentityEvent, IdentityKind
from schemas.topics import TEMPLATES


def require_records(settings: Settings) -> None:
    """Raise InputError where the settings mean files of this machine in which nothing was recorded."""
    place = DataDir(path=settings.data_dir)
    if settings.database is None:
        place.require_data()
    if settings.events.url is None and not place.has_log:
        raise InputError(
            f"{settings.data_dir} holds no event log, and the ledger is kept there: name the log with --log, "
            "or the directory with --data-dir"
        )


class Office:
    """The desk, the eraser, and what can be looked up."""

    def __init__(
        self, *, settings: Settings, log: EventLog, repository: VisitRepository, actor: str, reason: str
    ) -> None:
        self._log = log
        self._identities = repository.identities
        self.desk = IdentityDesk(log=log, repository=repository, actor=actor, reason=reason, now=utc_now)
        folders = {settings.data_dir, settings.matcher.state_dir or settings.data_dir}
        self.eraser = Eraser(
            log=log,
            repository=repository,
            desk=self.desk,
            snapshots=tuple(folder / SNAPSHOT_FILE for folder in sorted(folders)),
            now=utc_now,
        )

    def templates(self) -> int:
        """Return how many records the topic of templates holds at most."""
        state = self._log.describe(TEMPLATES)
        return 0 if state is None else sum(state.ends.values()) - sum(state.begins.values())

    def known_of(self, text: str) -> dict[str, Any]:
        """Return what is known of a visitor and of all FaceIds that are one with it."""
        ledger = self.desk.ledger
        asked = self.desk.face(text)
        root = ledger.canonical(asked)
        people = ledger.one_with(root)
        visitor = ledger.counted(asked)
        entries = self._identities.entries_about(people)
        erased = [entry.at for entry in entries if entry.kind is IdentityKind.ERASED and entry.face_id == asked]
        # An erased visitor's visits are nobody's: they are not looked up by the FaceId any more.
        counts = visitor is not None and not ledger.is_erased(asked)
        visits = self._identities.visits_of(visitor) if counts and visitor else []
        sightings = self._identities.sightings_of(visitor) if counts and visitor else []
        return {
            "face_id": str(root),
            "stands_for": _sorted(people - {root}),
            "staff": ledger.is_staff(root),
            "member": ledger.member_of(root),
            "erased_at": str(min(erased)) if erased else None,
            "not_the_same": _sorted(ledger.not_the_same_as(root)),
            "visits": [
                {
                    "visit_id": str(visit.visit_id),
                    "store": visit.store_id,
                    "began_at": visit.began_at.isoformat(),
                    "ended_at": visit.ended_at.isoformat(),
                    "sightings": visit.sightings,
                }
                for visit in visits
            ],
            "sightings": [
                {
                    "sighting_id": str(sighting.sighting_id),
                    "face_id": str(sighting.face_id),
                    "store": sighting.store_id,
                    "camera": sighting.camera_id,
                    "began_at": sighting.began_at.isoformat(),
                    "ended_at": sighting.ended_at.isoformat(),
                }
                for sighting in sightings
            ],
            "entries": [self._told(entry) for entry in entries],
        }

    def history(self, limit: int) -> list[dict[str, Any]]:
        """Return the last entries, oldest first."""
        return [self._told(entry) for entry in self._identities.latest_entries(limit)]

    def _told(self, entry: IdentityEvent) -> dict[str, Any]:
        return to_json(entry) | {"undone": "undone" if self.desk.ledger.is_undone(entry.event_id) else None}


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as programs read it."""
    return {
        "face_ids": _sorted(receipt.face_ids),
        "entries": [to_json(entry) for entry in receipt.entries],
        "templates": receipt.templates,
        "templates_left": receipt.templates_left,
        "sightings": receipt.sightings,
        "visits": receipt.visits,
        "visits_too": receipt.visits_too,
        "snapshots": [str(file) for file in receipt.snapshots],
        "pictures_gone_by": receipt.pictures_gone_by.isoformat(),
    }


def _sorted(face_ids: Any) -> list[str]:
    return sorted(map(str, face_ids))
