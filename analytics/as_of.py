"""What was known at a moment: the sightings decided by then, by what the ledger said then."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from analytics.business_time import Interval
from analytics.camera_watch import CameraWatch
from analytics.error_rates import ErrorRates
from analytics.visit_columns import NEVER_US, Faces, Integers, VisitColumns
from analytics.visits import Visit, visits_of

if TYPE_CHECKING:
    from analytics.records.repository import VisitRepository

_LATEST_US = np.iinfo(np.int64).max


class VisitsAsOf:
    """The visits as they were known at a moment, built anew from the sightings: a ``VisitSource``.

    Who was erased since is erased here too. Of a track that was decided twice only the later form is kept, so that it
    counts from the moment of that one.
    """

    def __init__(self, repository: "VisitRepository", moment: datetime) -> None:
        self._repository = repository
        self._moment = moment
        self._ledger = repository.identities.ledger().as_of(moment)
        self._built: dict[str, VisitColumns] = {}

    def stores(self) -> list[str]:
        """Return the ids of the stores from which anything was recorded since, sorted."""
        return self._repository.stores()

    def span(self, store_id: str) -> tuple[datetime, datetime] | None:
        """Return the first and the last moment to which a visit or a camera's watch belonged."""
        visits = self._visits_of(store_id)
        moments = [visit.began_at for visit in (*visits[:1], *visits[-1:])]
        if watched := self._repository.watched_span(store_id, known_by=self._moment):
            first, last, ended = watched
            # A watch that ends at midnight belongs to the day that ends there.
            moments += [first, max(last, ended - timedelta(microseconds=1))]
        return (min(moments), max(moments)) if moments else None

    def columns(self, store_id: str, began_at: datetime, ended_at: datetime) -> VisitColumns:
        """Return the visits that began in [``began_at``, ``ended_at``), oldest first."""
        return self._visits_of(store_id).within(began_at, ended_at)

    def visits(self, store_id: str, began_at: datetime, ended_at: datetime) -> list[Visit]:
        """Return the same one by one."""
        return list(self.columns(store_id, began_at, ended_at))

    def unique_visitors(self, windows: Mapping[str, Interval]) -> int:
        """Return the UV of some stores, each over a window of its own, without staff and what never moves."""
        seen = {visit.face_id for store_id, window in windows.items() for visit in self.columns(store_id, *window)}
        return len(seen - self.staff() - self.static())

    def first_visits(self, store_ids: Collection[str], faces: Faces) -> Integers:
        """Return when the first visit of each FaceId to any of some stores began; ``NEVER_US`` without one."""
        first_us = np.full(len(faces), _LATEST_US, dtype=np.int64)
        for store_id in store_ids:
            visits = self._visits_of(store_id)
            asked = np.isin(visits.faces, faces)
            np.minimum.at(first_us, np.searchsorted(faces, visits.faces[asked]), visits.first_us[asked])
        return np.where(first_us == _LATEST_US, NEVER_US, first_us)

    def watched(self, store_id: str, began_at: datetime, ended_at: datetime) -> list[CameraWatch]:
        """Return what each camera told in stretches that overlap a window, as far as they had come by then."""
        return self._repository.watched(store_id, began_at, ended_at, known_by=self._moment)

    def staff(self) -> frozenset[UUID]:
        """Return the ids under which visits of staff are kept."""
        return self._ledger.staff()

    def error_rates(self, store_id: str) -> ErrorRates | None:
        """Return how often the matcher errs in a store, by what is known now: of earlier nights it is not kept."""
        return self._repository.error_rates(store_id)

    def transactions(self, store_id: str, began_at: datetime, ended_at: datetime) -> int:
        """Return how many transactions in a window were taken up by then; what was changed since, counts as new."""
        return self._repository.till.count(store_id, began_at, ended_at, taken_up_by=self._moment)

    def static(self) -> frozenset[UUID]:
        """Return the ids under which visits of posters and the like are kept."""
        return self._ledger.static()

    def _visits_of(self, store_id: str) -> VisitColumns:
        if store_id not in self._built:
            decided = self._repository.confirmed_sightings(store_id, decided_by=self._moment)
            gap = self._repository.settings_of(store_id).session_gap
            visits = visits_of(decided, session_gap=gap, ledger=self._ledger)
            self._built[store_id] = VisitColumns.of_all(store_id, visits)
        return self._built[store_id]
