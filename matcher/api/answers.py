"""What the recognition service answers. The descriptions and examples are those of its OpenAPI document."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

_FACE = "5c7a2f7e-8f43-5d1b-9a55-0d6f4e1c2b3a"
_AT = "2026-05-04T10:12:30Z"

FaceId = Annotated[UUID, Field(description="Pseudonymous id of a visitor.", examples=[_FACE])]
QualityScore = Annotated[
    float, Field(description="What the face is worth for recognition, 0..1.", ge=0, le=1, examples=[0.62])
]
Distance = Annotated[float, Field(description="Euclidean distance of two embeddings.", ge=0, examples=[0.214])]
Threshold = Annotated[
    float,
    Field(description="The distance up to which it is the same person; computed, not set.", ge=0, examples=[0.291]),
]
Score = Annotated[
    float,
    Field(description="1 where nothing differs, 0.5 at the threshold, less beyond.", ge=0, le=1, examples=[0.576]),
]
MemberId = Annotated[
    str, Field(description="Id of a member in the shop's own system.", min_length=1, examples=["card-4711"])
]
Tags = Annotated[
    tuple[str, ...], Field(description="What the shop says of the member.", examples=[["gold", "likes tea"]])
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where a face is, in pixels of the upright picture, from its top left corner."""

    x: Annotated[float, Field(examples=[212.0])]
    y: Annotated[float, Field(examples=[80.5])]
    width: Annotated[float, Field(examples=[140.2])]
    height: Annotated[float, Field(examples=[171.9])]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedFace:
    """A face of a picture and whose it is: a ``face_id``, or a ``reason`` why there is none."""

    face_id: FaceId | None
    member_id: MemberId | None
    tags: Tags
    reason: Annotated[
        str,
        Field(
            description="Empty for a known face; else nobody_near_enough, nearer_to_another_face (two faces of one "
            "picture are two people), or what is wrong with the face, such as too_small or blurred.",
            examples=[""],
        ),
    ]
    distance: Distance | None
    threshold: Threshold | None
    score: Score | None
    box: Box
    quality: QualityScore


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """The faces of a picture, the largest first."""

    faces: list[RecognisedFace]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """Somebody who resembles a face; ``same`` where they are taken for the same person."""

    face_id: FaceId
    member_id: MemberId | None
    tags: Tags
    distance: Distance
    score: Score
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Who is nearest to the largest face of a picture, best first, whether or not near enough."""

    candidates: list[FoundPerson]
    threshold: Threshold
    box: Box
    quality: QualityScore


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Whether the largest faces of two pictures are of one person."""

    same: bool
    distance: Distance
    threshold: Threshold
    score: Score
    false_match_rate: Annotated[
        float, Field(description="How often two people's faces come as near as that.", ge=0, le=1, examples=[4e-5])
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """The visitor of whom a picture is kept as a template."""

    face_id: FaceId
    template_id: Annotated[UUID, Field(description="The same for the same picture, however often it is enrolled.")]
    minted: Annotated[bool, Field(description="Whether the FaceId was made for this picture.")]
    member_id: MemberId | None
    tags: Tags
    box: Box
    quality: QualityScore


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Which member a visitor is; ``changed`` where it was not so before."""

    face_id: FaceId
    member_id: MemberId | None
    tags: Tags
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """The receipt of an erasure: what was one with the visitor, and what is left."""

    face_ids: list[FaceId]
    templates: Annotated[int, Field(description="Templates that were removed.", ge=0)]
    templates_left: Annotated[int, Field(description="Templates found by a last look.", ge=0)]
    visits: Annotated[int, Field(description="Visits that count on as nobody's, or were taken out.", ge=0)]
    visits_too: bool
    pictures_gone_by: Annotated[datetime, Field(description="When pictures in the log are gone too.", examples=[_AT])]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVisit:
    """A visit of somebody to a store."""

    visit_id: UUID
    store_id: Annotated[str, Field(examples=["shop"])]
    began_at: Annotated[datetime, Field(examples=[_AT])]
    ended_at: Annotated[datetime, Field(examples=[_AT])]
    sightings: Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """All visits of a visitor, in every store, oldest first."""

    face_id: FaceId
    visits: list[KnownVisit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a request was not met, and what to do; ``face_id`` names the visitor whom it is about, if any."""

    error: Annotated[str, Field(examples=["no face was found in the picture: send one that shows a face"])]
    face_id: FaceId | None = None
