"""What people do about identities on pages: which requests there are, and what they are told.

The matcher proposes and the log keeps; the pages know neither. Whoever puts the program together gives them this.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.messages import IdentityKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """That two FaceIds may be one person (``MERGED``), or that one may be two (``SPLIT``).

    A split would move ``sightings`` to ``other_face_id``. ``confidence`` is the chance that it is right, ``distance``
    that between the templates of both, None where it is not by their looks.
    """

    candidate_id: UUID
    kind: IdentityKind
    face_id: UUID
    other_face_id: UUID
    confidence: float
    distance: float | None
    reason: str
    sightings: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for people, the surest first, as it was found at a moment.

    ``looking`` while everybody is looked at again; ``found_at`` None before that was done once. ``sure`` are those that
    need nobody and were not made yet; ``said`` why it could not be looked.
    """

    candidates: tuple[Candidate, ...] = ()
    found_at: datetime | None = None
    looking: bool = False
    sure: int = 0
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a request: a sentence, and the entry by which it can be taken back, None where there is none."""

    sentence: str
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """The receipt of an erasure: how much there was, what is left, and when the last picture is gone."""

    face_ids: tuple[UUID, ...]
    templates: int
    templates_left: int
    sightings: int
    visits: int
    visits_too: bool
    pictures_gone_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledMember:
    """A member who was enrolled by a picture; ``was_known`` tells of one whom the cameras knew before."""

    face_id: UUID
    member_id: str
    was_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityWork:
    """Requests about identities; the last argument of each but the first two is who makes it.

    All raise InputError, with what to do, for what cannot be, and StorageError where log or database cannot be used.
    """

    queue: Callable[[], Queue]
    look_again: Callable[[], None]
    accept: Callable[[UUID, str], Done]
    refuse: Callable[[UUID, str], Done]
    undo: Callable[[UUID, str], Done]
    mark_staff: Callable[[UUID, str], Done]
    bind: Callable[[str, str, Sequence[str] | None, str], Done]
    """Takes a FaceId or its first digits, the member, who agreed to it, and tags in place of those there were; None
    leaves them."""
    unbind: Callable[[UUID, str], Done]
    erase: Callable[[UUID, bool, str], Erased]
    """Takes whether the visits are taken out of the counts, too."""
    enrol: Callable[[bytes, str, str, str, Callable[[UUID], None]], EnrolledMember] | None = None
    """Takes a picture with one face, the store where it was taken, the member, who agreed to it, who says so, and what
    raises where they may not change a FaceId; None in a process that looks at no faces."""
