"""Deterministic ids: the same capture gives the same ids however often it is processed.

All are UUIDv5 (RFC 9562, section 5.5) in namespaces derived from one root, so that a replayed frame, a redelivered
record or a second run over the same file can never create a second event, sighting or FaceId.
"""

from datetime import datetime
from hashlib import sha1
from uuid import UUID

_NOT_SAID_BY_HASH = ~((0xF000 << 64) | (0xC000 << 48))
_VERSION_5 = (0x5000 << 64) | (0x8000 << 48)


def _id(namespace: bytes, name: str) -> UUID:
    """Return what uuid5 does: of everything that is seen several are asked for, and the library takes twice as long."""
    digest = sha1(namespace + name.encode(), usedforsecurity=False).digest()
    return UUID(int=(int.from_bytes(digest[:16], "big") & _NOT_SAID_BY_HASH) | _VERSION_5)


_ROOT = UUID("6f6f7466-616c-5c21-8a3d-0f00fa11c0de").bytes
_TRACK = _id(_ROOT, "track").bytes
_CROP = _id(_ROOT, "crop").bytes
_SIGHTING = _id(_ROOT, "sighting").bytes
_FACE = _id(_ROOT, "face").bytes
_TEMPLATE = _id(_ROOT, "template").bytes
_LEDGER = _id(_ROOT, "identity").bytes
_SPLIT = _id(_ROOT, "split").bytes
_ANONYMOUS = _id(_ROOT, "anonymous").bytes
_VISIT = _id(_ROOT, "visit").bytes
_ARRIVAL = _id(_ROOT, "arrival").bytes
_COVERAGE = _id(_ROOT, "coverage").bytes
_ENROLMENT = _id(_ROOT, "enrolment").bytes


def track_id(store_id: str, camera_id: str, began_at: datetime, sequence: int) -> UUID:
    """Id of a track from its camera, its first capture time and its number within the camera worker."""
    return _id(_TRACK, "\x1f".join((store_id, camera_id, began_at.isoformat(), str(sequence))))


def crop_event_id(track: UUID, phase: str, number: int = 0) -> UUID:
    """Id of a crop event: of a track, its phase, and how often it was told in that phase before."""
    return _id(_CROP, f"{track}/{phase}/{number}" if number else f"{track}/{phase}")


def sighting_id(track: UUID) -> UUID:
    """Id of the sighting of a track, the same for its provisional and its confirmed form."""
    return _id(_SIGHTING, str(track))


def enrolment_id(picture_sha256: str, time: int) -> UUID:
    """Id of the enrolment of a picture, in place of a crop event's; ``time`` counts its erasures."""
    return _id(_ENROLMENT, f"{picture_sha256}/{time}")


def minted_face_id(crop_event: UUID) -> UUID:
    """FaceId minted by a crop event."""
    return _id(_FACE, str(crop_event))


def template_id(crop_event: UUID) -> UUID:
    """Id of the template taken from a crop event."""
    return _id(_TEMPLATE, str(crop_event))


def migrated_template_id(event: UUID, model_id: str) -> UUID:
    """Id of the template that a further model made of an event's pictures, beside that of the first."""
    return _id(_TEMPLATE, f"{event}/{model_id}")


def identity_event_id(cause: UUID, kind: str) -> UUID:
    """Id of a ledger entry from the event that caused it."""
    return _id(_LEDGER, f"{cause}/{kind}")


def split_face_id(ledger_event: UUID) -> UUID:
    """FaceId of those whom a ledger entry splits off."""
    return _id(_SPLIT, str(ledger_event))


def anonymous_id(face_id: UUID) -> UUID:
    """Id under which the visits of an erased FaceId still count; no template and no member belongs to it."""
    return _id(_ANONYMOUS, str(face_id))


def visit_id(store_id: str, face_id: UUID, began_at: datetime) -> UUID:
    """Id of a visit from who it was, where, and when it began."""
    return _id(_VISIT, f"{store_id}\x1f{face_id}\x1f{began_at.isoformat()}")


def arrival_id(sighting: UUID) -> UUID:
    """Id of the arrival of which a sighting tells."""
    return _id(_ARRIVAL, str(sighting))


def coverage_id(store_id: str, camera_id: str, began_at: datetime, state: str) -> UUID:
    """Id of a stretch of coverage from its camera, its beginning and its state."""
    return _id(_COVERAGE, "\x1f".join((store_id, camera_id, began_at.isoformat(), state)))
