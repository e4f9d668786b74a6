"""Who has just arrived: from what was seen of members to what a cashier is told. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from schemas.errors import ConfigError
from schemas.ids import arrival_id
from schemas.member_tags import MOST_TAGS
from schemas.messages import COMES_IN, Arrival, ArrivalStatus, Phase, Sighting

TagsOf = Callable[[Iterable[str]], Mapping[str, Sequence[str]]]
"""Looks up the tags of members, of those of whom there are any. Waits for a moment at most."""

LONGEST_TIME_TO_LIVE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalRules:
    """When an arrival is told, and for how long it is shown.

    It is shown for ``time_to_live`` from the moment at which the member was first seen, and not after. A member who
    arrives again within ``cooldown`` is not told of again. Where ``least_liveness`` is above 0, a sighting has to be at
    least as likely to show a person and no picture of one. Raises ConfigError for values that cannot be meant.
    """

    time_to_live: timedelta = timedelta(seconds=60)
    cooldown: timedelta = timedelta(minutes=10)
    least_liveness: float = 0.0

    def __post_init__(self) -> None:
        if not timedelta(0) < self.time_to_live <= LONGEST_TIME_TO_LIVE or self.cooldown < timedelta(0):
            raise ConfigError(
                f"arrivals that live for {self.time_to_live.total_seconds():g} s, {self.cooldown.total_seconds():g} s "
                f"apart, cannot be meant; let them live for at most {LONGEST_TIME_TO_LIVE.total_seconds():g} s"
            )


class Withheld(StrEnum):
    """Why a sighting of a member is not taken for their coming in: their picture may hang there."""

    STILL = "still"
    PICTURE = "picture"
    UNSCORED = "unscored"


def withheld(sighting: Sighting, rules: ArrivalRules) -> Withheld | None:
    """Return why a sighting tells of no arrival, whomever it shows; None where nothing speaks against it.

    A face that never moved does not come in. What a version before saw without measuring that is believed; a score
    that is asked for and is not there is not.
    """
    if sighting.moved is not None and sighting.moved < COMES_IN:
        return Withheld.STILL
    if rules.least_liveness > 0.0 and sighting.liveness is None:
        return Withheld.UNSCORED
    if sighting.liveness is not None and sighting.liveness < rules.least_liveness:
        return Withheld.PICTURE
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPerson:
    """A sighting as it stands, the id to whose visits it counts, and which member that is.

    ``visitor`` is None for a sighting that shows nobody, ``member`` for one that shows no member, or staff.
    """

    sighting: Sighting
    visitor: UUID | None
    member: str | None


def arrivals_of(
    seen: Iterable[SeenPerson], told: Iterable[Arrival], *, session_gap: timedelta, rules: ArrivalRules, now: datetime
) -> list[Arrival]:
    """Return every arrival of one store as it is now: those that were ``told``, and those that are to be told.

    ``seen`` are the sightings of the persons concerned, provisional ones too, one form of each; repeating or reordering
    them changes nothing. A visit of a member is told of once, under an id that follows from its first sighting; none is
    told of for the first time after it has expired. One that was told stays with its sighting: it is confirmed with
    it, corrected where that turns out to show another member, and withdrawn where it shows none, or a member who turns
    out to have arrived before. An arrival whose sighting is not among ``seen`` stays as it is. Sightings that are
    ``withheld`` show nobody who comes in, and belong to no visit here.
    """
    by_sighting = {
        one.sighting.sighting_id: replace(one, member=None) if withheld(one.sighting, rules) else one for one in seen
    }
    visits = _visits(by_sighting.values(), session_gap)
    arrivals: dict[UUID, Arrival] = {}
    for arrival in sorted(told, key=_order):
        one = by_sighting.get(arrival.sighting_id)
        held = arrival if one is None else _as_it_stands(arrival, one)
        if _stands(held) and _is_told(held, visits, arrivals):
            held = replace(held, status=ArrivalStatus.WITHDRAWN)  # that member had arrived already
        arrivals[held.sighting_id] = held
    for visit in visits:
        first = visit[0]
        if first.sighting.sighting_id in arrivals or now > first.sighting.began_at + rules.time_to_live:
            continue
        new = _arrival(first, rules)
        if not _is_told(new, [visit], arrivals) and not _is_cooling(new, arrivals.values(), rules):
            arrivals[new.sighting_id] = new
    return sorted(arrivals.values(), key=_order)


def no_tags(_members: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Know nothing of anybody: a ``TagsOf`` where there is nobody to ask."""
    return {}


