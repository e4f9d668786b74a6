"""Where people are enrolled by a picture, and bound to members of the shop: templates and entries of the ledger out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from threading import Lock
from uuid import UUID, uuid4

from matcher.api.answers import Enrolled, Membership
from matcher.api.desk import usable
from matcher.api.errors import LooksLike, MemberTaken, SeveralFaces, WithoutConsent
from matcher.api.face_reader import FaceReader, SeenFace
from matcher.api.known_people import KnownPeople
from matcher.template_table import FROM_NO_CROP
from schemas import ids
from schemas.ledger import Ledger
from schemas.member_tags import checked_tags
from schemas.messages import IdentityEvent, IdentityKind, Message, Template

Publish = Callable[[Sequence[Message]], None]
"""Appends messages to the log and returns when they are there for good; raises StorageError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who asks for something, and why; both are kept in the ledger."""

    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an enrolment is to come to.

    The picture is taken in ``store_id``. It is added to ``face_id``, or where that is None stands for somebody new.
    ``member_id`` is bound with ``consent`` alone. ``apart_from`` is a visitor who looks alike and is somebody else.
    """

    store_id: str
    face_id: UUID | None = None
    member_id: str | None = None
    consent: bool = False
    apart_from: UUID | None = None


class EnrolmentDesk:
    """Enrols, binds and unbinds, one request at a time. Safe to call from several threads.

    Templates are in the log for good before the entries that name their FaceIds. The same picture gives the same
    template and FaceId, so that a request cut short, or made twice, is made good by making it again.
    """

    def __init__(
        self,
        *,
        reader: FaceReader,
        people: KnownPeople,
        publish: Publish,
        model_id: str,
        now: Callable[[], datetime],
    ) -> None:
        self._reader = reader
        self._people = people
        self._publish = publish
        self._model_id = model_id
        self._now = now
        self._one_by_one = Lock()

    def enrol(self, picture: bytes, wanted: Wanted, who: Who) -> Enrolled:
        """Keep the one face of a picture as a template.

        Raises NoFace, SeveralFaces, PoorQuality or PictureError for a picture that will not do, LooksLike where the
        face is that of another visitor than wanted, and as ``bind`` does for a member.
        """
        _require_consent(wanted)
        face = self._one_face(picture)
        with self._one_by_one:
            return self._enrol(sha256(picture).hexdigest(), face, wanted, who)

    def bind(
        self, face_id: UUID, member_id: str, who: Who, *, consent: bool, tags: Iterable[str] | None = None
    ) -> Membership:
        """Bind a visitor to a member of the shop, with ``tags`` in place of those there were; None leaves them.

        Raises WithoutConsent, UnknownVisitor, ErasedVisitor, MemberTaken where either is bound to another, or
        InputError for what is no tag.
        """
        _require_consent(Wanted(store_id="", member_id=member_id, consent=consent))
        wanted = None if tags is None else checked_tags(tags)
        with self._one_by_one:
            root = self._people.living(face_id)
            ledger = self._people.ledger
            _require_free(ledger, root, member_id)
            before = ledger.tags_of(root)
            after = before if wanted is None else wanted
            changed = (ledger.member_of(root), before) != (member_id, after)
            if changed:
                binding = self._binding(ledger.bound_face(root), member_id, who)
                self._say(ledger, [replace(binding, tags=after)])
            return Membership(face_id=root, member_id=member_id, tags=after, changed=changed)

    def unbind(self, face_id: UUID, who: Who) -> Membership:
        """Take a visitor's member away. Raises UnknownVisitor, ErasedVisitor."""
        with self._one_by_one:
            root = self._people.living(face_id)
            ledger = self._people.ledger
            changed = ledger.member_of(root) is not None
            if changed:
                self._say(ledger, [self._entry(IdentityKind.UNBOUND, root, who)])
            return Membership(face_id=root, member_id=None, tags=(), changed=changed)

    def _one_face(self, picture: bytes) -> SeenFace:
        faces = self._reader.read(picture)
        if len(faces) > 1:
            raise SeveralFaces(
                f"the picture shows {len(faces)} faces: send one that shows the person alone, or cut it to their face"
            )
        return usable(faces)

    def _enrol(self, digest: str, face: SeenFace, wanted: Wanted, who: Who) -> Enrolled:
        ledger = self._people.ledger
        event_id = enrolment_of(digest, ledger)
        own = ids.minted_face_id(event_id)
        target = None if wanted.face_id is None else self._people.living(wanted.face_id)
        owner = target or ledger.canonical(own)
        apart = self._require_nobody_else(face, owner, ledger, wanted.apart_from)
        if wanted.member_id is not None:
            _require_free(ledger, owner, wanted.member_id)
        assert face.embedding is not None
        template = Template(
            template_id=ids.template_id(event_id),
            face_id=target or own,
            store_id=wanted.store_id,
            model_id=self._model_id,
            embedding=face.embedding.astype("<f4").tobytes(),
            quality=face.quality,
            captured_at=self._now(),
            event_id=event_id,
            source_partition=FROM_NO_CROP,
            source_offset=FROM_NO_CROP,
            enrolled=True,
        )
        self._publish([template])
        self._people.enrolled(template)
        said: list[IdentityEvent] = []
        if target is None:
            minting = ids.identity_event_id(event_id, IdentityKind.MINTED)
            said.append(replace(self._entry(IdentityKind.MINTED, own, who), event_id=minting))
        if apart is not None and ledger.barred(owner, apart) is None:
            said.append(replace(self._entry(IdentityKind.NOT_THE_SAME, owner, who), other_face_id=apart))
        if wanted.member_id is not None and ledger.member_of(owner) != wanted.member_id:
            said.append(self._binding(owner, wanted.member_id, who))
        self._say(ledger, said)
        return Enrolled(
            face_id=owner,
            template_id=template.template_id,
            minted=target is None,
            member_id=self._people.ledger.member_of(owner),
            tags=self._people.ledger.tags_of(owner),
            box=face.box,
            quality=face.quality,
        )

    def _require_nobody_else(self, face: SeenFace, owner: UUID, ledger: Ledger, apart_from: UUID | None) -> UUID | None:
        """Return the visitor from whom the owner is to be kept apart, who looks alike; raise LooksLike for another."""
        assert face.embedding is not None
        (judgement,) = self._people.judge([face.embedding])
        match = judgement.face_id
        if match is None or match == owner:
            return None
        if apart_from is not None and ledger.canonical(apart_from) == match:
            return match
        raise LooksLike(
            f"the face is that of visitor {match}: enrol the picture for that one (face_id={match}), or, if it is "
            f"somebody else who looks alike, say so (apart_from={match})",
            match,
        )

    def _entry(self, kind: IdentityKind, face_id: UUID, who: Who) -> IdentityEvent:
        return IdentityEvent(
            event_id=uuid4(), kind=kind, face_id=face_id, at=self._now(), actor=who.actor, reason=who.reason
        )

    def _binding(self, face_id: UUID, member_id: str, who: Who) -> IdentityEvent:
        reason = f"with consent; {who.reason}" if who.reason else "with consent"
        return replace(self._entry(IdentityKind.BOUND, face_id, who), member_id=member_id, reason=reason)

    def _say(self, ledger: Ledger, said: Sequence[IdentityEvent]) -> None:
        """Append entries behind all that were made."""
        begin = ledger.next_at(self._now())
        entries = [replace(entry, at=begin + timedelta(microseconds=number)) for number, entry in enumerate(said)]
        self._publish(entries)
        self._people.said(entries)


def enrolment_of(picture_sha256: str, ledger: Ledger) -> UUID:
    """Return the id of the enrolment of a picture: another once the FaceId that it would mint was erased."""
    events = (ids.enrolment_id(picture_sha256, time) for time in count())
    return next(event for event in events if not ledger.is_erased(ids.minted_face_id(event)))


def _require_consent(wanted: Wanted) -> None:
    if wanted.member_id is not None and not wanted.consent:
        raise WithoutConsent(
            f"member {wanted.member_id} is bound to a face with that member's consent alone: ask for it, and say that "
            "it was given (consent=true)"
        )


def _require_free(ledger: Ledger, face_id: UUID, member_id: str) -> None:
    bound = ledger.member_of(face_id)
    if bound not in (None, member_id):
        raise MemberTaken(f"visitor {face_id} is member {bound}: unbind that one first")
    other = ledger.face_of_member(member_id)
    if other not in (None, face_id):
        raise MemberTaken(
            f"member {member_id} is visitor {other}: enrol further pictures for that one (face_id={other}), or unbind "
            "it first"
        )
