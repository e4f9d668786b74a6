"""Writing a batch of sightings and coverage, inside a transaction that the caller began.

Several processes may write at once. Whoever writes of a store first locks the store's row, and holds it to the end of
the transaction: a store has one writer at a time, what it compares with is what was committed, and changes are numbered
in the order in which they become visible. So no older form can replace a newer one, whoever comes last. Writers of
different stores do not meet. Locks are taken in the order of the ids, so that no two wait for each other, and behind
that of the ledger (``analytics.records.who_is_who``).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select

from analytics.records import tables
from analytics.records.arrival_writer import Announcing, announce
from analytics.records.bulk import Given, for_each, insert_missing, insert_new, is_postgres, upsert
from analytics.records.business_days import count_days_anew, keep_days
from analytics.records.coverage_writer import settle_coverage_of_a_version_before, write_coverage
from analytics.records.first_visits import settle_visitors_of_a_version_before
from analytics.records.kept_settings import keep_settings, kept_or_first
from analytics.records.ledger_writer import kept_form, record_entries
from analytics.records.months import among_months, make_months
from analytics.records.rows import sighting_values
from analytics.records.visit_writer import Change, rebuild_visits, update_visits
from analytics.records.who_is_who import lock_ledger, who_is_who
from analytics.settings import StoreSettings
from analytics.visits import outranks, standing
from schemas.messages import Arrival, Coverage, IdentityEvent, Sighting

_seen = tables.sightings.c
_KEYS = Given("keys", _seen.sighting_id, _seen.began_at)
# Of the forms that are there: what decides whether they stand, and where they count.
_FORM = (
    _seen.sighting_id, _seen.event_id, _seen.store_id, _seen.phase, _seen.decision, _seen.face_id, _seen.began_at,
    _seen.ended_at, _seen.shots, _seen.quality,
)  # fmt: skip


def record_batch(
    connection: Connection,
    stores: Mapping[str, StoreSettings],
    sightings: Iterable[Sighting],
    coverage: Sequence[Coverage],
    entries: Sequence[IdentityEvent] = (),
    announcing: Announcing | None = None,
) -> list[Arrival]:
    """Write what stands of a batch, and bring the visits up to date; return the arrivals to tell of.

    ``stores`` gives the settings of each store in it, which are taken where none are kept. Repeating a batch, or any
    part of it, changes nothing. Without ``announcing`` nobody's arrival is told.
    """
    record_entries(connection, entries)
    asked = standing(sightings)
    who = who_asked = who_is_who(connection, _faces(asked), [form.sighting_id for form in asked])
    # Nothing of a person who was erased comes back with a late delivery.
    forms = [kept_form(form, who) for form in asked]
    if is_postgres(connection):
        make_months(connection, {form.began_at for form in forms})
    locked = _lock(connection, {store_id: settings.session_gap for store_id, settings in stores.items()})
    kept = kept_or_first(connection, stores)
    gaps = {store_id: settings.session_gap for store_id, settings in kept.items()}
    keep_days(connection, kept, forms)
    changes = _write_sightings(connection, locked, forms)
    write_coverage(connection, coverage)
    regapped = {store_id for store_id, gap in gaps.items() if gap.total_seconds() != locked[store_id].session_gap_s}
    settled = [change for change in changes if change.form.store_id not in regapped]
    touched = [form for change in settled for form in (change.form, change.before) if form is not None]
    if not _faces(touched) <= _faces(asked):  # what is replaced, or erased, was decided for somebody else
        who = who_is_who(connection, _faces(touched), [form.sighting_id for form in touched])
    update_visits(connection, settled, gaps, who)
    for store_id in sorted(regapped):
        rebuild_visits(connection, store_id, gaps[store_id])
    return announce(connection, forms, gaps, who_asked, announcing) if announcing and forms else []


def apply_settings(connection: Connection, settings: Sequence[StoreSettings]) -> None:
    """Keep the settings of stores, and build the visits again of those whose session gap is another one now."""
    gaps = {one.store_id: one.session_gap for one in settings}
    lock_ledger(connection, to_change=False)
    locked = _locked(connection, gaps)
    keep_settings(connection, settings)
    for one in settings:
        count_days_anew(connection, one)
        settle_visitors_of_a_version_before(connection, one.store_id)
        settle_coverage_of_a_version_before(connection, one.store_id)
    for store_id, row in locked.items():
        if row.session_gap_s != gaps[store_id].total_seconds():
            rebuild_visits(connection, store_id, gaps[store_id])


def _faces(forms: Iterable[Any]) -> set[UUID]:
    return {form.face_id for form in forms if form.face_id is not None}


def _lock(connection: Connection, gaps: Mapping[str, timedelta]) -> dict[str, Row[Any]]:
    """Lock the rows of stores, made where they are new, and return them."""
    new = [(store_id, gap.total_seconds(), 0) for store_id, gap in sorted(gaps.items())]
    insert_missing(connection, tables.stores, new)
    return _locked(connection, gaps)


def _locked(connection: Connection, store_ids: Iterable[str]) -> dict[str, Row[Any]]:
    """Lock the rows of those stores that have one, and return them."""
    store_id = tables.stores.c.store_id
    query = select(tables.stores).where(store_id.in_(list(store_ids))).order_by(store_id).with_for_update()
    return {row.store_id: row for row in connection.execute(query)}


def _write_sightings(connection: Connection, stores: Mapping[str, Row[Any]], forms: Sequence[Sighting]) -> list[Change]:
    """Write the forms that take precedence over what is there, and return what that changed."""
    held = _held(connection, forms)
    fresh = [form for form in forms if form.sighting_id not in held or outranks(form, held[form.sighting_id])]
    fresh.sort(key=lambda form: form.store_id)
    new: list[tuple[Any, ...]] = []
    replaced: list[tuple[Any, ...]] = []
    numbered = []
    for store_id, of_store in groupby(fresh, key=lambda form: form.store_id):
        change = stores[store_id].last_change
        for form in of_store:
            change += 1
            rows = replaced if form.sighting_id in held else new
            rows.append((*sighting_values(form), change))
        numbered.append((store_id, stores[store_id].session_gap_s, change))
    insert_new(connection, tables.sightings, new)
    upsert(connection, tables.sightings, replaced)
    upsert(connection, tables.stores, numbered)
    return [Change(form=form, before=held.get(form.sighting_id)) for form in fresh]


def _held(connection: Connection, forms: Sequence[Sighting]) -> dict[Any, Any]:
    """Return, by sighting id, the forms that are there."""
    if not forms:
        return {}
    moments = {"earliest": min(form.began_at for form in forms), "latest": max(form.began_at for form in forms)}
    asked = moments | _KEYS.parameters(connection, [(form.sighting_id, form.began_at) for form in forms])
    return {row.sighting_id: row for row in connection.execute(_held_query(connection.dialect.name), asked)}


@cache
def _held_query(dialect: str) -> Select[Any]:
    keys = _KEYS.rows(dialect)
    query = select(*_FORM).where(_seen.sighting_id == keys.c.sighting_id)
    if dialect == "postgresql":  # the other half of the key, and in which months to look
        query = query.where(_seen.began_at == keys.c.began_at, among_months(_seen.began_at))
    return for_each(dialect, keys, query)
