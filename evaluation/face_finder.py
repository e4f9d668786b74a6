"""All faces of a picture: found, embedded, and kept as small portraits."""

from dataclasses import dataclass

import cv2
import numpy as np

from evaluation.portraits import portrait
from faces.packs import Pack
from faces.pictures import encode_jpeg
from faces.ports import Detection, Embeddings, Image

# Faces are searched for in a picture of at most this many pixels on its longer side: who is meant to be seen in a
# picture of today's telephones is found all the same, in a tenth of the time.
_SEARCHED_PX = 1920
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


class FaceFinder:
    """The detector and embedder of a pack, for pictures of any size. Safe to call from several threads at once."""

    def __init__(self, pack: Pack) -> None:
        """Load the networks; each call uses one core. Raises ModelError."""
        self._pack = pack
        self._detector = pack.make_detector(threads=1)
        self._embedder = pack.make_embedder(threads=1)

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return self._embedder.dim

    def detect(self, image: Image) -> list[Detection]:
        """Return the faces in a picture, the largest first; those below the pack's ``min_score`` are none."""
        shrink = min(1.0, _SEARCHED_PX / max(image.shape[:2]))
        searched = image if shrink == 1.0 else _shrunk(image, shrink)
        found = [_at_scale(seen, 1 / shrink) for seen in self._detector.detect(searched)]
        certain = (seen for seen in found if seen.score >= self._pack.min_score)
        return sorted(certain, key=lambda seen: seen.box[2] * seen.box[3], reverse=True)

    def embed(self, image: Image, detections: list[Detection]) -> Embeddings:
        """Return (n, dim), a row for each detection."""
        return self._embedder.embed([self._pack.align(image, seen.landmarks) for seen in detections])

    def faces_in(self, image: Image) -> list[Face]:
        """Return the faces in a picture, the largest first."""
        found = self.detect(image)
        scheme = self._pack.landmark_scheme
        return [
            Face(
                detection=seen,
                embedding=embedding,
                portrait=encode_jpeg(portrait(image, seen, scheme, size_px=_PORTRAIT_PX), quality=80),
            )
            for seen, embedding in zip(found, self.embed(image, found), strict=True)
        ]


def _shrunk(image: Image, scale: float) -> Image:
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _at_scale(seen: Detection, scale: float) -> Detection:
    left, top, width, height = (scale * value for value in seen.box)
    return Detection(
        box=(left, top, width, height), score=seen.score, landmarks=(scale * seen.landmarks).astype(np.float32)
    )
