"""Who is likely to work in a store, by when they are there. Pure; people decide."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from uuid import UUID

from analytics.business_time import Interval, business_day, opening_intervals
from analytics.settings import StoreSettings
from analytics.visits import Visit

LOOKED_AT = timedelta(days=28)
"""How far back is looked: long enough for somebody who works at weekends alone."""

FEWEST_DAYS = 5
"""Whoever was there on fewer days is not judged, nor is a store of which no more are known."""

_MOST_DAYS = 0.5
_ALL_DAY = timedelta(hours=4)
_EARLY_OR_LATE = timedelta(minutes=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSuggestion:
    """Somebody who was in a store on most days, and there all day or at both its ends.

    ``days`` of ``days_known`` on which anybody was seen who came often; ``present`` is the median from the first to
    the last sighting of a day; ``early`` and ``late`` on how many days they came before the store opened or within 20
    minutes of it, and were seen as late as that.
    """

    store_id: str
    visitor: UUID
    days: int
    days_known: int
    present: timedelta
    early: int
    late: int
    last_seen_at: datetime


def staff_suggestions(
    visits: Iterable[Visit], settings: StoreSettings, staff: Collection[UUID] = ()
) -> list[StaffSuggestion]:
    """Return who is likely to work in a store, the likeliest first, by the visits of those who came often.

    Suggested is whoever was there on at least half of the days, and either for four hours and more on most of them, or
    both early and late on half of them. Where opening hours are not known, a day goes from the first of these visits to
    the last. Known ``staff`` are not suggested; their visits tell when the store was open.
    """
    present: dict[UUID, dict[date, Interval]] = defaultdict(dict)
    for visit in visits:
        days = present[visit.face_id]
        day = business_day(visit.began_at, settings)
        began_at, ended_at = days.get(day, (visit.began_at, visit.ended_at))
        days[day] = min(began_at, visit.began_at), max(ended_at, visit.ended_at)
    open_on = _open_on(present, settings)
    if len(open_on) < FEWEST_DAYS:
        return []
    found = [_suggestion(visitor, days, open_on, settings.store_id) for visitor, days in present.items()]
    likely = [one for one in found if one.visitor not in staff and _is_likely(one)]
    return sorted(likely, key=lambda one: (-one.days, -one.present, one.visitor))


def _suggestion(
    visitor: UUID, days: Mapping[date, Interval], open_on: Mapping[date, Interval], store_id: str
) -> StaffSuggestion:
    return StaffSuggestion(
        store_id=store_id,
        visitor=visitor,
        days=len(days),
        days_known=len(open_on),
        present=timedelta(
            seconds=median((ended_at - began_at).total_seconds() for began_at, ended_at in days.values())
        ),
        early=sum(began_at <= open_on[day][0] + _EARLY_OR_LATE for day, (began_at, _) in days.items()),
        late=sum(ended_at >= open_on[day][1] - _EARLY_OR_LATE for day, (_, ended_at) in days.items()),
        last_seen_at=max(ended_at for _, ended_at in days.values()),
    )


def _is_likely(one: StaffSuggestion) -> bool:
    most_days = one.days >= max(FEWEST_DAYS, _MOST_DAYS * one.days_known)
    both_ends = min(one.early, one.late) >= 0.5 * one.days
    return most_days and (one.present >= _ALL_DAY or both_ends)


def _open_on(present: Mapping[UUID, Mapping[date, Interval]], settings: StoreSettings) -> dict[date, Interval]:
    """Return when the store was open on each day on which somebody was there."""
    seen: dict[date, Interval] = {}
    for days in present.values():
        for day, (began_at, ended_at) in days.items():
            first, last = seen.get(day, (began_at, ended_at))
            seen[day] = min(first, began_at), max(last, ended_at)
    if not seen:
        return {}
    known = {
        business_day(opens, settings): (opens, closes)
        for opens, closes in opening_intervals(min(seen), max(seen), settings)
    }
    return {day: known.get(day, span) for day, span in seen.items()}
