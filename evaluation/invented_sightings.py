"""Sightings of nobody, for benches that record them."""

from datetime import datetime, timedelta
from uuid import UUID

from schemas import ids
from schemas.messages import Decision, Phase, Sighting


def invented_sighting(
    number: int, store_id: str, face_id: UUID, began_at: datetime, *, phase: Phase = Phase.CONFIRMED, lasts_s: float = 0
) -> Sighting:
    """Return the sighting of a FaceId at a store's door; ``number`` tells it from others of the same moment."""
    track = ids.track_id(store_id, "door", began_at, number)
    ended_at = began_at + timedelta(seconds=lasts_s)
    return Sighting(
        sighting_id=ids.sighting_id(track),
        event_id=ids.crop_event_id(track, phase),
        track_id=track,
        store_id=store_id,
        camera_id="door",
        phase=phase,
        decision=Decision.MATCHED,
        reason="",
        face_id=face_id,
        began_at=began_at,
        ended_at=ended_at,
        best_shot_at=began_at,
        box=(412.5, 96.25, 61.0, 80.0),
        shots=1 if phase is Phase.PROVISIONAL else 5,
        quality=0.7,
        distance=0.3,
        threshold=0.4,
        model_id="invented",
        produced_at=ended_at,
        decided_at=ended_at,
    )
