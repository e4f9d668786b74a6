"""Bringing the kept visits up to date with sightings that were written, for many visitors in one statement.

What makes visits of sightings is ``analytics.visits.visits_of_face`` and nothing else. A visit within reach of what was
seen is one that lies no further from it than the session gap: what is further away can neither join nor part.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Column, Connection, Integer, Row, Select, delete, func, select, update

from analytics.records import tables
from analytics.records.bulk import Given, for_each, is_postgres, upsert
from analytics.records.column_types import UtcDateTime
from analytics.records.columns import fetched, gathered
from analytics.records.first_visits import FirstKept, KeptVisit, Visitor, replace_visits, visitor_rows
from analytics.records.months import among_months
from analytics.records.rows import chunks
from analytics.records.who_is_who import WhoIsWho, faces_of, moved_to, who_is_who
from analytics.visit_columns import NEVER_US, face_of, moment_of
from analytics.visits import Stretch, Visit, counted_face, visits_of_face
from schemas.messages import Decision, Phase, Sighting

_Span: TypeAlias = tuple[datetime, datetime]

_kept = tables.visits.c
_seen = tables.sightings.c
_COUNTED = (_seen.sighting_id, _seen.store_id, _seen.face_id, _seen.began_at, _seen.ended_at)
_NUMBER = Column("number", Integer)
_SPANS = Given(
    "spans", _NUMBER, _kept.store_id, _kept.face_id, Column("first", UtcDateTime), Column("last", UtcDateTime)
)
_READ = (_kept.visit_id, _kept.began_at, _kept.ended_at, _kept.sightings, _kept.first_at)

_NEWEST = 2


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
        if len(self.added) == 1 and not self.withdrawn:  # so it is with nearly all
            return self.added[0][:2]
        seen = self.added + self.withdrawn
        return min(first for first, _, _ in seen), max(last for _, last, _ in seen)


def update_visits(
    connection: Connection, changes: Sequence[Change], gaps: Mapping[str, timedelta], who: WhoIsWho
) -> None:
    """Bring the visits up to date with changes to the sightings; ``gaps`` are the session gaps of their stores.

    ``who`` tells for whom the changed forms count.
    """
    touched = _touched(changes, who)
    if not touched:
        return
    reach = {
        visitor: (first - gaps[visitor[0]], last + gaps[visitor[0]])
        for visitor, (first, last) in ((visitor, change.span()) for visitor, change in touched.items())
    }
    old, first = _visits_within(connection, reach)
    seen = {
        visitor: [*change.added, *(_stretch(visit) for visit, _ in old[visitor])] for visitor, change in touched.items()
    }
    windows = {
        visitor: _hull([*change.added, *change.withdrawn, *(_stretch(visit) for visit, _ in old[visitor])])
        for visitor, change in touched.items()
        if change.withdrawn
    }
    seen |= _sightings_within(connection, windows)
    replace_visits(
        connection,
        [kept for of_visitor in old.values() for kept in of_visitor],
        [
            visit
            for (store_id, face_id), stretches in seen.items()
            for visit in visits_of_face(store_id, face_id, stretches, session_gap=gaps[store_id])
        ],
        first,
    )


def rebuild_visits(connection: Connection, store_id: str, session_gap: timedelta) -> None:
    """Build every visit of a store again from its sightings, with another session gap."""
    of_store = tables.stores.c.store_id == store_id
    connection.execute(update(tables.stores).where(of_store).values(session_gap_s=session_gap.total_seconds()))
    connection.execute(delete(tables.visits).where(_kept.store_id == store_id))
    seen = connection.execute(
        select(_seen.face_id, func.min(_seen.began_at), func.max(_seen.began_at))
        .where(_seen.store_id == store_id, _counted())
        .group_by(_seen.face_id)
    ).all()
    if not seen:
        return
    span = _hull((first, last, 1) for _, first, last in seen)
    moved = connection.execute(select(tables.moved_sightings.c.face_id).distinct()).scalars()
    owners = {row.face_id for row in seen} | set(moved)
    counted = who_is_who(connection, owners, []).counted
    for some in chunks({counted.get(owner, owner) for owner in owners} - {None}):
        of_visitors = _sightings_within(connection, {(store_id, visitor): span for visitor in some if visitor})
        rows = [
            row
            for (_, visitor), stretches in of_visitors.items()
            for row in visitor_rows(visits_of_face(store_id, visitor, stretches, session_gap=session_gap))
        ]
        upsert(connection, tables.visits, rows)


def build_visits_of(connection: Connection, visitors: Iterable[UUID]) -> None:
    """Build every visit that is kept under some ids again, in all stores, from what counts for them now."""
    gaps = dict(connection.execute(select(tables.stores.c.store_id, tables.stores.c.session_gap_s)).all())
    for some in chunks(set(visitors)):
        faces = faces_of(connection, some)
        query = select(*_COUNTED).where(_seen.face_id.in_(set().union(*faces.values())), _counted())
        rows = {row.sighting_id: row for row in connection.execute(query)} | _moved_in(connection, faces)
        who = who_is_who(connection, {row.face_id for row in rows.values()}, rows)
        seen: dict[Visitor, list[Stretch]] = defaultdict(list)
        for row in rows.values():
            if (visitor := who.visitor(row.sighting_id, row.face_id)) in faces:
                seen[row.store_id, visitor].append((row.began_at, row.ended_at, 1))
        connection.execute(delete(tables.visits).where(_kept.face_id.in_(some)))
        written = [
            row
            for (store_id, visitor), stretches in seen.items()
            for row in visitor_rows(
                visits_of_face(store_id, visitor, stretches, session_gap=timedelta(seconds=gaps[store_id]))
            )
        ]
        upsert(connection, tables.visits, written)


def _touched(changes: Iterable[Change], who: WhoIsWho) -> dict[Visitor, _Touched]:
    touched: dict[Visitor, _Touched] = defaultdict(_Touched)
    for change in changes:
        form, before = change.form, change.before
        if (visitor := _visitor_of(form, who)) is not None:
            touched[form.store_id, visitor].added.append((form.began_at, form.ended_at, 1))
        if before is not None and (visitor := _visitor_of(before, who)) is not None:
            touched[before.store_id, visitor].withdrawn.append((before.began_at, before.ended_at, 1))
    return touched


def _visitor_of(form: Any, who: WhoIsWho) -> UUID | None:
    face_id = counted_face(form)
    return None if face_id is None else who.visitor(form.sighting_id, face_id)


def _visits_within(
    connection: Connection, spans: Mapping[Visitor, _Span]
) -> tuple[dict[Visitor, list[KeptVisit]], FirstKept]:
    """Return the visits of each visitor that touch a span, and when the first of those who have any began.

    Most spans lie at the end of what is known of their visitor, and the two newest visits tell all.
    """
    if not is_postgres(connection):
        kept = _found(connection, _visits_query, spans)
    else:
        kept = _found(connection, _newest_query, spans)
        late = {
            visitor: spans[visitor]
            for visitor, newest in kept.items()
            if len(newest) == _NEWEST and all(visit.began_at >= spans[visitor][0] for visit, _ in newest)
        }
        kept |= _found(connection, _visits_query, late)
    within: dict[Visitor, list[KeptVisit]] = defaultdict(list)
    for visitor, of_visitor in kept.items():
        first, last = spans[visitor]
        if touching := [one for one in of_visitor if one[0].began_at <= last and one[0].ended_at >= first]:
            within[visitor] = touching
    return within, {
        visitor: next((first_at for _, first_at in of_visitor if first_at is not None), None)
        for visitor, of_visitor in kept.items()
    }


def _found(
    connection: Connection, query: Callable[[str], Select[Any]], spans: Mapping[Visitor, _Span]
) -> dict[Visitor, list[KeptVisit]]:
    """Return the visits that a statement finds for each visitor; who has none is left out."""
    found: dict[Visitor, list[KeptVisit]] = {}
    if not spans:
        return found
    visitors = list(spans)
    columns = fetched(connection, query(connection.dialect.name), (_NUMBER, *_READ), _asked(connection, spans))
    for number, packed, began_us, ended_us, sightings, first_us in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        store_id, face_id = visitors[number]
        visit = Visit(
            visit_id=face_of(packed),
            store_id=store_id,
            face_id=face_id,
            began_at=moment_of(began_us),
            ended_at=moment_of(ended_us),
            sightings=sightings,
        )
        first_at = None if first_us == NEVER_US else moment_of(first_us)
        found.setdefault((store_id, face_id), []).append((visit, first_at))
    return found


def _sightings_within(connection: Connection, spans: Mapping[Visitor, _Span]) -> dict[Visitor, list[Stretch]]:
    """Return what was counted of each visitor that began in a span."""
    found: dict[Visitor, list[Stretch]] = {visitor: [] for visitor in spans}
    if not spans:
        return found
    faces = faces_of(connection, {visitor for _, visitor in spans})
    of_faces = {(store_id, face): span for (store_id, visitor), span in spans.items() for face in faces[visitor]}
    first, last = _hull((first, last, 1) for first, last in spans.values())
    asked = _asked(connection, of_faces) | {"earliest": first, "latest": last}
    rows = {row.sighting_id: row for row in connection.execute(_sightings_query(connection.dialect.name), asked)}
    rows |= _moved_in(connection, faces)
    who = who_is_who(connection, {row.face_id for row in rows.values()}, rows)
    for row in rows.values():
        visitor = who.visitor(row.sighting_id, row.face_id)
        within = None if visitor is None else spans.get((row.store_id, visitor))
        if visitor is not None and within is not None and within[0] <= row.began_at <= within[1]:
            found[row.store_id, visitor].append((row.began_at, row.ended_at, 1))
    return found


def _moved_in(connection: Connection, faces: Mapping[UUID, set[UUID]]) -> dict[UUID, Row[Any]]:
    """Return what counts because a split moved it to one of the FaceIds of visitors, by sighting id."""
    rows: dict[UUID, Row[Any]] = {}
    for some in chunks(moved_to(connection, {face for of_visitor in faces.values() for face in of_visitor})):
        query = select(*_COUNTED).where(_seen.sighting_id.in_(some), _counted())
        rows |= {row.sighting_id: row for row in connection.execute(query)}
    return rows


@cache
def _newest_query(dialect: str) -> Select[Any]:
    """The newest visits of each visitor."""
    span = _SPANS.rows(dialect)
    query = (
        select(span.c.number, *_READ)
        .where(_kept.face_id == span.c.face_id, _kept.store_id == span.c.store_id)
        .order_by(_kept.began_at.desc())
        .limit(_NEWEST)
    )
    return _gathered(dialect, for_each(dialect, span, query))


@cache
def _visits_query(dialect: str) -> Select[Any]:
    """The visits of one visitor that began in a span, the last before and the first after.

    They lie apart: of those that began before a span only the last can reach into it. And where a visitor has any
    visit, one of these is there, which tells when the first began.
    """
    span, other = _SPANS.rows(dialect), tables.visits.alias()
    of_visitor = (other.c.face_id == span.c.face_id, other.c.store_id == span.c.store_id)
    before = select(func.max(other.c.began_at)).where(*of_visitor, other.c.began_at < span.c.first)
    after = select(func.min(other.c.began_at)).where(*of_visitor, other.c.began_at > span.c.last)
    earliest, latest = (one.correlate(span).scalar_subquery() for one in (before, after))
    query = (
        select(span.c.number, *_READ)
        .where(_kept.face_id == span.c.face_id, _kept.store_id == span.c.store_id)
        .where(_kept.began_at >= func.coalesce(earliest, span.c.first))
        .where(_kept.began_at <= func.coalesce(latest, span.c.last))
    )
    return _gathered(dialect, for_each(dialect, span, query))


def _gathered(dialect: str, query: Select[Any]) -> Select[Any]:
    found = query.subquery()
    return gathered(dialect, tuple(found.c), found)


@cache
def _sightings_query(dialect: str) -> Select[Any]:
    span = _SPANS.rows(dialect)
    query = (
        select(*_COUNTED)
        .where(_seen.face_id == span.c.face_id, _seen.store_id == span.c.store_id, _counted())
        .where(_seen.began_at.between(span.c.first, span.c.last))
    )
    if dialect == "postgresql":
        query = query.where(among_months(_seen.began_at))
    return for_each(dialect, span, query)


def _asked(connection: Connection, spans: Mapping[Visitor, _Span]) -> dict[str, Any]:
    return _SPANS.parameters(
        connection, [(number, *visitor, *span) for number, (visitor, span) in enumerate(spans.items())]
    )


def _stretch(visit: Visit) -> Stretch:
    return visit.began_at, visit.ended_at, visit.sightings


def _hull(stretches: Iterable[Stretch]) -> _Span:
    everything = list(stretches)
    return min(first for first, _, _ in everything), max(last for _, last, _ in everything)


def _counted() -> Any:
    return (_seen.phase == Phase.CONFIRMED) & (_seen.decision != Decision.REJECTED)
