"""Why a picture, a FaceId or a member cannot be served; each says what to do.

::

    InputError
    └── Refused
        ├── NoFace           no face in the picture
        ├── SeveralFaces     more than the one face that is asked for
        ├── PoorQuality      a face that would be missed as often as recognised
        ├── LooksLike        the face is that of a visitor who is known already
        ├── UnknownVisitor   nobody has this FaceId
        ├── ErasedVisitor    whoever had this FaceId was erased
        ├── WithoutConsent   a member is to be bound and nobody says that they agreed
        ├── MemberTaken      the member, or the visitor, is bound already
        └── NotServedHere    it takes a part that this process was not given
"""

from uuid import UUID

from schemas.errors import InputError


class Refused(InputError):
    """A request that cannot be met. ``face_id`` is the visitor at fault, where there is one."""

    face_id: UUID | None = None


class NoFace(Refused):
    """No face in the picture."""


class SeveralFaces(Refused):
    """More than the one face that is asked for."""


class PoorQuality(Refused):
    """A face that would be missed as often as recognised."""


class LooksLike(Refused):
    """The face is that of a visitor who is known already."""

    def __init__(self, reason: str, face_id: UUID) -> None:
        super().__init__(reason)
        self.face_id = face_id


class UnknownVisitor(Refused):
    """Nobody has this FaceId."""


class ErasedVisitor(Refused):
    """Whoever had this FaceId was erased."""


class WithoutConsent(Refused):
    """A member is to be bound and nobody says that they agreed."""


class MemberTaken(Refused):
    """The member, or the visitor, is bound already."""


class NotServedHere(Refused):
    """It takes a part that this process was not given."""
