"""Writing a batch of one store, inside a transaction that the caller began."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, update

from analytics import tables
from analytics.rows import chunks, coverage_of, sighting_of, upsert, values_of, visit_of
from analytics.settings import StoreSettings
from analytics.visits import Visit, counted_face, precedence, standing, visits_of_face
from schemas.messages import Coverage, Decision, Phase, Sighting

Span = tuple[datetime, datetime]


def record_store(
    connection: Connection, settings: StoreSettings, sightings: Sequence[Sighting], coverage: Sequence[Coverage]
) -> None:
    """Write what stands of a store's sightings and coverage, and bring its visits up to date.

    Repeating a batch, or any part of it, changes nothing. The store's row is locked until the transaction ends.
    """
    gap_before_s = _lock(connection, settings)
    touched = _write_sightings(connection, settings.store_id, standing(sightings))
    _write_coverage(connection, coverage)
    if gap_before_s == settings.session_gap.total_seconds():
        _rebuild(connection, settings, touched)
    else:
        rebuild_store(connection, settings)


def rebuild_store(connection: Connection, settings: StoreSettings) -> None:
    """Build every visit of a store again, with the session gap it has now."""
    gap_s = settings.session_gap.total_seconds()
    of_store = tables.stores.c.store_id == settings.store_id
    connection.execute(update(tables.stores).where(of_store).values(session_gap_s=gap_s))
    seen = tables.sightings.c
    spans = connection.execute(
        select(seen.face_id, func.min(seen.began_at), func.max(seen.ended_at))
        .where(seen.store_id == settings.store_id, _counted())
        .group_by(seen.face_id)
    )
    connection.execute(delete(tables.visits).where(tables.visits.c.store_id == settings.store_id))
    _rebuild(connection, settings, {face_id: (first, last) for face_id, first, last in spans})


def _lock(connection: Connection, settings: StoreSettings) -> float:
    """Take the store's row, made if it is new; return the session gap with which its visits were built."""
    store = tables.stores.c
    known = select(store.session_gap_s).where(store.store_id == settings.store_id).with_for_update()
    gap_s = connection.execute(known).scalar()
    if gap_s is None:
        gap_s = settings.session_gap.total_seconds()
        row = {"store_id": settings.store_id, "session_gap_s": gap_s, "last_change": 0}
        upsert(connection, tables.stores, [row])
    return float(gap_s)


def _write_sightings(connection: Connection, store_id: str, sightings: Sequence[Sighting]) -> dict[UUID, Span]:
    """Write the sightings that take precedence over what is there; return the span of change of each FaceId."""
    held = {row.sighting_id: row for row in _held(connection, [item.sighting_id for item in sightings])}
    fresh = [
        item
        for item in sightings
        if item.sighting_id not in held or precedence(item) > precedence(held[item.sighting_id])
    ]
    if not fresh:
        return {}
    store = tables.stores.c
    last_change = connection.execute(
        update(tables.stores)
        .where(store.store_id == store_id)
        .values(last_change=store.last_change + len(fresh))
        .returning(store.last_change)
    ).scalar_one()
    first_change = last_change - len(fresh) + 1
    rows = [values_of(item) | {"change": first_change + index} for index, item in enumerate(fresh)]
    upsert(connection, tables.sightings, rows)
    touched: dict[UUID, Span] = {}
    for item in [*fresh, *(held[item.sighting_id] for item in fresh if item.sighting_id in held)]:
        face_id = counted_face(item)
        if face_id is not None:
            first, last = touched.get(face_id, (item.began_at, item.ended_at))
            touched[face_id] = (min(first, item.began_at), max(last, item.ended_at))
    return touched


def _held(connection: Connection, sighting_ids: Iterable[UUID]) -> Iterable[Sighting]:
    for some in chunks(sighting_ids):
        query = select(tables.sightings).where(tables.sightings.c.sighting_id.in_(some))
        yield from map(sighting_of, connection.execute(query))


def _write_coverage(connection: Connection, coverage: Sequence[Coverage]) -> None:
    """Write the stretches that say more than those of the same id that are there."""
    best: dict[UUID, Coverage] = {}
    for some in chunks({item.event_id for item in coverage}):
        query = select(tables.coverage).where(tables.coverage.c.event_id.in_(some))
        best |= {item.event_id: item for item in map(coverage_of, connection.execute(query))}
    fresh = {}
    for item in coverage:
        held = best.get(item.event_id)
        if held is None or _extent(item) > _extent(held):
            best[item.event_id] = fresh[item.event_id] = item
    upsert(connection, tables.coverage, [values_of(item) for item in fresh.values()])


def _extent(item: Coverage) -> tuple[Any, ...]:
    """Rank of forms of one stretch: the longest stands; the rest only makes the choice the same everywhere."""
    counts = (item.frames, item.dropped, item.tracks, item.usable_tracks, sorted(item.rejected.items()))
    return (item.ended_at, *counts, item.reason)


def _rebuild(connection: Connection, settings: StoreSettings, touched: dict[UUID, Span]) -> None:
    """Build again the visits within reach of what changed, FaceId by FaceId, and leave the rest alone.

    A visit is within reach when it lies no further than the session gap from the change: what is further away can
    neither join nor part.
    """
    gap = settings.session_gap
    for faces in chunks(touched):
        reach = {face_id: (touched[face_id][0] - gap, touched[face_id][1] + gap) for face_id in faces}
        old = _visits_within(connection, settings.store_id, reach)
        window = {
            face_id: (
                min([touched[face_id][0], *(visit.began_at for visit in old.get(face_id, ()))]),
                max([touched[face_id][1], *(visit.ended_at for visit in old.get(face_id, ()))]),
            )
            for face_id in faces
        }
        before = {visit for of_face in old.values() for visit in of_face}
        after = {
            visit
            for face_id, spans in _spans_within(connection, settings.store_id, window).items()
            for visit in visits_of_face(settings.store_id, face_id, spans, session_gap=gap)
        }
        for gone in chunks(visit.visit_id for visit in before - after):
            connection.execute(delete(tables.visits).where(tables.visits.c.visit_id.in_(gone)))
        upsert(connection, tables.visits, [values_of(visit) for visit in after - before])


def _visits_within(connection: Connection, store_id: str, reach: dict[UUID, Span]) -> dict[UUID, list[Visit]]:
    kept = tables.visits.c
    query = select(tables.visits).where(
        kept.store_id == store_id,
        kept.face_id.in_(list(reach)),
        kept.began_at <= max(last for _, last in reach.values()),
        kept.ended_at >= min(first for first, _ in reach.values()),
    )
    found = defaultdict(list)
    for visit in map(visit_of, connection.execute(query)):
        first, last = reach[visit.face_id]
        if visit.began_at <= last and visit.ended_at >= first:
            found[visit.face_id].append(visit)
    return found


def _spans_within(connection: Connection, store_id: str, window: dict[UUID, Span]) -> dict[UUID, list[Span]]:
    seen = tables.sightings.c
    query = select(seen.face_id, seen.began_at, seen.ended_at).where(
        seen.store_id == store_id,
        seen.face_id.in_(list(window)),
        seen.began_at >= min(first for first, _ in window.values()),
        seen.began_at <= max(last for _, last in window.values()),
        _counted(),
    )
    found = defaultdict(list)
    for face_id, began_at, ended_at in connection.execute(query):
        first, last = window[face_id]
        if first <= began_at <= last:
            found[face_id].append((began_at, ended_at))
    return found


def _counted() -> Any:
    seen = tables.sightings.c
    return (seen.phase == Phase.CONFIRMED.value) & (seen.decision != Decision.REJECTED.value)
