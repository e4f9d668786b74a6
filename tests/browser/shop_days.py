"""Plausible days of shops, drawn from a seed: sightings by two cameras, one of which fails over lunch today."""

import random
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from analytics.settings import StoreSettings
from schemas.ids import coverage_id, minted_face_id, sighting_id, track_id
from schemas.messages import Coverage, CoverageState, Decision, Phase, Sighting

SETTINGS = StoreSettings(store_id="harbour", zone="Europe/Berlin")
TODAY = date(2026, 5, 9)
NOW = datetime(2026, 5, 9, 16, 20, tzinfo=SETTINGS.tz).astimezone(UTC)

_DAYS = 6
_REGULARS = 60
_CHECK_MINUTES = 5
# Visits begun in each hour from 9 to 19: a morning rise, a lunch peak, a longer one after work.
_CURVE = (6, 11, 16, 24, 21, 15, 14, 19, 27, 30, 12)


def sightings(days: int = _DAYS, *, store: str = "harbour", share: float = 1.0) -> list[Sighting]:
    """Confirmed sightings, with a last one still coming in; ``share`` is how much of a full shop comes."""
    chance = random.Random(f"7 {store}")
    found: list[Sighting] = []
    for back in reversed(range(days)):
        day = TODAY - timedelta(days=back)
        for hour, count in enumerate(_CURVE, start=9):
            for _ in range(round(count * share * chance.uniform(0.8, 1.2))):
                at = _local(day, hour) + timedelta(seconds=chance.uniform(0, 3600))
                regular = chance.random() < 0.3
                person = chance.randrange(_REGULARS) if regular else 1_000 + len(found)
                for _ in range(chance.choice((1, 1, 2, 3))):
                    if at > NOW or _during_gap(at):
                        break
                    camera = chance.choice(("door", "till"))
                    found.append(sighting(len(found), person, at, camera=camera, store=store))
                    at += timedelta(seconds=chance.expovariate(1 / 300) + 15)
    found.sort(key=lambda item: item.ended_at)
    return [*found, sighting(len(found), 999, NOW - timedelta(seconds=20), phase=Phase.PROVISIONAL, store=store)]


def sighting(
    number: int,
    person: int,
    at: datetime,
    *,
    camera: str = "door",
    phase: Phase = Phase.CONFIRMED,
    store: str = "harbour",
) -> Sighting:
    """One sighting of a person, 8 seconds long."""
    track = track_id(store, camera, at, number)
    return Sighting(
        sighting_id=sighting_id(track),
        event_id=UUID(int=number),
        track_id=track,
        store_id=store,
        camera_id=camera,
        phase=phase,
        decision=Decision.MATCHED if person < _REGULARS else Decision.MINTED,
        reason="",
        face_id=minted_face_id(UUID(int=person)),
        began_at=at,
        ended_at=at + timedelta(seconds=8),
        best_shot_at=at,
        box=(600.0, 200.0, 90.0, 110.0),
        shots=4,
        quality=0.7,
        distance=0.31,
        threshold=0.42,
        model_id="test",
        produced_at=at,
        decided_at=at,
    )


def coverage(days: int = _DAYS, *, store: str = "harbour", blind: int = 0) -> list[Coverage]:
    """What the cameras watched, in stretches of five minutes from 9 to 20 o'clock; not on the last ``blind`` days."""
    found = []
    for back in range(days):
        day = TODAY - timedelta(days=back)
        at = _local(day, 9)
        while at < min(_local(day, 20), NOW):
            until = min(at + timedelta(minutes=_CHECK_MINUTES), NOW)
            found += [_stretch(store, camera, at, until, blind=back < blind) for camera in ("door", "till")]
            at = until
    return found


def _stretch(store: str, camera: str, began_at: datetime, ended_at: datetime, *, blind: bool) -> Coverage:
    gap = blind or (camera == "door" and _during_gap(began_at))
    state = CoverageState.GAP if gap else CoverageState.SEEN
    tracks = 0 if gap else 4
    return Coverage(
        event_id=coverage_id(store, camera, began_at, state),
        store_id=store,
        camera_id=camera,
        state=state,
        began_at=began_at,
        ended_at=ended_at,
        frames=0 if gap else 1500,
        tracks=tracks,
        usable_tracks=tracks and (3 if camera == "door" else 1),
        rejected={} if gap else {"too_small": 5, "blurred": 2},
        reason="no picture for 10 s, connecting again" if gap else "",
    )


def _during_gap(moment: datetime) -> bool:
    return _local(TODAY, 13) + timedelta(minutes=5) <= moment < _local(TODAY, 13) + timedelta(minutes=45)


def _local(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SETTINGS.tz).astimezone(UTC)
