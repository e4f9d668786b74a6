"""Whether cameras are up, and what is to be told of that once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select, text

from analytics.cameras import CameraState
from analytics.outbound.events import camera_message
from analytics.outbound.outbox import enqueue
from analytics.records import camera_tables
from analytics.records.bulk import is_postgres, upsert
from analytics.records.database import writing
from schemas.messages import FILM_ENDED, CoverageState

DOWN_AFTER = timedelta(seconds=60)
SILENT_AFTER = timedelta(minutes=5)
"""A camera tells every minute that it watches; what tells it may have to wait for the log."""

LOOKED_BACK = timedelta(minutes=15)

# Any number will do that nobody else locks: it stands for telling of cameras.
_LOCK = 6_702_114_003

Camera = tuple[str, str]
"""A store and a camera of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether a camera is up, since when, and why it is not."""

    up: bool
    since: datetime
    reason: str = ""


def standing_of(state: CameraState, now: datetime) -> Standing | None:
    """Return how a camera stands by what it said last; None while that is not clear, or where its film has ended.

    It is down where it has seen nothing for a minute, or nothing was heard of it for five.
    """
    if state.reason == FILM_ENDED:
        return None
    if now - state.until >= SILENT_AFTER:
        return Standing(up=False, since=state.until, reason="nothing was heard of it")
    if state.state is CoverageState.SEEN:
        return Standing(up=True, since=state.since)
    return Standing(up=False, since=state.since, reason=state.reason) if now - state.since >= DOWN_AFTER else None


class ToldCameras:
    """Keeps what was told of cameras. Raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def tell(self, states: Mapping[str, Iterable[CameraState]], now: datetime) -> None:
        """Tell of every camera that has gone or come back since it was told of last, in the transaction that says so.

        ``states`` are those of the last quarter of an hour by store. A camera that is heard of for the first time is
        taken as it is; one of which nothing was heard is down.
        """
        with writing(self._engine) as connection:
            if is_postgres(connection):  # SQLite has one writer anyway
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            kept = camera_tables.cameras_told.c
            query = select(camera_tables.cameras_told).where(kept.store_id.in_(list(states)))
            told = {
                (row.store_id, row.camera_id): Standing(up=row.up, since=row.since) for row in connection.execute(query)
            }
            for camera in ended_films(states) & told.keys():
                film = (kept.store_id == camera[0]) & (kept.camera_id == camera[1])
                connection.execute(delete(camera_tables.cameras_told).where(film))
                del told[camera]
            news = news_of(states, told, now)
            upsert(
                connection,
                camera_tables.cameras_told,
                [(*camera, one.up, one.since) for camera, one in sorted(news.items())],
            )
            messages = [
                camera_message(*camera, up=one.up, since=one.since, reason=one.reason, now=now)
                for camera, one in sorted(news.items())
                if camera in told
            ]
            enqueue(connection, messages)


def ended_films(states: Mapping[str, Iterable[CameraState]]) -> set[Camera]:
    """Return the cameras that were films and have come to their end: of those there is nothing to expect. Pure."""
    return {
        (store_id, state.camera_id)
        for store_id, of_store in states.items()
        for state in of_store
        if state.reason == FILM_ENDED
    }


def news_of(
    states: Mapping[str, Iterable[CameraState]], told: Mapping[Camera, Standing], now: datetime
) -> dict[Camera, Standing]:
    """Return the cameras that stand otherwise than was told, and those of which nothing was told. Pure."""
    heard = {(store_id, state.camera_id): state for store_id, of_store in states.items() for state in of_store}
    found = {}
    for camera, state in heard.items():
        standing = standing_of(state, now)
        if standing is not None and (camera not in told or told[camera].up != standing.up):
            found[camera] = standing
    for camera, standing in told.items():
        if standing.up and camera not in heard:
            found[camera] = Standing(up=False, since=now - LOOKED_BACK, reason="nothing was heard of it")
    return found
