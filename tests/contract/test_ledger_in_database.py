"""The identity ledger in the database: visits follow it whatever comes first, and the past can be asked for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_entries import LEDGER_START, entry, ledgers, merged, not_the_same, split, undone
from sqlalchemy import select, update
from test_visit_repository import ALWAYS, GAP, face, histories, repository, sighting, sqlite_url, stored

from analytics.records import tables
from analytics.records.database import connect, reading
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.visit_columns import NEVER_US, faces_of
from analytics.visits import visits_of
from schemas.errors import TransientError
from schemas.ids import anonymous_id, track_id
from schemas.ledger import Ledger
from schemas.messages import Decision, IdentityEvent, IdentityKind, Sighting

NewUrl = Callable[[], AbstractContextManager[str]]
DERIVED = (tables.identities, tables.moved_sightings)
FACES = [face(1), face(2), face(3)]
# The tracks of the histories: number 0 to 11 of either store.
TRACKS = [track_id(store, "door", sighting(0, face_id=None).began_at, number) for store in ("north", "south")
          for number in range(4)]  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    return sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")


def record(kept: VisitRepository, batch: list[Sighting | IdentityEvent]) -> None:
    while True:
        try:
            kept.record(
                [one for one in batch if isinstance(one, Sighting)],
                entries=[one for one in batch if isinstance(one, IdentityEvent)],
            )
            return
        except TransientError:  # as the consumer does
            pass


def batches(draw: Any, told: list[Any]) -> list[list[Any]]:
    found = []
    while told:
        size = draw(st.integers(1, len(told)))
        found.append(told[:size])
        told = told[size:]
    return found


def by_id(visits: list[Any]) -> list[Any]:
    return sorted(visits, key=lambda visit: visit.visit_id)


def rows_of(kept: VisitRepository, table: Any) -> set[Any]:
    with reading(kept._engine) as connection:
        return {tuple(map(tuple_of, row)) for row in connection.execute(select(table))}


def tuple_of(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@settings(max_examples=40, deadline=None)
@given(history=histories(), entries=ledgers(FACES, TRACKS, erasures=False), data=st.data())
def test_any_interleaving_repetition_and_batching_leaves_the_visits_of_the_pure_function(
    new_url: NewUrl, history: list[Sighting], entries: list[IdentityEvent], data: st.DataObject
):
    told = data.draw(st.permutations([*history, *entries]))
    told += data.draw(st.lists(st.sampled_from([*history, *entries]), max_size=6))
    ledger = Ledger(entries)
    with new_url() as url, repository(url) as kept:
        for batch in batches(data.draw, told):
            record(kept, batch)
        assert by_id(stored(kept)) == by_id(visits_of(history, session_gap=GAP, ledger=ledger))
        assert kept.identities.ledger() == ledger
        assert (kept.staff(), kept.static()) == (ledger.staff(), ledger.static())
        bound = {member: ledger.face_of_member(member) for member in ("m-1", "m-2", "m-3")}
        tags = {member: ledger.tags_of(face_id) if face_id else () for member, face_id in bound.items()}
        assert kept.identities.tags_of_members(tags) == {member: some for member, some in tags.items() if some}
        visitors = {visit.face_id for visit in stored(kept)}
        counted = [one.sighting_id for visitor in visitors for one in kept.identities.sightings_of(visitor)]
        assert len(set(counted)) == len(counted) == sum(visit.sightings for visit in stored(kept))
        derived = [rows_of(kept, table) for table in DERIVED]
    with new_url() as url, repository(url) as at_once:  # the same rows as when all comes at once
        record(at_once, [*history, *entries])
        assert [rows_of(at_once, table) for table in DERIVED] == derived
        shorter = timedelta(minutes=5)
        at_once.apply_settings([StoreSettings(store_id=one, session_gap=shorter) for one in at_once.stores()])
        assert by_id(stored(at_once)) == by_id(visits_of(history, session_gap=shorter, ledger=ledger))


erasing = [IdentityKind.ERASED, IdentityKind.MERGED, IdentityKind.STAFF, IdentityKind.BOUND]


@settings(max_examples=30, deadline=None)
@given(
    history=histories(),
    entries=st.lists(st.tuples(st.sampled_from(erasing), st.sampled_from(FACES), st.sampled_from(FACES)), max_size=6),
    visits_too=st.booleans(),
    data=st.data(),
)
def test_whoever_was_erased_is_in_no_row_whatever_comes_first(new_url, history, entries, visits_too, data):
    # Forms of one sighting that differ in nothing but the FaceId are told apart by it: here they differ.
    history = [replace(form, shots=number) for number, form in enumerate(history)]
    entries = [
        entry(number, kind, one, other_face_id=other, visits_too=visits_too, member_id="m-1", tags=("gold",))
        for number, (kind, one, other) in enumerate(entries, start=1)
    ]
    told = data.draw(st.permutations([*history, *entries])) + history[:2]
    ledger = Ledger(entries)
    with new_url() as url, repository(url) as kept:
        for batch in batches(data.draw, told):
            record(kept, batch)
        assert by_id(stored(kept)) == by_id(visits_of(history, session_gap=GAP, ledger=ledger))
        assert (kept.staff(), kept.static()) == (ledger.staff(), ledger.static())
        erased = {one for one in FACES if ledger.is_erased(one)}
        assert not erased & {row.face_id for row in forms(kept)}
        said = [one for one in kept.identities.entries_about(erased) if one.face_id in erased]
        assert not [one for one in said if one.member_id or one.tags]


def forms(kept: VisitRepository) -> list[Sighting]:
    return [item.sighting for store in kept.stores() for item in kept.latest_sightings(store, limit=1000)]


def counts(kept: VisitRepository) -> dict[UUID, int]:
    return {visit.face_id: visit.sightings for visit in kept.visits("north", *ALWAYS)}


def test_a_merge_joins_the_visits_and_its_undoing_parts_them_again(new_url: NewUrl):
    with new_url() as url, repository(url) as kept:
        kept.record([sighting(1, face_id=face(1)), sighting(2, face_id=face(2), at_s=600)])
        before = kept.visits("north", *ALWAYS)
        one = merged(1, face(1), face(2))
        kept.record([], entries=[one])
        assert counts(kept) == {face(1): 2}
        kept.record([sighting(3, face_id=face(2), at_s=900)])
        assert counts(kept) == {face(1): 3}
        assert {item.visitor for item in kept.latest_sightings("north", limit=9)} == {face(1)}
        kept.record([], entries=[undone(2, one)])
        assert counts(kept) == {face(1): 1, face(2): 2}
        assert kept.visits("north", *ALWAYS)[0] == before[0]


def test_a_merge_over_stores_restates_each_of_them_and_touches_no_other_visitor(new_url: NewUrl):
    with new_url() as url, repository(url) as kept:
        kept.record([sighting(1, face_id=face(1)), sighting(2, face_id=face(2), store="south")])
        kept.record([sighting(3, face_id=face(3), at_s=60)])
        untouched = kept.visits("north", *ALWAYS)[1]
        kept.record([], entries=[merged(1, face(1), face(2))])
        assert [visit.face_id for visit in stored(kept)] == [face(1), face(3), face(1)]
        assert kept.visits("north", *ALWAYS)[1] == untouched
        assert kept.first_visits(["south"], faces_of([face(1)])).tolist() != [NEVER_US]


def test_a_barred_merge_does_nothing_until_the_bar_is_undone(new_url: NewUrl):
    bar = not_the_same(1, face(1), face(2))
    with new_url() as url, repository(url) as kept:
        kept.record([sighting(1, face_id=face(1)), sighting(2, face_id=face(2))], entries=[bar])
        kept.record([], entries=[merged(2, face(1), face(2))])
        assert counts(kept).keys() == {face(1), face(2)}
        kept.record([], entries=[undone(3, bar)])
        assert counts(kept).keys() == {face(1)}


def test_a_split_moves_what_was_seen_also_when_it_is_delivered_after_the_split(new_url: NewUrl):
    seen = [sighting(number, face_id=face(1), at_s=number * 60) for number in range(3)]
    parted = split(1, face(1), seen[2].track_id)
    with new_url() as url, repository(url) as kept:
        kept.record(seen[:2], entries=[parted])
        kept.record(seen[2:])
        assert counts(kept) == {face(1): 2, parted.other_face_id: 1}
        kept.record([], entries=[undone(2, parted)])
        assert counts(kept) == {face(1): 3}


def test_erasing_leaves_the_counts_and_takes_the_person_out_of_every_row(new_url: NewUrl):
    seen = [sighting(1, face_id=face(1)), sighting(2, face_id=face(2), at_s=600), sighting(3, face_id=face(3))]
    bound = entry(2, IdentityKind.BOUND, face(2), member_id="m-1", tags=("gold",))
    gone = [entry(number, IdentityKind.ERASED, face(number - 2)) for number in (3, 4)]
    with new_url() as url, repository(url) as kept:
        kept.record(seen, entries=[merged(1, face(1), face(2)), bound])
        kept.record([], entries=gone)
        assert counts(kept) == {anonymous_id(face(1)): 2, face(3): 1}
        kept.record(seen)  # delivered once more
        assert {form.face_id for form in forms(kept)} == {*map(anonymous_id, (face(1), face(2))), face(3)}
        assert {form.box for form in forms(kept) if form.face_id != face(3)} == {(0.0, 0.0, 0.0, 0.0)}
        assert kept.identities.ledger().entry(bound.event_id) == replace(bound, member_id=None, tags=())
        assert kept.identities.tags_of_members(["m-1"]) == {}
        assert counts(kept) == {anonymous_id(face(1)): 2, face(3): 1}


def test_whoever_is_erased_after_being_one_with_somebody_erased_is_in_no_row_either(new_url: NewUrl):
    with new_url() as url, repository(url) as kept:
        kept.record(
            [sighting(1, face_id=face(2))],
            entries=[entry(1, IdentityKind.ERASED, face(1)), merged(2, face(1), face(2))],
        )
        kept.record([], entries=[entry(3, IdentityKind.ERASED, face(2))])
        assert face(2) not in {form.face_id for form in forms(kept)}


def test_tags_that_an_erasure_of_the_version_before_left_are_taken_out_by_the_next_entry(new_url: NewUrl):
    bound = entry(1, IdentityKind.BOUND, face(1), member_id="m-1", tags=("gold",))
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[bound, entry(2, IdentityKind.ERASED, face(1))])
        engine = connect(url)
        with engine.begin() as connection:  # as that version leaves it: without the member, and with the tags
            connection.execute(update(tables.identity_events).values(tags=["gold"]))
        engine.dispose()
        kept.record([], entries=[entry(3, IdentityKind.STAFF, face(2))])
        assert kept.identities.ledger().entry(bound.event_id) == replace(bound, member_id=None, tags=())


def test_erasing_the_visits_too_takes_them_out_of_the_counts(new_url: NewUrl):
    seen = [sighting(1, face_id=face(1)), sighting(2, face_id=face(2))]
    with new_url() as url, repository(url) as kept:
        kept.record(seen)
        kept.record([], entries=[entry(1, IdentityKind.ERASED, face(1), visits_too=True)])
        kept.record(seen)
        assert counts(kept).keys() == {face(2)}
        assert [form.decision for form in forms(kept) if form.face_id is None] == [Decision.REJECTED]


def test_as_of_a_moment_counts_what_was_decided_and_said_by_then(new_url: NewUrl):
    def known(number: int, who: UUID, minutes: int) -> Sighting:
        return replace(
            sighting(number, face_id=who, at_s=number * 10.0), decided_at=LEDGER_START + timedelta(minutes=minutes)
        )

    with new_url() as url, repository(url) as kept:
        kept.record(
            [known(1, face(1), 0), known(2, face(2), 0), known(3, face(3), 5)],
            entries=[merged(2, face(1), face(2)), entry(4, IdentityKind.STAFF, face(1))],
        )

        def then(minutes: int) -> tuple[set[UUID], frozenset[UUID]]:
            source = kept.as_of(LEDGER_START + timedelta(minutes=minutes))
            return {visit.face_id for visit in source.visits("north", *ALWAYS)}, source.staff()

        assert then(-1) == (set(), frozenset())
        assert then(1) == ({face(1), face(2)}, frozenset())
        assert then(3) == ({face(1)}, frozenset())
        assert then(6) == ({face(1), face(3)}, frozenset({face(1)}))
        assert kept.as_of(LEDGER_START).span("north") == (sighting(0, face_id=None, at_s=10).began_at,
                                                          sighting(0, face_id=None, at_s=20).began_at)  # fmt: skip


def test_faces_and_entries_are_found_by_the_first_digits_of_their_ids(new_url: NewUrl):
    said = merged(1, face(1), face(2))
    with new_url() as url, repository(url) as kept:
        kept.record([sighting(1, face_id=face(3))], entries=[said])
        for known in FACES:
            assert kept.identities.faces_beginning(known.hex[:8]) == [known]
        assert kept.identities.faces_beginning("0" * 31) == []
        assert kept.identities.entries_beginning(said.event_id.hex) == [said]
        assert kept.identities.latest_entries(5) == kept.identities.entries_about([face(2)]) == [said]


@pytest.mark.needs_postgres
@settings(max_examples=12, deadline=None)
@given(history=histories(), entries=ledgers(FACES, TRACKS, erasures=False), data=st.data())
def test_two_writers_at_once_one_of_them_of_the_ledger_leave_the_visits_of_the_pure_function(
    new_postgres_database, history, entries, data
):
    shares = [batches(data.draw, data.draw(st.permutations([*history, *entries]))) for _ in range(2)]

    def write(kept: VisitRepository, share: list[list[Any]]) -> None:
        for batch in share:
            record(kept, batch)

    with new_postgres_database() as url, repository(url) as one, repository(url) as other:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(write, (one, other), shares))
        expected = visits_of(history, session_gap=GAP, ledger=Ledger(entries))
        assert by_id(stored(one)) == by_id(expected)
