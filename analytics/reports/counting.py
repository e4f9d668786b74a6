"""From the visits to stores to the columns that figures are counted from. Pure but for the look-up it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.business_time import Bucket, monday_of
from analytics.reports.metrics import Counted
from analytics.visit_columns import Faces, Integers, VisitColumns, us_of

FirstVisits = Callable[[Faces], Integers]
"""Looks up when the first visit of each FaceId to any of the stores began; they are sorted, and none comes twice."""

_LATEST_US = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DaysOfVisits:
    """Of each visit to a store when its business day began, and the ordinal of the Monday of that day's week.

    ``since_us`` is when the first day of the range began.
    """

    since_us: int
    began_us: Integers
    mondays: Integers

    @classmethod
    def of(cls, visits: VisitColumns, days: Sequence[Bucket]) -> "DaysOfVisits":
        """Return what is said of visits that all began in ``days``, at least one."""
        place = place_in(days, visits)
        mondays = np.array([monday_of(day.day).toordinal() for day in days], dtype=np.int64)
        begun = _begun(days)
        return cls(since_us=int(begun[0]), began_us=begun[place], mondays=mondays[place])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountedTogether:
    """The visits to several stores as one; ``order`` gives their places among those of store after store."""

    counted: Counted
    order: Integers

    def of_each(self, of_stores: Sequence[Integers]) -> Integers:
        """Return what is said of each visit, given store after store, in the order of ``counted``."""
        said: Integers = np.concatenate(of_stores)[self.order]
        return said


def edges_of(buckets: Sequence[Bucket]) -> tuple[Integers, Integers]:
    """Return when each of some stretches began and ended."""
    return _begun(buckets), np.array([us_of(bucket.ended_at) for bucket in buckets], dtype=np.int64)


def place_in(buckets: Sequence[Bucket], visits: VisitColumns) -> Integers:
    """Return for each visit in which of the stretches it began; they follow each other, and none lies outside."""
    place: Integers = np.searchsorted(_begun(buckets), visits.began_us, side="right") - 1
    return place


def counts_in(buckets: Sequence[Bucket], visits: VisitColumns) -> list[int]:
    """Return how many visits began in each stretch."""
    counts: list[int] = np.bincount(place_in(buckets, visits), minlength=len(buckets)).tolist()
    return counts


def counted_alone(visits: VisitColumns, people: Integers, days: DaysOfVisits) -> Counted:
    """Return the visits to one store as they are counted; ``people`` numbers their FaceIds."""
    return Counted(
        people=people,
        stores=np.zeros_like(people),
        began_us=visits.began_us,
        ended_us=visits.ended_us,
        sightings=visits.sightings,
        day_began_us=days.began_us,
        first_us=visits.first_us,
    )


def counted_together(
    visits: Sequence[VisitColumns], days: Sequence[DaysOfVisits], *, first_visits: FirstVisits
) -> CountedTogether:
    """Return the visits to several stores as they are counted together.

    Only of those is looked up when they first came to any of the stores who are not known, by the visits to one of
    them, to have come before the range: when exactly the others came first makes no difference.
    """
    numbers = np.argsort(np.argsort([of_store.store_id for of_store in visits]))
    stores = np.concatenate([np.full(len(of_store), number) for number, of_store in zip(numbers, visits, strict=True)])
    began_us = np.concatenate([of_store.began_us for of_store in visits])
    faces, people = np.unique(np.concatenate([of_store.faces for of_store in visits]), return_inverse=True)
    first_us = np.full(len(faces), _LATEST_US)
    np.minimum.at(first_us, people, np.concatenate([of_store.first_us for of_store in visits]))
    in_doubt = first_us >= min(of_store.since_us for of_store in days)
    if len(visits) > 1:
        first_us[in_doubt] = first_visits(faces[in_doubt])
    order = np.lexsort((stores, began_us))
    counted = Counted(
        people=people[order],
        stores=stores[order],
        began_us=began_us[order],
        ended_us=np.concatenate([of_store.ended_us for of_store in visits])[order],
        sightings=np.concatenate([of_store.sightings for of_store in visits])[order],
        day_began_us=np.concatenate([of_store.began_us for of_store in days])[order],
        first_us=first_us[people][order],
    )
    return CountedTogether(counted=counted, order=order)


def _begun(buckets: Sequence[Bucket]) -> Integers:
    return np.array([us_of(bucket.began_at) for bucket in buckets], dtype=np.int64)
