"""Everybody with a template as the ledger has them at one moment, and who of them may be one person."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from matcher.reconciliation.encounters import Encounters
from schemas.ledger import Ledger
from schemas.messages import IdentityKind, Template


class Everybody:
    """Templates under the FaceIds that stand for them, none of the erased. A value.

    ``rows`` gives for each FaceId, sorted, the places of its templates; ``settled`` are tracks that people put back
    where they were after they had been split off.
    """

    def __init__(self, templates: Sequence[Template], met: Encounters, ledger: Ledger) -> None:
        self.templates, self.met, self.ledger = templates, met, ledger
        rows: dict[UUID, list[int]] = defaultdict(list)
        for row, template in enumerate(templates):
            keeper = ledger.keeper(template.event_id, template.face_id)
            if keeper is not None:
                rows[keeper].append(row)
        self.rows = dict(sorted(rows.items()))
        self._first_at = {face: min(templates[row].captured_at for row in own) for face, own in rows.items()}
        undone = [entry for entry in ledger.entries if ledger.is_undone(entry.event_id)]
        self.settled = frozenset(track for entry in undone for track in entry.track_ids)
        self._apart: set[tuple[UUID, UUID]] = set()
        for entry in undone:
            if entry.kind is IdentityKind.MERGED and entry.other_face_id is not None:
                one, other = ledger.canonical(entry.face_id), ledger.canonical(entry.other_face_id)
                self._apart |= {(one, other), (other, one)}

    def stores(self) -> list[str]:
        """Return the stores of which there are templates, sorted."""
        return sorted({template.store_id for template in self.templates})

    def within(self, store: str | None) -> dict[UUID, list[int]]:
        """Return the places of the templates that each FaceId has in a store, or anywhere."""
        if store is None:
            return self.rows
        chosen = {
            face: [row for row in own if self.templates[row].store_id == store] for face, own in self.rows.items()
        }
        return {face: own for face, own in chosen.items() if own}

    def may_be_one(self, one: UUID, other: UUID) -> bool:
        """Return whether neither people nor places speak against it, whatever they look like."""
        members = {self.ledger.member_of(face_id) for face_id in (one, other)} - {None}
        told_apart = (one, other) in self._apart or other in self.ledger.not_the_same_as(one)
        return len(members) < 2 and not told_apart and self.met.may_be_one(one, other)

    def is_new(self, face_id: UUID) -> bool:
        """Return whether all is still known of where a FaceId was seen: its first template's sighting is."""
        first = min((self.templates[row] for row in self.rows[face_id]), key=lambda one: one.captured_at)
        return self.met.sighting_of(first.event_id) is not None

    def in_order(self, one: UUID, other: UUID) -> tuple[UUID, UUID]:
        """Return two FaceIds, first that which is to stand for both: a member's, else that of whom was seen first."""

        def rank(face_id: UUID) -> tuple[bool, datetime, UUID]:
            return self.ledger.member_of(face_id) is None, self._first_at[face_id], face_id

        return (one, other) if rank(one) <= rank(other) else (other, one)
