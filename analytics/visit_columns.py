"""Visits as columns: what a report counts from, many of them at once. Pure.

Moments are whole microseconds since 1970, in UTC, so that nothing is rounded; a FaceId is its sixteen bytes, which sort
as the ids do.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, overload
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from analytics.visits import Visit
from schemas.ids import visit_id

Faces: TypeAlias = NDArray[np.bytes_]
Integers: TypeAlias = NDArray[np.int64]

FACE = np.dtype("S16")
"""The sixteen bytes of a FaceId."""

NEVER_US = -62_135_596_800_000_000
"""What a column of moments holds where there is none: the first moment that Python knows."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def us_of(moment: datetime) -> int:
    """Return an aware moment in microseconds since 1970."""
    return (moment - _EPOCH) // _TICK


def moment_of(us: int) -> datetime:
    """Return the moment so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=int(us))


def faces_of(ids: Collection[UUID]) -> Faces:
    """Return FaceIds as a column."""
    return np.frombuffer(b"".join(face.bytes for face in ids), dtype=FACE)


def face_of(packed: bytes) -> UUID:
    """Return the FaceId in an element of a column: NumPy gives it without the zeros at its end."""
    return UUID(bytes=packed.ljust(FACE.itemsize, b"\0"))


def is_among(faces: Faces, ids: Collection[UUID]) -> NDArray[np.bool_]:
    """Return which FaceIds of a column that is sorted, each once, are among ``ids``."""
    found = np.zeros(len(faces), dtype=np.bool_)
    asked = faces_of(ids)
    place = np.searchsorted(faces, asked)
    within = place < len(faces)
    place, asked = place[within], asked[within]
    found[place[faces[place] == asked]] = True
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VisitColumns(Sequence[Visit]):
    """Visits to one store, oldest first and then by FaceId: columns of equal length, and a sequence of visits.

    ``began_us`` and ``ended_us`` are moments, as is ``first_us``: when the first visit ever of the FaceId to the store
    began. A visit is put together when it is asked for.
    """

    store_id: str
    faces: Faces
    began_us: Integers
    ended_us: Integers
    sightings: Integers
    first_us: Integers

    @classmethod
    def of_all(cls, store_id: str, visits: Collection[Visit]) -> "VisitColumns":
        """Return all visits to a store, given oldest first and then by FaceId, as columns."""
        faces = faces_of([visit.face_id for visit in visits])
        began_us = _integers(us_of(visit.began_at) for visit in visits)
        _, first, person = np.unique(faces, return_index=True, return_inverse=True)
        return cls(
            store_id=store_id,
            faces=faces,
            began_us=began_us,
            ended_us=_integers(us_of(visit.ended_at) for visit in visits),
            sightings=_integers(visit.sightings for visit in visits),
            first_us=began_us[first][person],
        )

    def where(self, chosen: NDArray[Any] | slice) -> "VisitColumns":
        """Return visits in the order of an array of their places, or those for which one of booleans is true."""
        return VisitColumns(
            store_id=self.store_id,
            faces=self.faces[chosen],
            began_us=self.began_us[chosen],
            ended_us=self.ended_us[chosen],
            sightings=self.sightings[chosen],
            first_us=self.first_us[chosen],
        )

    def within(self, began_at: datetime, ended_at: datetime) -> "VisitColumns":
        """Return the visits that began in [``began_at``, ``ended_at``)."""
        first, last = np.searchsorted(self.began_us, [us_of(began_at), us_of(ended_at)]).tolist()
        return self[first:last]

    def __len__(self) -> int:
        """Return how many visits they are."""
        return len(self.faces)

    @overload
    def __getitem__(self, index: int) -> Visit: ...

    @overload
    def __getitem__(self, index: slice) -> "VisitColumns": ...

    def __getitem__(self, index: int | slice) -> "Visit | VisitColumns":
        """Return a visit, or those of a slice as columns."""
        if isinstance(index, slice):
            return self.where(index)
        face_id, began_at = face_of(self.faces[index]), moment_of(self.began_us[index])
        return Visit(
            visit_id=visit_id(self.store_id, face_id, began_at),
            store_id=self.store_id,
            face_id=face_id,
            began_at=began_at,
            ended_at=moment_of(self.ended_us[index]),
            sightings=int(self.sightings[index]),
        )


def _integers(values: Iterable[int]) -> Integers:
    return np.fromiter(values, dtype=np.int64)
