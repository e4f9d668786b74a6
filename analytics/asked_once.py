"""A source of visits that is asked once for what every store of a chain would ask again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from analytics.business_time import Interval
from analytics.camera_watch import CameraWatch
from analytics.error_rates import ErrorRates
from analytics.visit_columns import Faces, Integers, VisitColumns
from analytics.visit_source import VisitSource


class AskedOnce:
    """What another ``VisitSource`` tells, for as long as one report, or a few beside each other, are made.

    Who is staff, which stores there are and since when each is known is asked for with every store, and is the same.
    """

    def __init__(self, source: VisitSource) -> None:
        self._source = source
        self._stores = cache(source.stores)
        self._span = cache(source.span)
        self._staff = cache(source.staff)
        self._static = cache(source.static)
        self._error_rates = cache(source.error_rates)

    def stores(self) -> list[str]:
        """See VisitSource; asked once."""
        return self._stores()

    def span(self, store_id: str) -> tuple[datetime, datetime] | None:
        """See VisitSource; asked once of each store."""
        return self._span(store_id)

    def staff(self) -> frozenset[UUID]:
        """See VisitSource; asked once."""
        return self._staff()

    def static(self) -> frozenset[UUID]:
        """See VisitSource; asked once."""
        return self._static()

    def error_rates(self, store_id: str) -> ErrorRates | None:
        """See VisitSource; asked once of each store."""
        return self._error_rates(store_id)

    def columns(self, store_id: str, began_at: datetime, ended_at: datetime) -> VisitColumns:
        """See VisitSource."""
        return self._source.columns(store_id, began_at, ended_at)

    def unique_visitors(self, windows: Mapping[str, Interval]) -> int:
        """See VisitSource."""
        return self._source.unique_visitors(windows)

    def first_visits(self, store_ids: Collection[str], faces: Faces) -> Integers:
        """See VisitSource."""
        return self._source.first_visits(store_ids, faces)

    def watched(self, store_id: str, began_at: datetime, ended_at: datetime) -> Sequence[CameraWatch]:
        """See VisitSource."""
        return self._source.watched(store_id, began_at, ended_at)

    def transactions(self, store_id: str, began_at: datetime, ended_at: datetime) -> int:
        """See VisitSource."""
        return self._source.transactions(store_id, began_at, ended_at)
