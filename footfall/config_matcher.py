"""The settings of the matcher."""

from typing import Annotated

from pydantic import BeforeValidator, Field, InstanceOf

from footfall.config_group import Group, OptionalFolder
from footfall.secret_url import SecretUrl


class EngineUrl(SecretUrl):
    """Where a vector engine is: http(s)://[user:password@]host:port, or a file of its edition without a server."""

    __slots__ = ()


def _engine_url(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.startswith(("http://", "https://")) and not (value.endswith(".db") and "://" not in value):
        raise ValueError("should be http://USER:PASSWORD@HOST:19530, or the path of a file that ends in .db")
    return EngineUrl(value)


class Matcher(Group):
    """From best shots to FaceIds."""

    false_merge_budget: float = Field(
        default=0.005,
        gt=0,
        lt=1,
        description="Share of visitors who may be taken for somebody else; thresholds follow from it.",
    )
    min_consistent_shots: int = Field(
        default=3,
        ge=1,
        le=8,
        description="How many agreeing shots of a track it takes to give an unknown visitor a FaceId.",
    )
    travel_s: float = Field(
        default=180.0,
        ge=0,
        le=86_400,
        description="Seconds it takes at least from one store to another: nobody is seen in both within them.",
    )
    state_dir: OptionalFolder = Field(
        default=None, description="Folder of the snapshot from which a matcher starts; else in the data directory."
    )
    standby_s: float = Field(
        default=5.0,
        ge=1,
        le=300,
        description="A standby takes over where crops have waited for so many seconds with nobody at work on them.",
    )
    vector_engine: Annotated[InstanceOf[EngineUrl], BeforeValidator(_engine_url)] | None = Field(
        default=None,
        description="Address of a Milvus server that searches the templates of all stores, instead of every matcher.",
    )
    reconcile_nightly: bool = Field(
        default=True,
        description="Reconcile every night by itself, when the business day of every store has ended.",
    )
    snapshot_s: float = Field(
        default=180.0, ge=1, le=3600, description="How many seconds lie between two snapshots of what a matcher knows."
    )
