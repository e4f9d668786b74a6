"""The arithmetic of a report: visits in, figures out. Pure; the terms are those of the glossary."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from analytics.completeness import Watched
from analytics.visits import Visit

BOUNCE_BELOW = timedelta(seconds=60)
DWELL_FROM_S = (0, 60, 300, 900, 1800, 3600)
"""Where each stretch of the dwell distribution begins, in seconds; the first is that of the bounces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is said of one stretch of time.

    ``pv`` counts visits that began in it, ``uv`` the distinct FaceIds among them: ``uv`` of two stretches must never
    be added. ``new_visitors`` and ``returning_visitors`` part ``uv``. Dwell is observed, first to last sighting: a
    visit seen once has none and is counted apart. ``dwell`` counts the visits of each stretch of ``DWELL_FROM_S``.
    Of all this visits of staff, and of posters and the like, are left out; ``staff_left_out`` and ``static_left_out``
    say how many they were.
    """

    pv: int
    uv: int
    sightings: int
    new_visitors: int
    returning_visitors: int
    seen_once: int
    bounces: int
    median_dwell_s: float | None
    dwell: tuple[int, ...]
    watched: Watched
    staff_left_out: int = 0
    static_left_out: int = 0

    @property
    def completeness(self) -> float | None:
        """How much of what should have been watched was, 0..1; None where no camera was expected to watch."""
        return self.watched.completeness

    @property
    def visits_per_visitor(self) -> float | None:
        """PV ÷ UV; None where nobody came."""
        return self.pv / self.uv if self.uv else None

    @property
    def bounce_share(self) -> float | None:
        """Bounces ÷ visits whose dwell was observed: one that was seen once may have been short or long."""
        observed = self.pv - self.seen_once
        return self.bounces / observed if observed else None


def figures_of(
    visits: Iterable[Visit],
    *,
    first_visits: Mapping[UUID, datetime],
    day_began_at: Callable[[Visit], datetime],
    watched: Watched,
    staff: Container[UUID] = frozenset(),
    static: Container[UUID] = frozenset(),
) -> Figures:
    """Return the figures of the visits that began in a stretch, to whichever stores.

    ``first_visits`` says when the first visit ever of each FaceId to those stores began, ``day_began_at`` when the
    business day of a visit began, in its store. A visitor returns when there was a visit before the business day of the
    visitor's first visit in the stretch. ``staff`` and ``static`` are the ids whose visits are left out.
    """
    begun = list(visits)
    of_people = [visit for visit in begun if visit.face_id not in static]
    counted = [visit for visit in of_people if visit.face_id not in staff]
    arrived: dict[UUID, Visit] = {}
    for visit in counted:
        before = arrived.setdefault(visit.face_id, visit)
        if (visit.began_at, visit.store_id) < (before.began_at, before.store_id):
            arrived[visit.face_id] = visit
    returning = sum(
        first_visits.get(face_id, first.began_at) < day_began_at(first) for face_id, first in arrived.items()
    )
    dwells = [visit.ended_at - visit.began_at for visit in counted if visit.sightings > 1]
    return Figures(
        pv=len(counted),
        uv=len(arrived),
        sightings=sum(visit.sightings for visit in counted),
        new_visitors=len(arrived) - returning,
        returning_visitors=returning,
        seen_once=len(counted) - len(dwells),
        bounces=sum(dwell < BOUNCE_BELOW for dwell in dwells),
        median_dwell_s=median(dwell.total_seconds() for dwell in dwells) if dwells else None,
        dwell=_distribution(dwells),
        watched=watched,
        staff_left_out=len(of_people) - len(counted),
        static_left_out=len(begun) - len(of_people),
    )


def cross_store_visitors(visits: Iterable[Visit]) -> int:
    """Return how many FaceIds have visits to two stores or more."""
    stores: dict[UUID, set[str]] = defaultdict(set)
    for visit in visits:
        stores[visit.face_id].add(visit.store_id)
    return sum(len(of_face) > 1 for of_face in stores.values())


def _distribution(dwells: Iterable[timedelta]) -> tuple[int, ...]:
    counts = [0] * len(DWELL_FROM_S)
    for dwell in dwells:
        counts[bisect_right(DWELL_FROM_S, dwell.total_seconds()) - 1] += 1
    return tuple(counts)
