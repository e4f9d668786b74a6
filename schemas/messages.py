"""What crosses a seam: frozen messages, one for each topic.

Times are aware and in UTC, in microseconds on the wire. Boxes and landmarks are in pixels. Every ``*_at`` that
describes a visitor is the capture time of a frame; ``produced_at`` and ``decided_at`` are clock readings that serve to
measure latency and decide nothing.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import inf
from uuid import UUID

from schemas.errors import InvalidRecord

MAX_JPEG_BYTES = 64_000
MAX_SHOTS = 8
COMES_IN = 0.12
"""Whose face has moved by so many of its widths comes in; a picture on a wall does not (bench/liveness.py)."""
FILM_ENDED = "film ended"
"""The reason of the last stretch of a video file that came to its end: nothing more is to be expected of it."""


class Phase(StrEnum):
    """How far along a track is: its first good crop, or its best shots after it ended."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"


class Decision(StrEnum):
    """What the matcher concluded about a track."""

    MATCHED = "matched"
    MINTED = "minted"
    REJECTED = "rejected"


class CoverageState(StrEnum):
    """Whether a camera was watching."""

    SEEN = "seen"
    GAP = "gap"


class IdentityKind(StrEnum):
    """What happened to an identity."""

    MINTED = "minted"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    MERGED = "merged"
    SPLIT = "split"
    BOUND = "bound"
    UNBOUND = "unbound"
    STAFF = "staff"
    NOT_STAFF = "not_staff"
    NOT_THE_SAME = "not_the_same"
    ERASED = "erased"
    UNDONE = "undone"
    STATIC = "static"
    NOT_STATIC = "not_static"


