"""How long the parts of a pack take on this machine."""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from faces.errors import PictureError
from faces.packs import Pack
from faces.pictures import decode_jpeg
from faces.ports import Image
from faces.self_test import SOME_LANDMARKS

_WIDTH_PX, _HEIGHT_PX = 640, 360
_ROUNDS = 15
_WARM_UPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Medians in milliseconds: finding faces in the picture, embedding one aligned crop, and both with the alignment.

    ``faces`` is how many faces the picture holds; ``frame_to_embedding_ms`` is for the picture with all of them.
    ``rss_mb`` is the most memory the process has held so far.
    """

    faces: int
    detect_ms: float
    embed_ms: float
    frame_to_embedding_ms: float
    rss_mb: float


def measure(pack: Pack, image: Image, *, threads: int) -> Speed:
    """Run a pack's detector and embedder over a picture, a dozen times and more, on so many cores."""
    detector, embedder = pack.make_detector(threads=threads), pack.make_embedder(threads=threads)
    found = detector.detect(image)
    landmarks = found[0].landmarks if found else SOME_LANDMARKS  # an embedder takes as long over any crop
    crop = pack.align(image, landmarks)

    def whole() -> object:
        return embedder.embed([pack.align(image, face.landmarks) for face in detector.detect(image)])

    return Speed(
        faces=len(found),
        detect_ms=_median_ms(lambda: detector.detect(image)),
        embed_ms=_median_ms(lambda: embedder.embed([crop])),
        frame_to_embedding_ms=_median_ms(whole),
        rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def picture_to_measure_on(path: Path | None) -> Image:
    """Return a JPEG brought to 640x360, or an empty picture of that size; raises PictureError."""
    if path is None:
        return np.zeros((_HEIGHT_PX, _WIDTH_PX, 3), dtype=np.uint8)
    try:
        image = decode_jpeg(path.read_bytes())
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror}); name a JPEG file") from error
    return np.asarray(cv2.resize(image, (_WIDTH_PX, _HEIGHT_PX), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _median_ms(step: Callable[[], object]) -> float:
    times = []
    for round_ in range(_WARM_UPS + _ROUNDS):
        began = time.perf_counter()
        step()
        if round_ >= _WARM_UPS:
            times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)
