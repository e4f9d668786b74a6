"""The settings of the program, frozen. Each has a description; docs/configuration.md lists them all."""

import os
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    InstanceOf,
    SecretStr,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from analytics.arrivals import ArrivalRules
from analytics.settings import WEEKDAYS, StoreSettings, Weekday
from faces.engines import Library, Precision
from faces.ports import Device
from footfall.camera_url import CameraUrl
from footfall.config_group import Folder, Group, Name, OptionalFolder, clock_time
from footfall.config_matcher import Matcher
from footfall.config_outbound import Mail, Reports, Webhooks
from footfall.database_url import DatabaseUrl
from footfall.logs import Format, Level
from footfall.tags_url import TagsUrl
from schemas.errors import ConfigError

ENVIRONMENT_PREFIX = "FOOTFALL_"
_EARLIEST_YEAR, _LATEST_YEAR = 1970, 2200
_KEY_CHARACTERS = 16


def _data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "footfall"


def _camera_url(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value or (" " in value and "://" in value):
        raise ValueError("should be an address or a path; a space in a password is written %20")
    return CameraUrl(value)


def _database_url(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.startswith(("sqlite:///", "postgresql://")) or " " in value:
        raise ValueError(
            "should be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE; a space in a password is written %20"
        )
    return DatabaseUrl(value)


def _tags_url(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.startswith(("http://", "https://")) or "{member}" not in value or " " in value:
        raise ValueError("should be an http:// or https:// address with {member} in place of the member's id")
    return TagsUrl(value)


def _long_key(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < _KEY_CHARACTERS:
        raise ValueError(f"should be a random text of at least {_KEY_CHARACTERS} characters")
    return key


def _within_reason(moment: datetime) -> datetime:
    if not _EARLIEST_YEAR < moment.year < _LATEST_YEAR:
        raise ValueError(f"should lie between the years {_EARLIEST_YEAR} and {_LATEST_YEAR}")
    return moment


class Store(Group):
    """The shop whose visitors are counted."""

    id: Name = Field(default="shop", description="Name of the store in records, reports and pages.")
    zone: str = Field(default="UTC", description="IANA time zone in which the store's hours and days are reckoned.")
    day_start: Annotated[time, BeforeValidator(clock_time)] = Field(
        default=time(0), description="Local time at which the business day begins."
    )
    session_gap_minutes: int = Field(
        default=30, ge=1, le=180, description="Sightings of a visitor further apart than this belong to two visits."
    )
    opening_hours: dict[Weekday, tuple[time, time]] | None = Field(
        default=None,
        description="Local opening and closing time of each weekday. A day left out is closed; a closing time not "
        "after the opening time lies on the next day. Without any, the hours count as not known.",
    )

    def store_settings(self) -> StoreSettings:
        """Return what the reports need to know of the store. Raises ConfigError for what cannot be meant."""
        hours = self.opening_hours
        return StoreSettings(
            store_id=self.id,
            zone=self.zone,
            day_start=self.day_start,
            session_gap=timedelta(minutes=self.session_gap_minutes),
            opening_hours=None if hours is None else {WEEKDAYS.index(day): span for day, span in hours.items()},
        )

    @model_validator(mode="after")
    def _can_be_meant(self) -> Self:
        try:
            self.store_settings()
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self


class Ingest(Group):
    """From camera to best shots."""

    detections_per_s: float = Field(
        default=5.0, ge=2, le=60, description="How often a second faces are looked for in a picture."
    )
    min_face_px: int | None = Field(
        default=None,
        ge=20,
        le=2000,
        description="Width of the smallest face looked for; without it, what the pack can recognise.",
    )
    shots: int = Field(default=5, ge=1, le=8, description="How many best shots of a track are kept.")
    liveness: bool = Field(
        default=False,
        description="Score how likely each crop shows a person and no picture of one; two networks must be in place.",
    )
    stall_s: float = Field(
        default=5.0, ge=1, le=30, description="A camera silent for so many seconds is connected again."
    )
    spool_dir: OptionalFolder = Field(
        default=None, description="Folder in which crops wait while the event log is away; else in the data directory."
    )
    spool_mb: int = Field(
        default=1000,
        ge=10,
        description="How many megabytes crops may take up there; above that they are dropped and counted.",
    )


class Arrivals(Group):
    """What is told of members who come in."""

    time_to_live_s: float = Field(
        default=60.0, ge=1, le=600, description="For how many seconds an arrival is shown, from when it was first seen."
    )
    cooldown_s: float = Field(
        default=600.0,
        ge=0,
        le=86_400,
        description="A member who comes again within so many seconds is not told of again.",
    )

    least_liveness: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="A sighting that scores less for liveness tells of no arrival; above 0, neither does one without "
        "a score (ingest.liveness).",
    )
    tags_url: Annotated[InstanceOf[TagsUrl], BeforeValidator(_tags_url)] | None = Field(
        default=None,
        description="Where the shop's own system tells the tags of a member, such as "
        "http://127.0.0.1:9000/members/{member}; without it, nobody is asked.",
    )

    def rules(self) -> ArrivalRules:
        """Return what the analytics need to know of it."""
        return ArrivalRules(
            time_to_live=timedelta(seconds=self.time_to_live_s),
            cooldown=timedelta(seconds=self.cooldown_s),
            least_liveness=self.least_liveness,
        )


class Inference(Group):
    """What runs the networks."""

    engine: Library = Field(
        default="openvino",
        description="Library that runs the networks: openvino, or onnxruntime, which is an extra to install.",
    )
    device: Device = Field(
        default="cpu", description="Where it runs them: cpu, or with onnxruntime cuda or tensorrt on a GPU of NVIDIA's."
    )
    precision: Precision = Field(
        default="auto",
        description="The fastest number format of the CPU that leaves results as they are, or f32 for plain floats.",
    )


class Events(Group):
    """The event log."""

    url: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="Where events go, such as kafka://host:9092; without it, a file in the data directory.",
    )


class Web(Group):
    """The page."""

    host: str = Field(
        default="127.0.0.1", min_length=1, description="Address the page listens on; the default is this machine alone."
    )
    port: int = Field(default=8000, ge=1, le=65535, description="Port the page listens on.")
    without_login: bool = Field(
        default=False,
        description="Let the page listen beyond this machine although it asks nobody for a password.",
    )
    proxy: str | None = Field(
        default=None,
        min_length=1,
        description="Address of a proxy that stands before the page and speaks TLS: what it says of who asks, and "
        "whether by https, is believed, and everybody has to log in.",
    )
    camera_pictures: bool = Field(
        default=True,
        description="Show operators and admins what each camera last saw, too coarse for faces.",
    )


class Api(Group):
    """The recognition service."""

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address at which `footfall matcher` serves recognition; the default is this machine alone.",
    )
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port at which `footfall matcher` serves recognition; without it, nowhere. `footfall run` serves "
        "it below /api/ of its page.",
    )
    key: Annotated[SecretStr, AfterValidator(_long_key)] | None = Field(
        default=None,
        description="What every request must carry in the header X-API-Key, unless it carries a key of the role "
        "recognition; needed beyond this machine.",
    )


