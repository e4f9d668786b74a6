"""Who comes again in the weeks after the first visit. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from analytics.business_time import week_of
from analytics.completeness import Watched
from analytics.visits import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortWeek:
    """How many visitors of a cohort had a visit in a week, and how much of that week was watched."""

    week: str
    visitors: int
    watched: Watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The visitors whose first visit began in ``weeks[0]``: all of them there, then those seen in each week after."""

    weeks: tuple[CohortWeek, ...]

    @property
    def visitors(self) -> int:
        """How many they are."""
        return self.weeks[0].visitors

    def share(self, after: int) -> float | None:
        """Return the share of them who had a visit so many weeks after their first; None of nobody."""
        return self.weeks[after].visitors / self.visitors if self.visitors else None


def cohorts_of(
    visits: Iterable[Visit],
    *,
    first_visits: Mapping[UUID, datetime],
    monday: Callable[[Visit], date],
    weeks: Mapping[date, Watched],
) -> tuple[Cohort, ...]:
    """Return the cohort of each of ``weeks``, oldest first, with the weeks after it.

    ``weeks`` are told by their Mondays, and are those that lie wholly in a range and are over; ``monday`` gives that of
    the business day of a visit. Who came before the range, by ``first_visits``, belongs to none.
    """
    seen: dict[UUID, set[date]] = defaultdict(set)
    began: dict[UUID, tuple[datetime, date]] = {}
    for visit in visits:
        first = (visit.began_at, monday(visit))
        seen[visit.face_id].add(first[1])
        began[visit.face_id] = min(first, began.get(visit.face_id, first))
    members: dict[date, list[UUID]] = defaultdict(list)
    for face_id, (began_at, week) in began.items():
        if first_visits.get(face_id, began_at) >= began_at:
            members[week].append(face_id)
    ordered = sorted(weeks)
    return tuple(
        Cohort(
            weeks=tuple(
                CohortWeek(
                    week=week_of(week),
                    visitors=sum(week in seen[face_id] for face_id in members[first]),
                    watched=weeks[week],
                )
                for week in ordered[place:]
            )
        )
        for place, first in enumerate(ordered)
    )
