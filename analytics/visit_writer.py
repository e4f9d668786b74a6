"""Bringing the kept visits up to date with sightings that were written, for many visitors in one statement.

What makes visits of sightings is ``analytics.visits.visits_of_face`` and nothing else. A visit within reach of what was
seen is one that lies no further from it than the session gap: what is further away can neither join nor part.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Column, Connection, Select, delete, func, select, update

from analytics import tables
from analytics.bulk import Given, for_each, upsert
from analytics.months import among_months
from analytics.rows import chunks, visit_of, visit_values
from analytics.tables import UtcDateTime
from analytics.visits import Stretch, Visit, counted_face, visits_of_face
from schemas.messages import Decision, Phase, Sighting

Visitor: TypeAlias = tuple[str, UUID]
"""A FaceId in a store."""
_Span: TypeAlias = tuple[datetime, datetime]

_kept = tables.visits.c
_seen = tables.sightings.c
_SPANS = Given("spans", _kept.store_id, _kept.face_id, Column("first", UtcDateTime), Column("last", UtcDateTime))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A form of a sighting that was written, and the one it replaced: a row with the same names, None where new."""

    form: Sighting
    before: Any


@dataclass(slots=True)
class _Touched:
    """What changed for a visitor. Once something that counted was taken back, adding no longer tells the outcome."""

    added: list[Stretch] = field(default_factory=list)
    withdrawn: list[Stretch] = field(default_factory=list)

    def span(self) -> _Span:
        seen = self.added + self.withdrawn
        return min(first for first, _, _ in seen), max(last for _, last, _ in seen)


def update_visits(connection: Connection, changes: Sequence[Change], gaps: Mapping[str, timedelta]) -> None:
    """Bring the visits up to date with changes to the sightings; ``gaps`` are the session gaps of their stores."""
    touched = _touched(changes)
    if not touched:
        return
    reach = {
        visitor: (first - gaps[visitor[0]], last + gaps[visitor[0]])
        for visitor, (first, last) in ((visitor, change.span()) for visitor, change in touched.items())
    }
    old = _visits_within(connection, reach)
    seen = {visitor: [*change.added, *map(_stretch, old[visitor])] for visitor, change in touched.items()}
    windows = {
        visitor: _hull([*change.added, *change.withdrawn, *map(_stretch, old[visitor])])
        for visitor, change in touched.items()
        if change.withdrawn
    }
    seen |= _sightings_within(connection, windows)
    _replace(
        connection,
        [visit for of_visitor in old.values() for visit in of_visitor],
        [
            visit
            for (store_id, face_id), stretches in seen.items()
            for visit in visits_of_face(store_id, face_id, stretches, session_gap=gaps[store_id])
        ],
    )


def rebuild_visits(connection: Connection, store_id: str, session_gap: timedelta) -> None:
    """Build every visit of a store again from its sightings, with another session gap."""
    of_store = tables.stores.c.store_id == store_id
    connection.execute(update(tables.stores).where(of_store).values(session_gap_s=session_gap.total_seconds()))
    connection.execute(delete(tables.visits).where(_kept.store_id == store_id))
    spans = connection.execute(
        select(_seen.face_id, func.min(_seen.began_at), func.max(_seen.began_at))
        .where(_seen.store_id == store_id, _counted())
        .group_by(_seen.face_id)
    )
    for some in chunks(spans.all()):
        seen = _sightings_within(connection, {(store_id, face_id): (first, last) for face_id, first, last in some})
        visits = [
            visit
            for (_, face_id), stretches in seen.items()
            for visit in visits_of_face(store_id, face_id, stretches, session_gap=session_gap)
        ]
        upsert(connection, tables.visits, [visit_values(visit) for visit in visits])


def _touched(changes: Iterable[Change]) -> dict[Visitor, _Touched]:
    touched: dict[Visitor, _Touched] = defaultdict(_Touched)
    for change in changes:
        form, before = change.form, change.before
        if (face_id := counted_face(form)) is not None:
            touched[form.store_id, face_id].added.append((form.began_at, form.ended_at, 1))
        if before is not None and (face_id := counted_face(before)) is not None:
            touched[before.store_id, face_id].withdrawn.append((before.began_at, before.ended_at, 1))
    return touched


def _replace(connection: Connection, old: Iterable[Visit], new: Iterable[Visit]) -> None:
    before, after = set(old), set(new)
    gone = {visit.visit_id for visit in before} - {visit.visit_id for visit in after}
    for some in chunks(gone):
        connection.execute(delete(tables.visits).where(_kept.visit_id.in_(some)))
    upsert(connection, tables.visits, [visit_values(visit) for visit in after - before])


def _visits_within(connection: Connection, spans: Mapping[Visitor, _Span]) -> dict[Visitor, list[Visit]]:
    """Return the visits of each visitor that touch a span."""
    found: dict[Visitor, list[Visit]] = defaultdict(list)
    for visit in map(visit_of, connection.execute(_visits_query(connection.dialect.name), _asked(connection, spans))):
        found[visit.store_id, visit.face_id].append(visit)
    return found


def _sightings_within(connection: Connection, spans: Mapping[Visitor, _Span]) -> dict[Visitor, list[Stretch]]:
    """Return what was counted of each visitor that began in a span."""
    found: dict[Visitor, list[Stretch]] = {visitor: [] for visitor in spans}
    if spans:
        first, last = _hull((first, last, 1) for first, last in spans.values())
        asked = _asked(connection, spans) | {"earliest": first, "latest": last}
        for row in connection.execute(_sightings_query(connection.dialect.name), asked):
            found[row.store_id, row.face_id].append((row.began_at, row.ended_at, 1))
    return found


@cache
def _visits_query(dialect: str) -> Select[Any]:
    """Visits of one visitor lie apart: of those that began before a span only the last can reach into it."""
    span, earlier = _SPANS.rows(dialect), tables.visits.alias()
    last_before = (
        select(func.max(earlier.c.began_at))
        .where(earlier.c.face_id == span.c.face_id, earlier.c.store_id == span.c.store_id)
        .where(earlier.c.began_at < span.c.first)
        .correlate(span)
        .scalar_subquery()
    )
    query = (
        select(tables.visits)
        .where(_kept.face_id == span.c.face_id, _kept.store_id == span.c.store_id)
        .where(_kept.began_at <= span.c.last, _kept.began_at >= func.coalesce(last_before, span.c.first))
        .where(_kept.ended_at >= span.c.first)
    )
    return for_each(dialect, span, query)


@cache
def _sightings_query(dialect: str) -> Select[Any]:
    span = _SPANS.rows(dialect)
    query = (
        select(_seen.store_id, _seen.face_id, _seen.began_at, _seen.ended_at)
        .where(_seen.face_id == span.c.face_id, _seen.store_id == span.c.store_id, _counted())
        .where(_seen.began_at.between(span.c.first, span.c.last))
    )
    if dialect == "postgresql":
        query = query.where(among_months(_seen.began_at))
    return for_each(dialect, span, query)


def _asked(connection: Connection, spans: Mapping[Visitor, _Span]) -> dict[str, Any]:
    return _SPANS.parameters(connection, [(*visitor, *span) for visitor, span in spans.items()])


def _stretch(visit: Visit) -> Stretch:
    return visit.began_at, visit.ended_at, visit.sightings


def _hull(stretches: Iterable[Stretch]) -> _Span:
    everything = list(stretches)
    return min(first for first, _, _ in everything), max(last for _, last, _ in everything)


def _counted() -> Any:
    return (_seen.phase == Phase.CONFIRMED) & (_seen.decision != Decision.REJECTED)
