"""What reconciliation proposes: that two FaceIds are one person, or that some tracks show another."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas import ids
from schemas.messages import IdentityEvent, IdentityKind

ACTOR = "reconciliation"
"""Who stands in the ledger for entries that nobody asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """That ``face_id`` stands for ``other_face_id`` too, or with ``track_ids`` that these are split off to it.

    ``event_id`` follows from whom it is about, so the same is never proposed under two ids. ``confidence`` is the
    chance that it is right; ``distance`` is between the templates of both, None where it is not by their looks.
    """

    event_id: UUID
    kind: IdentityKind
    face_id: UUID
    other_face_id: UUID
    confidence: float
    reason: str
    distance: float | None = None
    track_ids: tuple[UUID, ...] = ()

    def entry(self, at: datetime, *, actor: str, reason: str) -> IdentityEvent:
        """Return the entry of the ledger that makes it so."""
        return IdentityEvent(
            event_id=self.event_id,
            kind=self.kind,
            face_id=self.face_id,
            other_face_id=self.other_face_id,
            track_ids=self.track_ids,
            at=at,
            actor=actor,
            reason=reason,
        )


def merging(face_id: UUID, other: UUID, *, confidence: float, distance: float, within: str) -> Proposal:
    """Propose that one FaceId stands for another; ``within`` says among whom they were compared."""
    low, high = sorted((face_id, other))
    return Proposal(
        event_id=ids.identity_event_id(low, f"{IdentityKind.MERGED}/{high}"),
        kind=IdentityKind.MERGED,
        face_id=face_id,
        other_face_id=other,
        confidence=confidence,
        distance=distance,
        reason=f"alike within {within}: {distance:.3f} apart, confidence {confidence:.4f}",
    )


def parting(face_id: UUID, track_ids: tuple[UUID, ...], *, confidence: float, why: str) -> Proposal:
    """Propose to give tracks of a FaceId, sorted, one of their own."""
    event_id = ids.identity_event_id(face_id, "/".join((IdentityKind.SPLIT, *map(str, track_ids))))
    return Proposal(
        event_id=event_id,
        kind=IdentityKind.SPLIT,
        face_id=face_id,
        other_face_id=ids.split_face_id(event_id),
        confidence=confidence,
        reason=f"{why}, confidence {confidence:.4f}",
        track_ids=track_ids,
    )