def own_first(own: TagsOf, others: TagsOf) -> TagsOf:
    """Return what looks up both: the tags of ``own`` first, then those of ``others`` that are not among them."""

    def both(members: Iterable[str]) -> Mapping[str, Sequence[str]]:
        asked = set(members)
        kept, said = own(asked), others(asked)
        return {
            member: tuple(dict.fromkeys((*kept.get(member, ()), *said.get(member, ()))))[:MOST_TAGS] for member in asked
        }

    return both


def with_tags(arrivals: Sequence[Arrival], tags_of: TagsOf) -> list[Arrival]:
    """Return arrivals with the tags of their members."""
    known = tags_of({one.member_id for one in arrivals}) if arrivals else {}
    return [replace(one, tags=tuple(known.get(one.member_id, ()))) for one in arrivals]


def arrival_json(arrival: Arrival) -> dict[str, Any]:
    """Return an arrival as screens and programs read it."""
    return {
        "arrival_id": str(arrival.arrival_id),
        "store": arrival.store_id,
        "member": arrival.member_id,
        "face_id": str(arrival.face_id),
        "status": arrival.status.value,
        "seen_at": arrival.seen_at.isoformat(),
        "expires_at": arrival.expires_at.isoformat(),
        "tags": list(arrival.tags),
    }


def _visits(seen: Iterable[SeenPerson], session_gap: timedelta) -> list[list[SeenPerson]]:
    """Return the sightings of each visit of a member, the first one first; visits by their beginning."""
    by_person: Mapping[tuple[UUID | None, str], list[SeenPerson]] = defaultdict(list)
    for one in seen:
        if one.member is not None:
            by_person[one.visitor, one.member].append(one)
    visits: list[list[SeenPerson]] = []
    for of_person in by_person.values():
        until: datetime | None = None
        for one in sorted(of_person, key=lambda one: (one.sighting.began_at, one.sighting.sighting_id)):
            if until is None or one.sighting.began_at - until > session_gap:
                visits.append([])
            visits[-1].append(one)
            until = one.sighting.ended_at if until is None else max(until, one.sighting.ended_at)
    return sorted(visits, key=lambda visit: (visit[0].sighting.began_at, visit[0].sighting.sighting_id))


def _as_it_stands(arrival: Arrival, one: SeenPerson) -> Arrival:
    """Return an arrival by what its sighting shows now: as it is, where another look at the track says the same."""
    shown = _shown(arrival, one)
    return shown if shown == arrival else replace(shown, produced_at=one.sighting.produced_at)


def _shown(arrival: Arrival, one: SeenPerson) -> Arrival:
    if one.member is None or one.visitor is None:
        return replace(arrival, status=ArrivalStatus.WITHDRAWN)
    if one.member != arrival.member_id or arrival.status is ArrivalStatus.CORRECTED:
        status = ArrivalStatus.CORRECTED
    else:
        status = _first_status(one)
    return replace(arrival, status=status, member_id=one.member, face_id=one.visitor)


def _arrival(first: SeenPerson, rules: ArrivalRules) -> Arrival:
    sighting = first.sighting
    assert first.visitor is not None
    assert first.member is not None
    return Arrival(
        arrival_id=arrival_id(sighting.sighting_id),
        sighting_id=sighting.sighting_id,
        store_id=sighting.store_id,
        face_id=first.visitor,
        member_id=first.member,
        status=_first_status(first),
        seen_at=sighting.began_at,
        expires_at=sighting.began_at + rules.time_to_live,
        produced_at=sighting.produced_at,
    )


def _first_status(one: SeenPerson) -> ArrivalStatus:
    confirmed = one.sighting.phase is Phase.CONFIRMED
    return ArrivalStatus.CONFIRMED if confirmed else ArrivalStatus.PROVISIONAL


def _is_told(arrival: Arrival, visits: Sequence[list[SeenPerson]], arrivals: Mapping[UUID, Arrival]) -> bool:
    """Return whether another sighting of the same visit has told of the same member, and stands."""
    for visit in visits:
        ids = {one.sighting.sighting_id for one in visit}
        if arrival.sighting_id in ids:
            others = (arrivals[one] for one in ids & arrivals.keys() if one != arrival.sighting_id)
            return any(_stands(other) and other.member_id == arrival.member_id for other in others)
    return False


def _is_cooling(arrival: Arrival, others: Iterable[Arrival], rules: ArrivalRules) -> bool:
    return any(
        _stands(other)
        and other.member_id == arrival.member_id
        and abs(other.seen_at - arrival.seen_at) < rules.cooldown
        for other in others
    )


def _stands(arrival: Arrival) -> bool:
    return arrival.status is not ArrivalStatus.WITHDRAWN


def _order(arrival: Arrival) -> tuple[datetime, UUID]:
    return arrival.seen_at, arrival.arrival_id
