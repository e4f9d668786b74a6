"""Visitors who are told apart by their colour: crops, and the parts of a matcher that go with them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import cv2
import numpy as np

from faces.calibration import Calibration
from matcher.identifier import Identifier
from matcher.policy import Policy
from matcher.recognition import Recogniser
from schemas import ids
from schemas.messages import FaceCrop, Phase, Shot

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
RED, BLUE, GREEN, DARK_RED, DARK_BLUE = (0, 0, 200), (200, 0, 0), (0, 200, 0), (0, 0, 180), (180, 0, 0)
Colour = tuple[int, int, int]

ALWAYS_0_3 = Calibration(
    measured_on="nobody",
    groups={"all": ((1e-9, 0.3), (1.0, 0.3 + 1e-9))},
    neighbour_gap=((1e-9, 1.0 + 1e-9), (1.0, 1.0)),
)


class ColourEmbedder:
    """Sees the mean colour of a crop, in units of 100 grey levels."""

    model_id = "colour-v1"
    dim = 3

    def embed(self, aligned: Sequence[np.ndarray]) -> np.ndarray:
        return np.array([image.mean(axis=(0, 1)) / 100 for image in aligned], dtype=np.float32).reshape(-1, 3)


def new_identifier(state_of, elsewhere_of=lambda crop: None) -> Identifier:
    """An identifier that takes colours nearer than 0.3 for one visitor."""
    return Identifier(
        embedder=ColourEmbedder(),
        align_all=lambda images, landmarks: images,
        recogniser=Recogniser(calibration=ALWAYS_0_3, policy=Policy()),
        detector_id="any",
        state_of=state_of,
        elsewhere_of=elsewhere_of,
        now=lambda: START,
    )


def shot(colour: Colour, at: datetime) -> Shot:
    _, jpeg = cv2.imencode(".jpg", np.full((32, 32, 3), colour, dtype=np.uint8))
    return Shot(captured_at=at, jpeg=jpeg.tobytes(), box=(0, 0, 9, 9), landmarks=(0.0,) * 10, quality=0.8)


def track_of(number: int, store: str = "s") -> UUID:
    """The id of the track with this number."""
    return ids.track_id(store, "door", START + timedelta(minutes=number), number)


def face_crop(
    number: int,
    colours: Sequence[Colour],
    *,
    phase: Phase = Phase.CONFIRMED,
    detector: str = "any",
    store: str = "s",
    lasts: timedelta = timedelta(seconds=4),
    beside: Sequence[int] = (),
) -> FaceCrop:
    """The crop of the track with this number, a minute after that of the number before; a shot for each colour.

    It is turned where it was seen ``beside`` the tracks of other numbers.
    """
    began = START + timedelta(minutes=number)
    track = track_of(number, store)
    return FaceCrop(
        event_id=ids.crop_event_id(track, phase),
        track_id=track,
        store_id=store,
        camera_id="door",
        phase=phase,
        began_at=began,
        ended_at=began + lasts,
        detector_id=detector,
        detections=len(colours),
        shots=tuple(shot(colour, began) for colour in colours),
        produced_at=START,
        beside=tuple(track_of(other, store) for other in beside),
    )
