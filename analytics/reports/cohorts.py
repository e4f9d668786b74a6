"""Who comes again in the weeks after the first visit. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.business_time import week_of
from analytics.completeness import Watched
from analytics.reports.metrics import Counted, first_places
from analytics.visit_columns import Integers


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


def cohorts_of(counted: Counted, monday: Integers, weeks: Mapping[date, Watched]) -> tuple[Cohort, ...]:
    """Return the cohort of each of ``weeks``, oldest first, with the weeks after it.

    ``weeks`` are told by their Mondays, and are those that lie wholly in a range and are over; ``monday`` gives, as its
    ordinal, that of the business day of each visit. Who came before the range belongs to none.
    """
    ordered = sorted(weeks)
    ordinals = np.array([week.toordinal() for week in ordered], dtype=np.int64)
    # Visits are oldest first: of each visitor the first is met first.
    first = first_places(counted.people, int(counted.people.max(initial=-1)) + 1)
    is_new = counted.first_us[first] >= counted.began_us[first]
    began = np.zeros(int(counted.people.max(initial=0)) + 1, dtype=np.int64)
    began[counted.people[first[is_new]]] = monday[first[is_new]]
    pairs = np.stack([began[counted.people], monday])
    table = np.zeros((len(ordered), len(ordered)), dtype=np.int64)
    within = np.isin(pairs, ordinals).all(axis=0)
    begun_in, seen_in = np.searchsorted(ordinals, pairs[:, within])
    once = np.unique((begun_in * len(ordered) + seen_in) * len(began) + counted.people[within])
    np.add.at(table.reshape(-1), once // len(began), 1)
    return tuple(
        Cohort(
            weeks=tuple(
                CohortWeek(week=week_of(week), visitors=int(table[place, later]), watched=weeks[week])
                for later, week in enumerate(ordered[place:], start=place)
            )
        )
        for place in range(len(ordered))
    )
