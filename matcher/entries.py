"""What a matcher tells besides the sighting of a track: entries of the ledger, and sightings that it takes back."""

from dataclasses import replace
from uuid import UUID

from matcher.policy import MAY_BE_COUNTED
from schemas import ids
from schemas.messages import Decision, FaceCrop, IdentityEvent, IdentityKind, Sighting


def taken_back(turned: Sighting, cause: Sighting) -> Sighting:
    """Return the sighting of a turned visitor who was counted, and may be the one seen in another."""
    return replace(
        turned,
        decision=Decision.REJECTED,
        reason=MAY_BE_COUNTED,
        face_id=None,
        produced_at=cause.produced_at,
        decided_at=cause.decided_at,
    )


def taking_back(turned: Sighting) -> IdentityEvent:
    """Return the entry that says so."""
    assert turned.face_id is not None
    return IdentityEvent(
        event_id=ids.identity_event_id(turned.event_id, IdentityKind.CORRECTED),
        kind=IdentityKind.CORRECTED,
        face_id=turned.face_id,
        at=turned.ended_at,
        actor="matcher",
        reason="never seen but turned, and somebody showed up who may be the same",
    )


def calling_static(sighting: Sighting, face_id: UUID) -> IdentityEvent:
    """Return the entry by which a FaceId is nobody: a poster or the like."""
    return IdentityEvent(
        event_id=ids.identity_event_id(face_id, IdentityKind.STATIC),
        kind=IdentityKind.STATIC,
        face_id=face_id,
        at=sighting.ended_at,
        actor="matcher",
        reason=f"seen for hours by camera {sighting.camera_id}, and neither moved nor changed",
    )


def minting(crop: FaceCrop, face_id: UUID) -> IdentityEvent:
    """Return the entry by which a crop event minted a FaceId."""
    told_apart = f"no template near enough to {len(crop.shots)} shots of one track"
    return IdentityEvent(
        event_id=ids.identity_event_id(crop.event_id, IdentityKind.MINTED),
        kind=IdentityKind.MINTED,
        face_id=face_id,
        at=crop.ended_at,
        actor="matcher",
        reason="turned, and seen beside everybody who was in the store" if crop.beside else told_apart,
    )
