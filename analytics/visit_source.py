"""The seam to what a report is made from."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from analytics.business_time import Interval
from analytics.camera_watch import CameraWatch
from analytics.error_rates import ErrorRates
from analytics.visit_columns import Faces, Integers, VisitColumns


class VisitSource(Protocol):
    """Visits, and what cameras watched: as they are known now (``VisitRepository``), or were once (``VisitsAsOf``)."""

    def stores(self) -> list[str]:
        """Return the ids of the stores from which anything was recorded, sorted."""

    def span(self, store_id: str) -> tuple[datetime, datetime] | None:
        """Return the first and the last moment to which a visit or a camera's watch belongs; None before any."""

    def columns(self, store_id: str, began_at: datetime, ended_at: datetime) -> VisitColumns:
        """Return the visits that began in [``began_at``, ``ended_at``), those of staff among them."""

    def unique_visitors(self, windows: Mapping[str, Interval]) -> int:
        """Return the UV of some stores, each over a window of its own, without reading the visits one by one.

        Staff, and what never moves, are left out.
        """

    def first_visits(self, store_ids: Collection[str], faces: Faces) -> Integers:
        """Return when the first visit of each FaceId to any of some stores began; ``NEVER_US`` without one.

        ``faces`` are sorted, and none comes twice.
        """

    def watched(self, store_id: str, began_at: datetime, ended_at: datetime) -> Sequence[CameraWatch]:
        """Return what each camera told in stretches that overlap [``began_at``, ``ended_at``), by name."""

    def staff(self) -> frozenset[UUID]:
        """Return the ids under which visits of staff are kept."""

    def error_rates(self, store_id: str) -> ErrorRates | None:
        """Return how often the matcher errs in a store; None where that is not known."""

    def transactions(self, store_id: str, began_at: datetime, ended_at: datetime) -> int:
        """Return how many transactions of a store's till lie in [``began_at``, ``ended_at``)."""

    def static(self) -> frozenset[UUID]:
        """Return the ids under which visits of posters and the like are kept."""
