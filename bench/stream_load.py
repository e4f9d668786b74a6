"""What bench.stream puts on the log: crop events of 15 kB, and the stored vectors that stand in for embedding them."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import numpy as np

from faces.pictures import encode_jpeg
from faces.ports import Embeddings, Image, Landmarks
from footfall.publisher import Publisher
from schemas import ids
from schemas.event_log import EventLog
from schemas.messages import FaceCrop, Message, Phase, Shot

JPEG_BYTES = 15_000
STORES = 48
VISITORS_PER_STORE = 100
# Where the five points of a face lie in a crop of 200 pixels with the margin that crops have.
_LANDMARKS = ((75.0, 85.0), (125.0, 85.0), (100.0, 112.0), (80.0, 138.0), (120.0, 138.0))
_SIDE_PX = 200
_LARGEST_QUALITY = 100
# The visitor is written into the first landmark, in parts of a pixel: float32 keeps these, and no alignment sees them.
_PARTS_OF_A_PIXEL = 1 / 16_384
_FLUSHED_AT_ONCE = 500


class StoredVectors:
    """An alignment that reads from the landmarks who it is, and an Embedder that looks the vector up."""

    def __init__(self, model_id: str, dim: int) -> None:
        self.model_id = model_id
        self.dim = dim
        vectors = np.random.default_rng(1).standard_normal((STORES * VISITORS_PER_STORE, dim)).astype(np.float32)
        self._vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def align_all(self, _images: Sequence[Image], landmarks: Sequence[Landmarks]) -> list[Any]:
        """Return the visitors' numbers in place of the aligned crops."""
        return [round((float(points[0, 0]) - _LANDMARKS[0][0]) / _PARTS_OF_A_PIXEL) for points in landmarks]

    def embed(self, aligned: Sequence[Any]) -> Embeddings:
        """Return the vectors of the visitors with these numbers."""
        return self._vectors[list(aligned)]


def crops(detector_id: str, *, seed: int = 1) -> Iterator[FaceCrop]:
    """Yield crop events without end, of one shot each: of every track first the provisional one, then the confirmed.

    Anybody of a chain's visitors walks into any of its stores at any time, and looks like nobody else.
    """
    rng = random.Random(seed)
    began_at = datetime.now(UTC) - timedelta(hours=1)
    run = uuid4().hex
    while True:
        store = rng.randrange(STORES)
        visitor = store * VISITORS_PER_STORE + rng.randrange(VISITORS_PER_STORE)
        began_at += timedelta(milliseconds=20)
        track = ids.track_id(f"{run}-{store}", "door", began_at, visitor)
        for phase in (Phase.PROVISIONAL, Phase.CONFIRMED):
            shot = Shot(
                captured_at=began_at,
                jpeg=_jpegs()[visitor % len(_jpegs())],
                box=(410.0, 96.0, 61.0, 80.0),
                landmarks=_landmarks(visitor),
                quality=0.7,
            )
            yield FaceCrop(
                event_id=ids.crop_event_id(track, phase),
                track_id=track,
                store_id=f"store-{store:02}",
                camera_id="door",
                phase=phase,
                began_at=began_at,
                ended_at=began_at + timedelta(seconds=3 if phase is Phase.CONFIRMED else 0),
                detector_id=detector_id,
                detections=12,
                shots=(shot,),
                produced_at=datetime.now(UTC),
            )


def put(log: EventLog, messages: Iterable[Message]) -> int:
    """Put messages on the log; return how many when all are there for certain."""
    publisher, number = Publisher(log), 0
    for number, message in enumerate(messages, start=1):
        publisher.publish(message)
        if number % _FLUSHED_AT_ONCE == 0:
            publisher.flush()
    publisher.flush()
    return number


def _landmarks(visitor: int) -> tuple[float, ...]:
    (x, y), *others = _LANDMARKS
    return tuple(np.array([(x + visitor * _PARTS_OF_A_PIXEL, y), *others], dtype=np.float32).ravel().tolist())


@cache
def _jpegs() -> tuple[bytes, ...]:
    """Return pictures of nothing, as large as a crop and as hard to decode."""
    rng = np.random.default_rng(2)
    rough = rng.integers(0, 256, (8, _SIDE_PX // 6 + 1, _SIDE_PX // 6 + 1, 3), dtype=np.uint8)
    pictures = [np.kron(one, np.ones((6, 6, 1), dtype=np.uint8))[:_SIDE_PX, :_SIDE_PX] for one in rough]
    return tuple(_of_size(picture) for picture in pictures)


def _of_size(picture: Image) -> bytes:
    """Return the JPEG of the first quality at which it has the size wanted."""
    encoded = (encode_jpeg(picture, quality) for quality in range(30, _LARGEST_QUALITY + 1))
    return next(jpeg for jpeg in encoded if len(jpeg) >= JPEG_BYTES)
