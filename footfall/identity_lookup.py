"""Looking up who is who: FaceIds and entries by their first digits, and what is known of a visitor."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from analytics.records.repository import VisitRepository
from schemas.codec import to_json
from schemas.errors import InputError
from schemas.ledger import Ledger
from schemas.messages import IdentityEvent, IdentityKind

_FEWEST_DIGITS = 4


class IdentityLookup:
    """Finds what the database holds of visitors; changes nothing.

    FaceIds and entries are named by their ids or the first digits of them. Every request raises InputError for what is
    unknown, with what to do about it.
    """

    def __init__(self, repository: VisitRepository) -> None:
        self._repository = repository
        self.ledger: Ledger = repository.identities.ledger()

    def read_again(self) -> Ledger:
        """Return the ledger as it is now, and go on with it."""
        self.ledger = self._repository.identities.ledger()
        return self.ledger

    def face(self, text: str) -> UUID:
        """Return the one FaceId whose digits begin so."""
        return self.one_of(text, self._repository.identities.faces_beginning(digits_of(text)), "visitor")

    def known_of(self, text: str) -> dict[str, Any]:
        """Return what is known of a visitor and of all FaceIds that are one with it."""
        ledger = self.ledger
        asked = self.face(text)
        root = ledger.canonical(asked)
        people = ledger.one_with(root)
        visitor = ledger.counted(asked)
        entries = self._repository.identities.entries_about(people)
        erased = [entry.at for entry in entries if entry.kind is IdentityKind.ERASED and entry.face_id == asked]
        # An erased visitor's visits are nobody's: they are not looked up by the FaceId any more.
        counts = visitor is not None and not ledger.is_erased(asked)
        visits = self._repository.identities.visits_of(visitor) if counts and visitor else []
        sightings = self._repository.identities.sightings_of(visitor) if counts and visitor else []
        return {
            "face_id": str(root),
            "stands_for": sorted_ids(people - {root}),
            "staff": ledger.is_staff(root),
            "static": ledger.is_static(root),
            "member": ledger.member_of(root),
            "tags": list(ledger.tags_of(root)),
            "erased_at": str(min(erased)) if erased else None,
            "not_the_same": sorted_ids(ledger.not_the_same_as(root)),
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
            "entries": [self._told_of(entry) for entry in entries],
        }

    def history(self, limit: int) -> list[dict[str, Any]]:
        """Return the last entries, oldest first."""
        return [self._told_of(entry) for entry in self._repository.identities.latest_entries(limit)]

    def _told_of(self, entry: IdentityEvent) -> dict[str, Any]:
        return to_json(entry) | {"undone": "undone" if self.ledger.is_undone(entry.event_id) else None}

    def one_of(self, text: str, known: Sequence[UUID], what: str) -> UUID:
        """Return the one of some ids that begins so; ``what`` they are stands in the error."""
        digits = digits_of(text)
        found = sorted(one for one in known if one.hex.startswith(digits))
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(
                f"{text} begins more than one {what}: give more digits, as of {', '.join(map(str, found[:3]))}"
            )
        if what == "visitor":
            hint = "the visits in footfall report --json carry the FaceIds (face_id)"
        elif what == "entry of the ledger":
            hint = "footfall identity history lists them"
        else:
            hint = "footfall identity show lists them"
        raise InputError(f"{text}: no {what} is known by this id; {hint}")


def sorted_ids(ids: Iterable[UUID]) -> list[str]:
    """Return ids as text, sorted."""
    return sorted(map(str, ids))


def digits_of(text: str) -> str:
    """Return the digits of an id, or of its beginning. Raises InputError for what is none."""
    digits = text.strip().lower().replace("-", "")
    if not re.fullmatch(rf"[0-9a-f]{{{_FEWEST_DIGITS},32}}", digits):
        raise InputError(f"{text!r} is no id: give it as printed, or its first 8 characters")
    return digits
