"""All faces of a picture: found, embedded, and kept as small portraits."""

from dataclasses import dataclass

from evaluation.portraits import portrait
from faces.face_finder import FaceFinder
from faces.landmarks import LandmarkScheme
from faces.pictures import encode_jpeg
from faces.ports import Detection, Embeddings, Image

_PORTRAIT_PX = 112


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """A face in a picture; ``detection`` is in pixels of the upright picture, ``portrait`` a JPEG of 112 pixels."""

    detection: Detection
    embedding: Embeddings
    portrait: bytes

    @property
    def area(self) -> float:
        """Pixels of its box."""
        return self.detection.box[2] * self.detection.box[3]


def faces_in(image: Image, finder: FaceFinder, scheme: LandmarkScheme) -> list[Face]:
    """Return the faces in a picture, the largest first; ``scheme`` is that of the finder's pack."""
    found = finder.detect(image)
    return [
        Face(
            detection=seen,
            embedding=embedding,
            portrait=encode_jpeg(portrait(image, seen, scheme, size_px=_PORTRAIT_PX), quality=80),
        )
        for seen, embedding in zip(found, finder.embed(image, found), strict=True)
    ]
