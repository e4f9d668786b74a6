"""What is left of a sighting when the person was erased: pure."""

from dataclasses import replace
from uuid import UUID

from schemas.ids import anonymous_id
from schemas.messages import Decision, Sighting

ERASED = "erased"
"""The reason of a sighting that counts for nobody any more."""


def without_person(sighting: Sighting, face_id: UUID, *, visits_too: bool) -> Sighting:
    """Return a sighting of an erased FaceId as it may be kept.

    It counts under an id that belongs to nobody, or not at all with ``visits_too``; where in the picture the face was,
    and how it compared, is forgotten. A sighting that is so already stays as it is.
    """
    bare = replace(sighting, box=(0.0, 0.0, 0.0, 0.0), distance=None, threshold=None)
    if visits_too:
        return replace(bare, face_id=None, decision=Decision.REJECTED, reason=ERASED)
    return replace(bare, face_id=anonymous_id(face_id))
