"""The arithmetic of a report: visits in, figures out. Pure; the terms are those of the glossary."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from analytics.visits import Visit

BOUNCE_BELOW = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is said of one stretch of time.

    ``pv`` counts visits that began in it, ``uv`` the distinct FaceIds among them: ``uv`` of two stretches must never
    be added. ``new_visitors`` and ``returning_visitors`` part ``uv``. Dwell is observed, first to last sighting: a
    visit seen once has none and is counted apart. ``completeness`` is 0..1, None where no camera was expected to watch.
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
    completeness: float | None
    staff_left_out: int = 0
    static_left_out: int = 0


def figures_of(
    visits: Iterable[Visit],
    *,
    first_visits: Mapping[UUID, datetime],
    day_began_at: Callable[[datetime], datetime],
    completeness: float | None,
    staff: Container[UUID] = frozenset(),
    static: Container[UUID] = frozenset(),
) -> Figures:
    """Return the figures of the visits that began in a stretch.

    ``first_visits`` says when the first visit ever of each FaceId to the store began, ``day_began_at`` when the
    business day of a moment began. A visitor returns when there was a visit before the business day of the visitor's
    first visit in the stretch. ``staff`` and ``static`` are the ids whose visits are left out.
    """
    begun = list(visits)
    of_people = [visit for visit in begun if visit.face_id not in static]
    counted = [visit for visit in of_people if visit.face_id not in staff]
    arrived: dict[UUID, datetime] = {}
    for visit in counted:
        arrived[visit.face_id] = min(visit.began_at, arrived.get(visit.face_id, visit.began_at))
    returning = sum(
        first_visits.get(face_id, began_at) < day_began_at(began_at) for face_id, began_at in arrived.items()
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
        completeness=completeness,
        staff_left_out=len(of_people) - len(counted),
        static_left_out=len(begun) - len(of_people),
    )
