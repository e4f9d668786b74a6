"""Writing entries of the identity ledger, and what follows from them, inside a transaction that the caller began.

The tables that visits are built by follow from the entries alone (``schemas.ledger``). Where they change, the visits of
the ids concerned are built again from their sightings, and nothing else is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, Table, delete, select, update

from analytics.outbound.outbox import forget_messages
from analytics.records import tables
from analytics.records.bulk import insert_missing, upsert
from analytics.records.erasure import without_person
from analytics.records.rows import chunks, entry_of, entry_values, sighting_of, sighting_values
from analytics.records.visit_writer import build_visits_of
from analytics.records.who_is_who import WhoIsWho, lock_ledger, moved_to, who_is_who
from schemas.ledger import WITHOUT_EFFECT, Ledger
from schemas.messages import IdentityEvent, IdentityKind, Sighting

_Identity: TypeAlias = tuple[UUID, UUID | None, bool, str | None, bool, bool, list[str]]
"""A row of what is kept of a FaceId: itself, the id it stands for, staff, member, erased, static, tags."""

_entry = tables.identity_events.c
_seen = tables.sightings.c


def record_entries(connection: Connection, entries: Sequence[IdentityEvent]) -> None:
    """Write entries, and restate what they concern; hold the ledger's lock from here on. Repeating changes nothing."""
    decides = any(entry.kind not in WITHOUT_EFFECT for entry in entries)
    lock_ledger(connection, to_change=decides)
    once = {entry.event_id: entry for entry in entries}
    insert_missing(connection, tables.identity_events, [entry_values(entry) for entry in once.values()])
    if decides:
        _restate(connection, kept_ledger(connection))


def kept_ledger(connection: Connection) -> Ledger:
    """Return the ledger of all entries that are kept."""
    rows = connection.execute(select(tables.identity_events).where(_entry.kind.not_in(WITHOUT_EFFECT)))
    return Ledger(map(entry_of, rows))


def kept_form(form: Sighting, who: WhoIsWho) -> Sighting:
    """Return a sighting as it may be kept."""
    owner = None if form.face_id is None else who.owner(form.sighting_id, form.face_id)
    if owner is None or owner not in who.erased:
        return form
    return without_person(form, owner, visits_too=who.counted[owner] is None)


def _restate(connection: Connection, ledger: Ledger) -> None:
    before = {row.face_id: tuple(row) for row in connection.execute(select(tables.identities))}
    after = {face_id: said for face_id in ledger.named() if (said := _said(ledger, face_id)) != _nothing(face_id)}
    moved_before = {row.sighting_id: tuple(row) for row in connection.execute(select(tables.moved_sightings))}
    moved_after = {sighting_id: (sighting_id, face_id) for sighting_id, face_id in ledger.moved_sightings().items()}
    moves = {one for one in {*moved_before, *moved_after} if moved_before.get(one) != moved_after.get(one)}
    raw = _decided_for(connection, moves)
    changed = {face for face in {*before, *after} if _counted(before, face) != _counted(after, face)}
    touched = {_counted(state, face) for face in changed for state in (before, after)}
    for state, moved in ((before, moved_before), (after, moved_after)):
        touched |= {_counted(state, moved[one][1] if one in moved else raw[one]) for one in moves & raw.keys()}
    _replace(connection, tables.identities, before, after)
    _replace(connection, tables.moved_sightings, moved_before, moved_after)
    erased = {face_id for face_id, said in after.items() if said[4]}
    _forget_members(connection, erased)
    # Who was one with somebody erased counts as before when erased as well, and is seen in the rows still.
    newly = erased - {face_id for face_id, said in before.items() if said[4]}
    _forget_faces(connection, erased & changed | newly, moves)
    build_visits_of(connection, [visitor for visitor in touched if visitor is not None])


def _said(ledger: Ledger, face_id: UUID) -> _Identity:
    return (
        face_id,
        ledger.counted(face_id),
        ledger.is_staff(face_id),
        ledger.member_of(face_id),
        ledger.is_erased(face_id),
        ledger.is_static(face_id),
        list(ledger.tags_of(face_id)),
    )


def _nothing(face_id: UUID) -> _Identity:
    return face_id, face_id, False, None, False, False, []


def _counted(said: Mapping[UUID, Any], face_id: UUID) -> UUID | None:
    stands_for: UUID | None = said.get(face_id, _nothing(face_id))[1]
    return stands_for


def _decided_for(connection: Connection, sighting_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the FaceId for which each sighting was decided; one that is not here, or has none, is left out."""
    found: dict[UUID, UUID] = {}
    for some in chunks(sighting_ids):
        query = select(_seen.sighting_id, _seen.face_id).where(_seen.sighting_id.in_(some), _seen.face_id.is_not(None))
        found |= dict(connection.execute(query).all())
    return found


def _replace(connection: Connection, table: Table, before: Mapping[UUID, Any], after: Mapping[UUID, Any]) -> None:
    (key,) = table.primary_key.columns
    for some in chunks(before.keys() - after.keys()):
        connection.execute(delete(table).where(key.in_(some)))
    upsert(connection, table, [row for one, row in after.items() if before.get(one) != row])


def _forget_members(connection: Connection, erased: Iterable[UUID]) -> None:
    for some in chunks(erased):
        # A binding also where the version before took the member away: it knows no tags.
        said = _entry.member_id.is_not(None) | (_entry.kind == IdentityKind.BOUND)
        bound = update(tables.identity_events).where(_entry.face_id.in_(some), said)
        connection.execute(bound.values(member_id=None, tags=[]))
        connection.execute(delete(tables.arrivals).where(tables.arrivals.c.face_id.in_(some)))
        forget_messages(connection, some)


def _forget_faces(connection: Connection, erased: set[UUID], moves: set[UUID]) -> None:
    """Leave of the sightings of erased FaceIds, and of those moved, what may be kept."""
    conditions = [_seen.face_id.in_(some) for some in chunks(erased)]
    conditions += [_seen.sighting_id.in_(some) for some in chunks({*moves, *moved_to(connection, erased)})]
    for condition in conditions:
        rows = connection.execute(select(tables.sightings).where(condition)).all()
        who = who_is_who(connection, {row.face_id for row in rows if row.face_id}, [row.sighting_id for row in rows])
        forms = [(sighting_of(row), row.change) for row in rows]
        kept = [(kept_form(form, who), form, change) for form, change in forms]
        upsert(
            connection,
            tables.sightings,
            [(*sighting_values(new), change) for new, form, change in kept if new != form],
        )
