"""Enrolling a member by a picture on a page: what the recognition service does, in the words of the page."""

from collections.abc import Callable
from uuid import UUID

from analytics.identity_work import EnrolledMember
from faces.errors import ModelError, PictureError, UnknownPicture
from matcher.api.enrolment import EnrolmentDesk, Wanted, Who
from matcher.api.errors import LooksLike
from matcher.api.known_people import KnownPeople
from schemas.errors import InputError, TransientError

_REASON = "by a picture on a page"


def enrol_member(
    desk: EnrolmentDesk,
    people: KnownPeople,
    picture: bytes,
    store_id: str,
    member_id: str,
    actor: str,
    may_touch: Callable[[UUID], None],
) -> EnrolledMember:
    """Enrol the one face of a picture as a member, who agreed to it.

    Whoever is known from the cameras alone becomes that member. Raises InputError, with what to do, for a picture that
    will not do and where the face, or the member, is somebody else's. ``may_touch`` raises where ``actor`` may not
    change a FaceId that is there already, before anything is said of whose it is.
    """
    who = Who(actor=actor, reason=_REASON)
    known = people.ledger.face_of_member(member_id)
    if known is not None:
        may_touch(known)
    wanted = Wanted(store_id=store_id, face_id=known, member_id=member_id, consent=True)
    try:
        try:
            done = desk.enrol(picture, wanted, who)
        except LooksLike as like:
            if like.face_id is not None:
                may_touch(like.face_id)
            _require_nobody_yet(people, member_id, like)
            seen = Wanted(store_id=store_id, face_id=like.face_id, member_id=member_id, consent=True)
            done = desk.enrol(picture, seen, who)
    except UnknownPicture as error:
        raise InputError("the file is no picture that is accepted: choose a JPEG, PNG or WebP") from error
    except PictureError as error:
        raise InputError(f"the picture {error}") from error
    except ModelError as error:
        raise InputError(str(error)) from error
    return EnrolledMember(face_id=done.face_id, member_id=member_id, was_known=not done.minted)


def _require_nobody_yet(people: KnownPeople, member_id: str, like: LooksLike) -> None:
    """Raise InputError where the face is another member's, or the member has another face."""
    assert like.face_id is not None
    other = people.ledger.member_of(like.face_id)
    if other is not None:
        raise InputError(f"this is the face of member {other}: unbind that one first, or choose another picture")
    if people.ledger.face_of_member(member_id) is not None:
        raise InputError(
            f"member {member_id} has another face, and this one was seen in the shop as somebody else: unbind "
            f"{member_id} first, or choose another picture"
        )


Enrol = Callable[[bytes, str, str, str, Callable[[UUID], None]], EnrolledMember]


def not_ready(
    _picture: bytes, _store_id: str, _member_id: str, _actor: str, _may_touch: Callable[[UUID], None]
) -> EnrolledMember:
    """Say that nobody can be enrolled yet."""
    raise TransientError("what is known of faces is being read: try again in a moment")
