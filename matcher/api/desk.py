"""Where pictures are recognised: whose faces these are, who resembles one, whether two are one person's."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from matcher.api.answers import FoundPerson, Recognised, RecognisedFace, SearchResult, Verified
from matcher.api.errors import NoFace, PoorQuality
from matcher.api.face_reader import FaceReader, SeenFace
from matcher.api.known_people import Judgement, KnownPeople
from matcher.gallery import Vector

NOBODY_NEAR_ENOUGH = "nobody_near_enough"
NEARER_TO_ANOTHER_FACE = "nearer_to_another_face"


class RecognitionDesk:
    """Answers about pictures and keeps nothing of them. Safe to use from several threads."""

    def __init__(self, reader: FaceReader, people: KnownPeople) -> None:
        self._reader = reader
        self._people = people

    def recognise(self, picture: bytes) -> Recognised:
        """Return whose faces are in a picture; no two of them are one person's. Raises PictureError."""
        seen = self._reader.read(picture)
        embedded = [face for face in seen if face.embedding is not None]
        judged = iter(self._people.judge([_embedding(face) for face in embedded]))
        judgements = [None if face.embedding is None else next(judged) for face in seen]
        owners = _owners(judgements)
        return Recognised(
            faces=[
                self._answer(face, judgement, is_owner=judgement is not None and owners.get(judgement.face_id) == place)
                for place, (face, judgement) in enumerate(zip(seen, judgements, strict=True))
            ]
        )

    def search(self, picture: bytes, top_k: int) -> SearchResult:
        """Return the ``top_k`` people nearest to the largest face. Raises NoFace, PoorQuality, PictureError."""
        face = self._largest(picture)
        (judgement,) = self._people.judge([_embedding(face)], top_k=top_k)
        ledger = self._people.ledger
        return SearchResult(
            candidates=[
                FoundPerson(
                    face_id=candidate.face_id,
                    member_id=ledger.member_of(candidate.face_id),
                    tags=ledger.tags_of(candidate.face_id),
                    distance=candidate.distance,
                    score=score(candidate.distance, judgement.threshold),
                    same=candidate.face_id == judgement.face_id,
                )
                for candidate in judgement.candidates[:top_k]
            ],
            threshold=judgement.threshold,
            box=face.box,
            quality=face.quality,
        )

    def verify(self, one: bytes, other: bytes) -> Verified:
        """Tell whether the largest faces of two pictures are one person's. Raises NoFace, PoorQuality, PictureError."""
        first, second = (_embedding(self._largest(picture)) for picture in (one, other))
        distance = float(np.linalg.norm(first - second))
        threshold = self._people.same_person_within()
        return Verified(
            same=distance <= threshold,
            distance=distance,
            threshold=threshold,
            score=score(distance, threshold),
            false_match_rate=self._people.false_match_rate(distance),
        )

    def _largest(self, picture: bytes) -> SeenFace:
        return usable(self._reader.read(picture)[:1])

    def _answer(self, face: SeenFace, judgement: Judgement | None, *, is_owner: bool) -> RecognisedFace:
        if judgement is None:
            return _unknown(face, None, str(face.fault))
        if judgement.face_id is None:
            return _unknown(face, judgement, NOBODY_NEAR_ENOUGH)
        if not is_owner:
            return _unknown(face, judgement, NEARER_TO_ANOTHER_FACE)
        distance = judgement.candidates[0].distance
        ledger = self._people.ledger
        return RecognisedFace(
            face_id=judgement.face_id,
            member_id=ledger.member_of(judgement.face_id),
            tags=ledger.tags_of(judgement.face_id),
            reason="",
            distance=distance,
            threshold=judgement.threshold,
            score=score(distance, judgement.threshold),
            box=face.box,
            quality=face.quality,
        )


def usable(faces: Sequence[SeenFace]) -> SeenFace:
    """Return the first of some faces; raises NoFace without one, PoorQuality for one that cannot be relied upon."""
    if not faces:
        raise NoFace("no face was found in the picture: send one that shows a face from the front")
    face = faces[0]
    if face.fault is not None:
        raise PoorQuality(
            f"the face is of too low a quality ({face.quality:.2f}: {str(face.fault).replace('_', ' ')}): send a "
            "picture that is sharp, well lit and shows the face larger and from the front"
        )
    return face


def score(distance: float, threshold: float) -> float:
    """Return 1 for no distance, 0.5 at the threshold, and less beyond it."""
    return threshold / (threshold + distance) if threshold > 0 else 0.0


def _embedding(face: SeenFace) -> Vector:
    assert face.embedding is not None
    return face.embedding


def _owners(judgements: Sequence[Judgement | None]) -> dict[UUID | None, int]:
    """Return for each FaceId that was found the place of the face nearest to it."""
    matched = [
        (judgement.candidates[0].distance, place, judgement.face_id)
        for place, judgement in enumerate(judgements)
        if judgement is not None and judgement.face_id is not None
    ]
    return {face_id: place for _, place, face_id in sorted(matched, key=lambda one: one[:2], reverse=True)}


def _unknown(face: SeenFace, judgement: Judgement | None, reason: str) -> RecognisedFace:
    nearest = judgement.candidates[0].distance if judgement is not None and judgement.candidates else None
    threshold = judgement.threshold if judgement is not None else None
    return RecognisedFace(
        face_id=None,
        member_id=None,
        tags=(),
        reason=reason,
        distance=nearest,
        threshold=threshold,
        score=None if nearest is None or threshold is None else score(nearest, threshold),
        box=face.box,
        quality=face.quality,
    )
