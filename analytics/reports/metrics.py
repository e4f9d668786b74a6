"""The arithmetic of a report: visits in, figures out. Pure; the terms are those of the glossary."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.completeness import Watched
from analytics.visit_columns import Integers

DWELL_FROM_S = (0, 60, 300, 900, 1800, 3600)
"""Where each stretch of the dwell distribution begins, in seconds; the first is that of the bounces."""

_S = 1_000_000
_AS_TABLE = 64
_FEW = np.iinfo(np.uint16).max


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """The visits that count, to whichever stores: columns of equal length, oldest first and then by the store's id.

    ``people`` and ``stores`` number the FaceIds and the stores, each from nought. ``began_us`` and ``ended_us`` are
    moments as in ``VisitColumns``; ``day_began_us`` says when the business day of the visit began, in its store, and
    ``first_us`` when the first visit ever of its FaceId to any of the stores did.
    """

    people: Integers
    stores: Integers
    began_us: Integers
    ended_us: Integers
    sightings: Integers
    day_began_us: Integers
    first_us: Integers


def figures_of(counted: Counted, watched: Watched) -> Figures:
    """Return the figures of one stretch in which all of the visits began."""
    return figures_by(counted, np.zeros_like(counted.people), [watched])[0]


def figures_by(counted: Counted, stretch: Integers, watched: Sequence[Watched]) -> list[Figures]:
    """Return the figures of each stretch that was watched so; ``stretch`` numbers that in which each visit began.

    A visitor returns when there was a visit before the business day of the visitor's first visit in the stretch.
    """
    stretches = len(watched)
    people = int(counted.people.max(initial=0)) + 1
    arrived = first_places(stretch * people + counted.people, stretches * people)
    came_before = counted.first_us[arrived] < counted.day_began_us[arrived]
    pv = _counts(stretch, stretches)
    uv = _counts(stretch[arrived], stretches)
    returning = _counts(stretch[arrived][came_before], stretches)
    # Summed as floats, which are exact up to nine million billions.
    sightings = np.bincount(stretch, weights=counted.sightings, minlength=stretches)
    observed = counted.sightings > 1
    dwell_us, dwelt_in = (counted.ended_us - counted.began_us)[observed], stretch[observed]
    medians = _medians_s(dwell_us, dwelt_in, stretches)
    place = np.searchsorted(np.array(DWELL_FROM_S) * _S, dwell_us, side="right") - 1
    dwell = _counts(dwelt_in * len(DWELL_FROM_S) + place, stretches * len(DWELL_FROM_S))
    dwell = dwell.reshape(stretches, len(DWELL_FROM_S))
    return [
        Figures(
            pv=int(pv[one]),
            uv=int(uv[one]),
            sightings=int(sightings[one]),
            new_visitors=int(uv[one] - returning[one]),
            returning_visitors=int(returning[one]),
            seen_once=int(pv[one] - dwell[one].sum()),
            bounces=int(dwell[one, 0]),
            median_dwell_s=medians[one],
            dwell=tuple(dwell[one].tolist()),
            watched=watched[one],
        )
        for one in range(stretches)
    ]


def first_places(numbers: Integers, upto: int) -> Integers:
    """Return, by number, the place at which each of ``numbers`` stands first; all are below ``upto``."""
    if upto > _AS_TABLE * len(numbers):
        return np.unique(numbers, return_index=True)[1]
    # A table of all numbers, without sorting: of places that are given to one number, the last one given stays.
    place = np.full(upto, -1)
    place[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    return place[place >= 0]


def cross_store_visitors(people: Integers, stores: Integers) -> int:
    """Return how many of ``people`` have visits to two stores or more; the columns tell of each visit."""
    pairs = np.unique(np.stack([people, stores]), axis=1)
    return int((np.bincount(pairs[0]) > 1).sum())


def _counts(numbers: NDArray[np.int64], upto: int) -> NDArray[np.int64]:
    return np.bincount(numbers, minlength=upto)


def _medians_s(dwell_us: Integers, stretch: Integers, stretches: int) -> list[float | None]:
    """Return the median of each stretch in seconds, None of nothing: of an even number the mean of the middle two."""
    ordered = np.argsort(dwell_us)
    # Sixteen bits are sorted by counting them.
    by_stretch = stretch[ordered].astype(np.uint16) if stretches <= _FEW else stretch[ordered]
    ordered = dwell_us[ordered[np.argsort(by_stretch, kind="stable")]]
    found: list[float | None] = []
    first = 0
    for count in _counts(stretch, stretches).tolist():
        middle = ordered[first + (count - 1) // 2 : first + count // 2 + 1] if count else ordered[:0]
        found.append(float((middle / _S).mean()) if count else None)
        first += count
    return found
