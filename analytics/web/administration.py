"""Routes by which programs set up stores and cameras, as people do on the pages."""

from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from starlette.exceptions import HTTPException

from analytics.access.guard import asker_of
from analytics.camera_work import CameraNow
from analytics.records.kept_cameras import KeptCamera
from analytics.settings import LONGEST_NAME, WEEKDAYS, StoreSettings, Weekday
from analytics.store_changes import count_store_by, new_store, set_up_store
from analytics.web.answers import REFUSALS
from analytics.web.camera_desk import required_cameras
from analytics.web.context import WebContext
from schemas.errors import ConfigError, InputError

_BODY_BYTES = 16_384

StoreId = Annotated[str, Path(max_length=LONGEST_NAME, description="the name of the store")]
CameraId = Annotated[str, Path(max_length=LONGEST_NAME, description="the name of the camera in its store")]

# By the store's own clock: what JSON schemas call a time has an offset from UTC.
ClockTime = Annotated[
    time,
    PlainSerializer(lambda moment: moment.isoformat("minutes")),
    WithJsonSchema({"type": "string", "examples": ["09:00"]}),
]


class OpenHours(BaseModel):
    """When a store opens and closes on a day; closing not after opening, it closes on the next day."""

    model_config = ConfigDict(extra="forbid")

    opens: ClockTime
    closes: ClockTime


class StoreSettingsBody(BaseModel):
    """How a store is counted. Times are by its own clock; a day that is left out of the opening hours is closed."""

    model_config = ConfigDict(extra="forbid")

    zone: str = Field(max_length=100, examples=["Europe/Paris"])
    day_start: ClockTime = time(0)
    session_gap_minutes: float = Field(default=30, gt=0, le=180)
    opening_hours: dict[Weekday, OpenHours] | None = Field(default=None, description="null where they are not known")


class StoreSettingsAnswer(StoreSettingsBody):
    """How a store is counted; ``set_by_configuration`` are the settings that cannot be changed here."""

    store: str
    set_by_configuration: list[str]


class CameraBody(BaseModel):
    """Where a camera is. It is asked for a picture first, and kept if there is one."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(min_length=1, max_length=2000, examples=["rtsp://user:password@10.0.0.7/stream"])


class CameraAnswer(BaseModel):
    """A camera that was added, its address without user and password, and how it fares."""

    camera: str
    address: str
    added_at: datetime
    read_through_at: datetime | None
    watching: bool | None = Field(description="null where this program does not know")
    problem: str


class CamerasAnswer(BaseModel):
    """The cameras that were added to a store, by name; those of a configuration stand in that."""

    cameras: list[CameraAnswer]


def router(context: WebContext) -> APIRouter:
    """Return the routes over what the application shares."""
    routes = APIRouter(
        prefix="/api/stores/{store_id}", tags=["administration"], responses=REFUSALS, max_body_size=_BODY_BYTES
    )

    @routes.get("/settings", response_model=StoreSettingsAnswer)
    def settings(store_id: StoreId) -> dict[str, Any]:
        """Give how a store is counted."""
        return _settings_json(context, context.settings(store_id))

    @routes.put("/settings", response_model=StoreSettingsAnswer)
    def change_settings(request: Request, store_id: StoreId, body: StoreSettingsBody) -> dict[str, Any]:
        """Count a store so from now on; one that is not there yet is set up."""
        known = context.known_stores()
        by, at = asker_of(request).name, context.now()
        try:
            after = _settings_of(store_id, body)
            if store_id not in known:
                new_store(store_id, body.zone, known)
                set_up_store(context.repository, after, by=by, at=at)
                return _settings_json(context, after)
        except ConfigError as error:
            raise InputError(str(error)) from error
        before = context.settings(store_id)
        ruled = [name for name in sorted(context.ruled) if getattr(before, name) != getattr(after, name)]
        if ruled:
            raise InputError(f"{', '.join(ruled)} of store {store_id}: set by the configuration, change it there")
        count_store_by(context.repository, before, after, by=by, at=at)
        return _settings_json(context, after)

    @routes.get("/cameras", response_model=CamerasAnswer)
    def cameras(store_id: StoreId) -> dict[str, Any]:
        """List the cameras that were added to a store."""
        context.settings(store_id)
        return {"cameras": _cameras_json(context, store_id)}

    @routes.put("/cameras/{camera_id}", response_model=CameraAnswer)
    def keep_camera(request: Request, store_id: StoreId, camera_id: CameraId, body: CameraBody) -> dict[str, Any]:
        """Watch a camera from now on, in place of one of that name. Takes as long as its first picture."""
        work = required_cameras(context.cameras)
        context.settings(store_id)
        if "://" not in body.address:
            raise InputError("the address has no scheme: give one such as rtsp://10.0.0.7/stream; films are for people")
        tried = work.try_out(store_id, camera_id, body.address, None)
        work.keep(tried.ticket, asker_of(request).name)
        return next(one for one in _cameras_json(context, store_id) if one["camera"] == tried.camera_id)

    @routes.delete("/cameras/{camera_id}", status_code=204)
    def remove_camera(request: Request, store_id: StoreId, camera_id: CameraId) -> None:
        """Watch a camera no more; what it saw stays."""
        context.settings(store_id)
        try:
            context.repository.cameras.remove(store_id, camera_id, by=asker_of(request).name, at=context.now())
        except InputError as error:
            raise HTTPException(404, str(error)) from error

    return routes


def _settings_of(store_id: str, body: StoreSettingsBody) -> StoreSettings:
    hours = body.opening_hours
    return StoreSettings(
        store_id=store_id,
        zone=body.zone.strip(),
        day_start=body.day_start,
        session_gap=timedelta(minutes=body.session_gap_minutes),
        opening_hours=None
        if hours is None
        else {WEEKDAYS.index(day): (span.opens, span.closes) for day, span in hours.items()},
    )


def _settings_json(context: WebContext, kept: StoreSettings) -> dict[str, Any]:
    hours = kept.opening_hours
    return {
        "store": kept.store_id,
        "zone": kept.zone,
        "day_start": kept.day_start,
        "session_gap_minutes": kept.session_gap.total_seconds() / 60,
        "opening_hours": None
        if hours is None
        else {WEEKDAYS[day]: {"opens": opens, "closes": closes} for day, (opens, closes) in sorted(hours.items())},
        "set_by_configuration": sorted(context.ruled),
    }


def _cameras_json(context: WebContext, store_id: str) -> list[dict[str, Any]]:
    fare = {} if context.cameras is None else context.cameras.now()
    return [
        _camera_json(one, fare.get((store_id, one.camera_id)))
        for one in context.repository.cameras.all()
        if one.store_id == store_id
    ]


def _camera_json(camera: KeptCamera, now: CameraNow | None) -> dict[str, Any]:
    return {
        "camera": camera.camera_id,
        "address": camera.shown_as,
        "added_at": camera.kept_at,
        "read_through_at": camera.through_at,
        "watching": None if now is None or now.is_elsewhere else now.is_watching,
        "problem": "" if now is None else now.problem,
    }
