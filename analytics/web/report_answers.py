"""Reports as the OpenAPI document describes them: the shape of ``analytics.reports.report_json``; a test compares.

What each figure means stands in docs/reports.md.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Share = float | None


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FiguresAnswer(_Answer):
    """The figures of a stretch of time. UV must never be added."""

    pv: int = Field(ge=0, description="visits that began in it", examples=[228])
    uv: int = Field(ge=0, description="distinct visitors; never added over hours, days or stores", examples=[165])
    sightings: int = Field(ge=0)
    new: int = Field(ge=0)
    returning: int = Field(ge=0)
    seen_once: int = Field(ge=0)
    bounces: int = Field(ge=0)
    median_dwell_s: float | None
    staff_left_out: int = Field(ge=0)
    static_left_out: int = Field(ge=0)
    completeness: Share = Field(ge=0, le=1, description="null where nothing was expected to be watched")


class UvEstimateAnswer(_Answer):
    """How many people a UV stands for, with the 95 % interval; null where that cannot be told."""

    value: int | None = Field(examples=[161])
    low: int | None = Field(examples=[157])
    high: int | None = Field(examples=[165])
    counted: Literal["too_high", "too_low", "about_right"] | None = Field(
        description="on which side of the truth the counted UV probably lies"
    )
    trusted: bool
    doubt: str = Field(description="why it cannot be trusted, or told", examples=["", "not_measured"])


class DwellAnswer(_Answer):
    """How many visits lasted from ``from_s`` on and less than ``to_s``."""

    from_s: int
    to_s: int | None
    visits: int


class PeakHourAnswer(_Answer):
    """The hour of the day with the highest mean PV."""

    hour: int
    mean_pv: float | None
    watched_hours: float | None


class HeatCellAnswer(_Answer):
    """An hour of the week; ``mean_pv`` is null where all of them were left out."""

    weekday: str
    hour: int
    mean_pv: float | None
    watched_hours: float | None
    left_out_hours: float | None


class LaterWeekAnswer(_Answer):
    """How many visitors of a cohort came again in a later week."""

    week: str
    after: int
    visitors: int
    share: Share
    completeness: Share


class CohortAnswer(_Answer):
    """The visitors whose first visit fell in a week."""

    week: str
    visitors: int
    completeness: Share
    later: list[LaterWeekAnswer]


class ComparisonAnswer(FiguresAnswer):
    """The figures of an earlier range, and by how many percent those of the asked one lie above them."""

    from_: str = Field(alias="from")
    to: str
    change_percent: dict[str, float | None]
    refused: bool
    doubt: str


class CameraAnswer(_Answer):
    """What a camera saw of faces."""

    camera: str
    tracks: int
    usable_tracks: int
    capture_rate: Share


class ConversionAnswer(_Answer):
    """Transactions of the till over visits; null where none are known."""

    transactions: int | None
    conversion: float | None
    conversion_fault: str


class MomentsAnswer(FiguresAnswer):
    """A stretch of a store, by its own clock."""

    began_at: str
    ended_at: str


class LabelledAnswer(FiguresAnswer):
    """A stretch of several stores, each by its own clock."""

    label: str


class VisitAnswer(_Answer):
    """A visit."""

    visit_id: str
    face_id: str
    began_at: str
    ended_at: str
    sightings: int


class _RangeAnswer(FiguresAnswer, ConversionAnswer):
    from_: str = Field(alias="from", examples=["2026-05-04"])
    to: str = Field(examples=["2026-05-10"])
    known_since: str
    as_of: str | None
    uv_estimate: UvEstimateAnswer
    visits_per_visitor: float | None
    bounce_share: Share
    dwell: list[DwellAnswer]
    peak_hour: PeakHourAnswer | None
    heat_map: list[HeatCellAnswer]
    cohorts: list[CohortAnswer]
    # Not there where nothing was to be compared.
    compared_with: ComparisonAnswer = Field(default=None)  # type: ignore[assignment]


class ReportAnswer(_RangeAnswer):
    """What is known of a store over a range of business days."""

    store: str = Field(examples=["harbour"])
    zone: str = Field(examples=["Europe/Berlin"])
    day_start: str = Field(examples=["00:00"])
    cameras: list[CameraAnswer]
    by: list[MomentsAnswer]
    visits: list[VisitAnswer]


class StoreAnswer(FiguresAnswer, ConversionAnswer):
    """What a report of several stores says of one of them."""

    store: str
    zone: str
    day_start: str
    known_since: str
    uv_estimate: UvEstimateAnswer
    cameras: list[CameraAnswer]


class ChainReportAnswer(_RangeAnswer):
    """What is known of several stores together."""

    cross_store: int
    stores: list[StoreAnswer]
    by: list[LabelledAnswer]
