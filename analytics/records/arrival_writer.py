"""Deciding which arrivals a batch of sightings makes, inside the transaction that records them.

The stores of the batch are locked by then, so that nobody else decides of the same members at the same time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from analytics.arrivals import ArrivalRules, SeenPerson, Withheld, arrivals_of, with_tags, withheld
from analytics.outbound.events import arrival_message
from analytics.outbound.outbox import enqueue
from analytics.records import tables
from analytics.records.bulk import upsert
from analytics.records.rows import arrival_of, arrival_values, chunks, sighting_of
from analytics.records.who_is_who import WhoIsWho, faces_of, moved_to, tags_of_members, who_is_who
from schemas.messages import Arrival, ArrivalStatus, Decision, Sighting
from schemas.topics import ARRIVALS

# A visit reaches no further from a sighting that is news.
_AROUND = timedelta(days=1)

_seen = tables.sightings.c
_told = tables.arrivals.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """By which rules arrivals are told, at which moment; ``on_withheld`` is told why a sighting of a member is not."""

    rules: ArrivalRules
    now: datetime
    on_withheld: Callable[[Withheld], None] = lambda _reason: None


def announce(
    connection: Connection,
    batch: Sequence[Sighting],
    gaps: Mapping[str, timedelta],
    who: WhoIsWho,
    announcing: Announcing,
) -> list[Arrival]:
    """Keep what follows from a batch that was written, and return the arrivals to tell of.

    Those are the arrivals that are new or have changed, and those that may have been told because of the same batch and
    have not expired: so a batch that is given again tells again what it told. ``who`` tells whom the batch shows,
    ``gaps`` are the session gaps of its stores.
    """
    span = (min(form.began_at for form in batch) - _AROUND, max(form.began_at for form in batch) + _AROUND)
    told = _told_within(connection, gaps, span)
    if not told and not who.members:
        return []
    found = []
    for store_id, of_store in groupby(sorted(batch, key=lambda form: form.store_id), key=lambda form: form.store_id):
        forms = list(of_store)
        concerned = _concerned(forms, told[store_id], who)
        if not concerned:
            continue
        own = {form.sighting_id for form in forms}
        seen = _seen_of(connection, store_id, concerned, own & {one.sighting_id for one in told[store_id]}, span)
        rules, now = announcing.rules, announcing.now
        for one in seen:
            if one.sighting.sighting_id in own and one.member and (reason := withheld(one.sighting, rules)):
                announcing.on_withheld(reason)
        standing = arrivals_of(seen, told[store_id], session_gap=gaps[store_id], rules=rules, now=now)
        changed = [one for one in standing if one not in told[store_id]]
        _keep(connection, store_id, changed, now)
        found += changed
        found += [one for one in _told_before(standing, own, concerned) if one not in changed and one.expires_at >= now]
    return found


def _told_before(standing: Sequence[Arrival], own: set[UUID], concerned: set[UUID]) -> list[Arrival]:
    """Return what a batch with these sightings told, if it was given before.

    That is its own arrivals; and where one of them did not stand, those of others that may have taken its place.
    """
    fallen = any(
        one.sighting_id in own and one.status in (ArrivalStatus.WITHDRAWN, ArrivalStatus.CORRECTED) for one in standing
    )
    return [one for one in standing if one.sighting_id in own or (fallen and one.face_id in concerned)]


def _told_within(
    connection: Connection, store_ids: Iterable[str], span: tuple[datetime, datetime]
) -> Mapping[str, list[Arrival]]:
    query = select(tables.arrivals).where(_told.store_id.in_(list(store_ids)), _told.seen_at.between(*span))
    told: dict[str, list[Arrival]] = defaultdict(list)
    for row in connection.execute(query):
        told[row.store_id].append(arrival_of(row))
    return told


def _concerned(forms: Iterable[Sighting], told: Iterable[Arrival], who: WhoIsWho) -> set[UUID]:
    """Return the visitors of whom something may have to be told: members, and whoever was told of by these forms."""
    own = {form.sighting_id for form in forms}
    visitors = {who.counted.get(one.face_id, one.face_id) for one in told if one.sighting_id in own}
    for form in forms:
        if form.face_id is not None and who.member(form.sighting_id, form.face_id) is not None:
            visitors.add(who.visitor(form.sighting_id, form.face_id))
    return {one for one in visitors if one is not None}


def _seen_of(
    connection: Connection,
    store_id: str,
    visitors: set[UUID],
    sighting_ids: Iterable[UUID],
    span: tuple[datetime, datetime],
) -> list[SeenPerson]:
    """Return what was seen of visitors within a span, and what some sightings show, whoever that is."""
    faces = {face for of_visitor in faces_of(connection, visitors).values() for face in of_visitor}
    named = [*moved_to(connection, faces), *sighting_ids]
    conditions = [_seen.face_id.in_(some) for some in chunks(faces)]
    conditions += [_seen.sighting_id.in_(some) for some in chunks(named)]
    forms: dict[UUID, Sighting] = {}
    for condition in conditions:
        query = select(tables.sightings).where(condition, _seen.store_id == store_id, _seen.began_at.between(*span))
        forms |= {row.sighting_id: sighting_of(row) for row in connection.execute(query)}
    who = who_is_who(connection, {form.face_id for form in forms.values() if form.face_id}, forms)
    return [_person(form, who) for form in forms.values()]


def _person(form: Sighting, who: WhoIsWho) -> SeenPerson:
    if form.face_id is None or form.decision is Decision.REJECTED:
        return SeenPerson(sighting=form, visitor=None, member=None)
    return SeenPerson(
        sighting=form,
        visitor=who.visitor(form.sighting_id, form.face_id),
        member=who.member(form.sighting_id, form.face_id),
    )


def _keep(connection: Connection, store_id: str, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Keep arrivals, each under the next number of the store's changes, and let go of those that are long past."""
    if not arrivals:
        return
    of_store = tables.stores.c.store_id == store_id
    last = connection.execute(select(tables.stores.c.last_change).where(of_store)).scalar_one()
    upsert(
        connection,
        tables.arrivals,
        [(*arrival_values(one), last + number) for number, one in enumerate(arrivals, start=1)],
    )
    connection.execute(update(tables.stores).where(of_store).values(last_change=last + len(arrivals)))
    # The shop's own system is not asked: nobody waits for it inside a transaction.
    tagged = with_tags(arrivals, partial(tags_of_members, connection))
    enqueue(connection, [arrival_message(one, last + number, now=now) for number, one in enumerate(tagged, start=1)])
    if ARRIVALS.retention is not None:
        past = now - ARRIVALS.retention
        greeted = tables.greeted_arrivals.c
        connection.execute(delete(tables.greeted_arrivals).where(greeted.store_id == store_id, greeted.at < past))
        connection.execute(delete(tables.arrivals).where(_told.store_id == store_id, _told.seen_at < past))
