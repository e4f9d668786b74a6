"""Short ways to write sightings and coverage down; every moment is UTC."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from schemas.ids import coverage_id, minted_face_id, sighting_id, track_id
from schemas.messages import Coverage, CoverageState, Decision, Phase, Sighting

NewRepository = Callable[..., tuple[VisitRepository, StoreSettings]]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def face(number: int) -> UUID:
    return minted_face_id(UUID(int=number))


def seen(
    person: int | None,
    began: str,
    ended: str | None = None,
    *,
    camera: str = "door",
    store: str = "shop",
    phase: Phase = Phase.CONFIRMED,
    shots: int = 3,
) -> Sighting:
    """A sighting of a person (None: rejected) from ``began`` to ``ended``; camera and beginning make its id."""
    began_at, ended_at = utc(began), utc(ended or began)
    track = track_id(store, camera, began_at, 0)
    return Sighting(
        sighting_id=sighting_id(track),
        event_id=track,
        track_id=track,
        store_id=store,
        camera_id=camera,
        phase=phase,
        decision=Decision.REJECTED if person is None else Decision.MATCHED,
        reason="blurred" if person is None else "",
        face_id=None if person is None else face(person),
        began_at=began_at,
        ended_at=ended_at,
        best_shot_at=began_at,
        box=(0.0, 0.0, 10.0, 10.0),
        shots=shots,
        quality=0.5,
        distance=None,
        threshold=None,
        model_id="test",
        produced_at=began_at,
        decided_at=began_at,
    )


def watched(
    began: str,
    ended: str,
    *,
    state: CoverageState = CoverageState.SEEN,
    camera: str = "door",
    store: str = "shop",
    tracks: int = 0,
    usable: int = 0,
    rejected: dict[str, int] | None = None,
    reason: str = "",
) -> Coverage:
    """A stretch in which a camera watched, or did not."""
    return Coverage(
        event_id=coverage_id(store, camera, utc(began), state),
        store_id=store,
        camera_id=camera,
        state=state,
        began_at=utc(began),
        ended_at=utc(ended),
        frames=100,
        tracks=tracks,
        usable_tracks=usable,
        rejected=rejected or {},
        reason=reason,
    )


def gap(began: str, ended: str, *, camera: str = "door", store: str = "shop", reason: str = "") -> Coverage:
    return watched(began, ended, state=CoverageState.GAP, camera=camera, store=store, reason=reason)
