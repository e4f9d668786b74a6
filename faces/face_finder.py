"""All faces of a picture of any size: found, judged and embedded by one pack."""

from collections.abc import Sequence

import cv2
import numpy as np

from faces.packs import Pack
from faces.ports import Detection, Embeddings, Image
from faces.quality import Quality, assess

# Faces are searched for in a picture of at most this many pixels on its longer side: who is meant to be seen in a
# picture of today's telephones is found all the same, in a tenth of the time.
_SEARCHED_PX = 1920


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

    def quality(self, image: Image, seen: Detection) -> Quality:
        """Return what a face of the picture is worth for recognition."""
        return assess(image, seen, self._pack.landmark_scheme)

    def embed(self, image: Image, detections: Sequence[Detection]) -> Embeddings:
        """Return (n, dim), a row for each detection."""
        crops = self._pack.align_all([image] * len(detections), [seen.landmarks for seen in detections])
        return self._embedder.embed(crops)


def _shrunk(image: Image, scale: float) -> Image:
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _at_scale(seen: Detection, scale: float) -> Detection:
    left, top, width, height = (scale * value for value in seen.box)
    return Detection(
        box=(left, top, width, height), score=seen.score, landmarks=(scale * seen.landmarks).astype(np.float32)
    )