class ArrivalStatus(StrEnum):
    """What a cashier may make of an arrival."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One crop of a track, as it travels: a JPEG cut around the detection with margin, not aligned.

    ``landmarks`` are five (x, y) points in pixels of the JPEG, flattened to ten numbers, in the order of the detector
    named by the crop's ``detector_id``. ``box`` is (x, y, width, height) in pixels of the camera's frame. ``liveness``,
    0 to 1, is how likely it shows a person and no picture of one; None where no network looked.
    """

    captured_at: datetime
    jpeg: bytes
    box: tuple[float, float, float, float]
    landmarks: tuple[float, ...]
    quality: float
    liveness: float | None = None

    def __post_init__(self) -> None:
        require_utc(self.captured_at, "captured_at")
        if len(self.jpeg) > MAX_JPEG_BYTES:
            raise InvalidRecord(f"{len(self.jpeg)} bytes, above {MAX_JPEG_BYTES}", "jpeg")
        if self.jpeg[:3] != b"\xff\xd8\xff":
            raise InvalidRecord("does not begin as a JPEG does", "jpeg")
        if len(self.box) != 4:
            raise InvalidRecord(f"{len(self.box)} numbers instead of 4", "box")
        if len(self.landmarks) != 10:
            raise InvalidRecord(f"{len(self.landmarks)} numbers instead of 10", "landmarks")
        if not 0.0 <= self.quality <= 1.0:
            raise InvalidRecord(f"{self.quality} is outside 0..1", "quality")
        _require_share(self.liveness)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceCrop:
    """The face crops of one track at one phase, best first: three at most when provisional, the best few at its end.

    Provisional is told of a face once it has moved (``COMES_IN``), and again while it comes nearer.

    All shots of a phase travel together, so that a matcher fuses a track from a single record and keeps nothing between
    two polls. ``detections`` counts the frames in which the track was seen so far.

    ``beside`` is given of a track alone that stayed and shows its person turned throughout: the tracks in one picture
    with it, so other people's. All of those have ended before it is told of.

    ``moved`` is how far the face has come in the picture from where its track began, in widths of the face; None where
    that was not measured.
    """

    event_id: UUID
    track_id: UUID
    store_id: str
    camera_id: str
    phase: Phase
    began_at: datetime
    ended_at: datetime
    detector_id: str
    detections: int
    shots: tuple[Shot, ...]
    produced_at: datetime
    beside: tuple[UUID, ...] = ()
    moved: float | None = None

    def __post_init__(self) -> None:
        _require_span(self.began_at, self.ended_at)
        require_utc(self.produced_at, "produced_at")
        if not 1 <= len(self.shots) <= MAX_SHOTS:
            raise InvalidRecord(f"{len(self.shots)} shots, outside 1..{MAX_SHOTS}", "shots")
        _require_way(self.moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One track, identified or not. The confirmed sighting carries the id of the provisional one and replaces it.

    ``face_id`` is None exactly when the decision is REJECTED; ``reason`` then says why. ``box`` is where the
    best shot was cut from the frame of ``best_shot_at``. ``distance`` is to the nearest template (None when the gallery
    was empty), ``threshold`` the bar it was held against. ``beside`` and ``moved`` are as in the crop, ``liveness`` is
    the mean of its shots. Whoever was minted because of ``beside`` is rejected after all, in a second confirmed form,
    when somebody is seen who may be the same.
    """

    sighting_id: UUID
    event_id: UUID
    track_id: UUID
    store_id: str
    camera_id: str
    phase: Phase
    decision: Decision
    reason: str
    face_id: UUID | None
    began_at: datetime
    ended_at: datetime
    best_shot_at: datetime
    box: tuple[float, float, float, float]
    shots: int
    quality: float
    distance: float | None
    threshold: float | None
    model_id: str
    produced_at: datetime
    decided_at: datetime
    beside: tuple[UUID, ...] = ()
    moved: float | None = None
    liveness: float | None = None

    def __post_init__(self) -> None:
        _require_span(self.began_at, self.ended_at)
        if (self.face_id is None) is not (self.decision is Decision.REJECTED):
            raise InvalidRecord(f"does not fit the decision {self.decision}", "face_id")
        _require_way(self.moved)
        _require_share(self.liveness)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """An embedding kept as reference for a FaceId: float32, little-endian, tied to one ``model_id``.

    ``source_partition`` and ``source_offset`` say where the crop record that gave it lies, by which a restarted matcher
    tells the templates that are in force from those whose decision was not yet committed.
    """

    template_id: UUID
    face_id: UUID
    store_id: str
    model_id: str
    embedding: bytes
    quality: float
    captured_at: datetime
    event_id: UUID
    source_partition: int
    source_offset: int
    enrolled: bool = False

    def __post_init__(self) -> None:
        require_utc(self.captured_at, "captured_at")
        if len(self.embedding) % 4 or not self.embedding:
            raise InvalidRecord("is not a row of float32", "embedding")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityEvent:
    """An entry of the identity ledger: what happened to a FaceId, by whom, when and why.

    ``other_face_id`` is the FaceId merged away, split off, or declared not the same; ``track_ids`` are the tracks that
    are split off. ``undoes`` names the entry that is taken back. An erasure takes the visits out of the counts as well
    where ``visits_too`` says so. ``tags`` are those of the member who is bound (``schemas.member_tags``). What such
    entries say together is in ``schemas.ledger``.
    """

    event_id: UUID
    kind: IdentityKind
    face_id: UUID
    at: datetime
    actor: str
    reason: str
    other_face_id: UUID | None = None
    member_id: str | None = None
    undoes: UUID | None = None
    track_ids: tuple[UUID, ...] = ()
    visits_too: bool = False
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_utc(self.at, "at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A member has just come in; shown until ``expires_at`` and not after.

    ``tags`` are those with which the member is bound, then what the shop's own system says of them, where it was asked
    and answered in time.
    """

    arrival_id: UUID
    sighting_id: UUID
    store_id: str
    face_id: UUID
    member_id: str
    status: ArrivalStatus
    seen_at: datetime
    expires_at: datetime
    produced_at: datetime
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_span(self.seen_at, self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A stretch of time in which a camera was, or was not, watching, and what came of its tracks.

    ``tracks`` counts the face tracks that ended in the stretch, ``usable_tracks`` those that gave a crop, ``rejected``
    the crops refused by each quality gate, and those lost on their way to the log, by reason. ``dropped`` frames were
    passed over because a later one had come. ``reason`` tells why a camera did not watch, or FILM_ENDED.
    """

    event_id: UUID
    store_id: str
    camera_id: str
    state: CoverageState
    began_at: datetime
    ended_at: datetime
    frames: int = 0
    dropped: int = 0
    tracks: int = 0
    usable_tracks: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        _require_span(self.began_at, self.ended_at)


Message = FaceCrop | Sighting | Template | IdentityEvent | Arrival | Coverage


def require_utc(moment: datetime, name: str) -> None:
    """Raise InvalidRecord unless ``moment`` is aware and in UTC."""
    if moment.tzinfo is not UTC and moment.utcoffset() != timedelta(0):
        raise InvalidRecord(f"{moment.isoformat()} is not an aware time in UTC", name)


def _require_share(liveness: float | None) -> None:
    if liveness is not None and not 0.0 <= liveness <= 1.0:
        raise InvalidRecord(f"{liveness} is outside 0..1", "liveness")


def _require_way(moved: float | None) -> None:
    if moved is not None and not 0.0 <= moved < inf:
        raise InvalidRecord(f"{moved} is no distance", "moved")


def _require_span(began_at: datetime, ended_at: datetime) -> None:
    require_utc(began_at, "began_at")
    require_utc(ended_at, "ended_at")
    if ended_at < began_at:
        raise InvalidRecord(f"{ended_at.isoformat()} is before the beginning {began_at.isoformat()}", "ended_at")