class Health(Group):
    """Where a role tells how it is, and its metrics."""

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address at which health and metrics are told; the default is this machine alone.",
    )
    port: int | None = Field(
        default=None, ge=1, le=65535, description="Port at which health and metrics are told; without it, nowhere."
    )


class Log(Group):
    """What the program tells its operator, on standard error."""

    level: Level = Field(default="info", description="The least important lines that are written.")
    format: Format = Field(default="text", description="Lines for people, or one JSON object a line.")


class Camera(Group):
    """A camera, or a video file in its place."""

    name: Name = Field(description="Name of the camera in records, reports and pages.")
    url: Annotated[InstanceOf[CameraUrl], BeforeValidator(_camera_url)] = Field(
        description="rtsp:// or rtsps:// address with user and password, or the path of a video file."
    )
    start: Annotated[AwareDatetime, AfterValidator(_within_reason)] | None = Field(
        default=None,
        description="When a file's first picture was taken, with its offset from UTC; else when it was last written.",
    )


class Settings(BaseSettings):
    """Everything that can be set. Made by ``footfall.config_loading.load_settings``."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Folder = Field(
        default_factory=_data_home,
        description="Folder of the event log, and of the database unless one is named; by default "
        "$XDG_DATA_HOME/footfall.",
    )
    database: Annotated[InstanceOf[DatabaseUrl], BeforeValidator(_database_url)] | None = Field(
        default=None,
        description="Where the visits are kept: sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE; without "
        "it, visits.sqlite in the data directory.",
    )
    pack: str | None = Field(
        default=None,
        min_length=1,
        description="Model pack that finds and recognises faces; without it, retail where its files are in place, "
        "else dlib.",
    )
    store: Store = Store()
    ingest: Ingest = Ingest()
    matcher: Matcher = Matcher()
    arrivals: Arrivals = Arrivals()
    webhooks: Webhooks = Webhooks()
    mail: Mail = Mail()
    reports: Reports = Reports()
    inference: Inference = Inference()
    events: Events = Events()
    web: Web = Web()
    api: Api = Api()
    health: Health = Health()
    log: Log = Log()
    camera: tuple[Camera, ...] = Field(default=(), description="The cameras of the store.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the command line above the environment, and the environment above the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="after")
    def _enough_shots_are_kept(self) -> Self:
        needed, kept = self.matcher.min_consistent_shots, self.ingest.shots
        if needed > kept:
            raise ValueError(
                f"matcher.min_consistent_shots is {needed} but ingest.shots only {kept}: nobody would ever be given a "
                "FaceId; keep at least as many shots"
            )
        return self

    @model_validator(mode="after")
    def _what_is_mailed_can_be(self) -> Self:
        for one in self.reports.schedule:
            if one.to is not None and self.mail.host is None:
                raise ValueError(f"the report {one.name!r} goes to a mailbox, and mail.host is not set")
        names = [one.name for one in self.reports.schedule]
        if len(set(names)) < len(names):
            raise ValueError("two reports have one name: give each a name of its own")
        return self

    @model_validator(mode="after")
    def _camera_names_differ(self) -> Self:
        names = [camera.name for camera in self.camera]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two cameras are named {twice[0]!r}: give each a name of its own")
        return self
