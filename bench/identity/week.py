"""The week: who comes to which store on which day, planned from a seed before anything is filmed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from faces.ports import Image
from simulator.people import People
from simulator.sprite import Outline

STORES = ("north", "south", "west")
DAYS = 7
ROAMERS = 0.3
"""The share of people who know several stores."""
OPEN_MINUTES = 180
_MONDAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
# One store after the other, so that nobody is in two at once or on the way between two that are both open.
_NEXT_STORE = timedelta(minutes=OPEN_MINUTES + 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comer:
    """A person, and how many visits to any store they have made before."""

    person: int
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDay:
    """Who comes to a store on a day, everybody once."""

    store: str
    starts_at: datetime
    comers: Sequence[Comer]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comers:
    """The people of one store day, as the simulator wants them."""

    of: People
    comers: Sequence[Comer]

    @property
    def names(self) -> Sequence[str]:
        return [self.of.names[comer.person] for comer in self.comers]

    @property
    def outline(self) -> Outline:
        return self.of.outline

    def portraits(self, person: int, visit: int) -> Sequence[Image]:
        comer = self.comers[person]
        return self.of.portraits(comer.person, comer.visit + visit)


def plan_week(people: int, visits: int, rng: np.random.Generator) -> list[StoreDay]:
    """Plan so many visits, everybody's first and the rest at random, and return the store days in their order.

    Nobody comes to a store twice on a day, so that there is a limit: ValueError above it.
    """
    knows = [_stores_of(rng) for _ in range(people)]
    if not people <= visits <= (most := sum(map(len, knows)) * DAYS * 3 // 4):
        raise ValueError(f"{visits} visits of {people} people: at least {people} and at most {most} make a week")
    cells = [[(day, store) for day in range(DAYS) for store in some] for some in knows]
    chosen = [set[tuple[int, str]]() for _ in range(people)]
    order = [*rng.permutation(people), *rng.integers(people, size=50 * visits)]
    for person in order:
        free = [cell for cell in cells[person] if cell not in chosen[person]]
        if free and sum(map(len, chosen)) < visits:
            chosen[person].add(free[int(rng.integers(len(free)))])
    made: Counter[int] = Counter()
    week = []
    for day in range(DAYS):
        for number, store in enumerate(STORES):
            coming = [person for person in range(people) if (day, store) in chosen[person]]
            comers = [Comer(person=person, visit=made[person]) for person in coming]
            made.update(coming)
            starts_at = _MONDAY + timedelta(days=day) + number * _NEXT_STORE
            week.append(StoreDay(store=store, starts_at=starts_at, comers=comers))
    return [one for one in week if one.comers]


def _stores_of(rng: np.random.Generator) -> list[str]:
    number = int(rng.integers(2, len(STORES) + 1)) if rng.random() < ROAMERS else 1
    return sorted(rng.choice(STORES, size=number, replace=False).tolist())
