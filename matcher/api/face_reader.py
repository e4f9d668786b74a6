"""Bytes to the faces in a picture, a few pictures at once: what bounds the memory of the recognition service."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock

from faces.face_finder import FaceFinder
from faces.pictures import decode_picture
from faces.ports import Image
from faces.quality import Fault, Quality
from matcher.api.answers import Box
from matcher.gallery import Vector

# A picture of 12 megapixels takes some hundred megabytes while it is looked at, and a core: so many at once.
_AT_ONCE = 2
_FACES_AT_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenFace:
    """A face in a picture, with its quality, 0..1.

    ``fault`` is what is wrong with a face that would be missed as often as recognised; such a one has no embedding.
    """

    box: Box
    quality: float
    fault: Fault | None
    embedding: Vector | None


class FaceReader:
    """Reads pictures, a few at once; others wait. Safe to call from several threads."""

    def __init__(
        self,
        make_finder: Callable[[], FaceFinder],
        *,
        refuse: Callable[[Quality], Fault | None],
        decode: Callable[[bytes], Image] = decode_picture,
    ) -> None:
        """``make_finder`` loads the networks; it is called when the first picture comes, and not before.

        ``refuse`` returns what is wrong with a face of too low a quality. ``decode`` raises PictureError for bytes that
        are not accepted.
        """
        self._make_finder = make_finder
        self._refuse = refuse
        self._decode = decode
        self._finder: FaceFinder | None = None
        self._loading = Lock()
        self._slots = BoundedSemaphore(_AT_ONCE)

    def read(self, picture: bytes) -> list[SeenFace]:
        """Return the hundred largest faces of a picture, largest first. Raises PictureError, ModelError."""
        with self._slots:
            image = self._decode(picture)
            finder = self._loaded()
            found = finder.detect(image)[:_FACES_AT_MOST]
            qualities = [finder.quality(image, seen) for seen in found]
            faults = [self._refuse(quality) for quality in qualities]
            embedded = iter(finder.embed(image, [seen for seen, fault in zip(found, faults, strict=True) if not fault]))
            return [
                SeenFace(
                    box=Box(x=seen.box[0], y=seen.box[1], width=seen.box[2], height=seen.box[3]),
                    quality=quality.score,
                    fault=fault,
                    embedding=None if fault else next(embedded),
                )
                for seen, quality, fault in zip(found, qualities, faults, strict=True)
            ]

    def _loaded(self) -> FaceFinder:
        with self._loading:
            if self._finder is None:
                self._finder = self._make_finder()
            return self._finder
