"""What the entries of the identity ledger say together."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from ledger_entries import LEDGER_START, entry, ledgers, merged, not_the_same, split, undone

from schemas import ids
from schemas.ledger import Ledger
from schemas.messages import IdentityKind, Phase

A, B, C, D = (UUID(int=number) for number in range(0xA0, 0xA4))
TRACKS = [UUID(int=number) for number in range(0xF0, 0xF4)]
NOW = LEDGER_START + timedelta(days=1)
some_entries = ledgers([A, B, C, D], TRACKS)


def says(ledger: Ledger) -> dict[object, object]:
    """All that a ledger answers about four FaceIds, those split off, and the tracks."""
    faces = sorted(ledger.named() | {A, B, C, D})
    return {
        "people": {
            face: (
                ledger.canonical(face),
                ledger.one_with(face),
                ledger.counted(face),
                ledger.is_staff(face),
                ledger.member_of(face),
                ledger.tags_of(face),
                ledger.is_erased(face),
            )
            for face in faces
        },
        "barred": {(one, other): ledger.barred(one, other) for one in faces for other in faces},
        "moved": (ledger.moved_sightings(), ledger.moved_events()),
    }


@given(some_entries, st.data())
def test_any_order_and_repetition_of_the_same_entries_is_the_same_ledger(entries, data):
    told = data.draw(st.permutations(entries)) + (data.draw(st.lists(st.sampled_from(entries))) if entries else [])
    assert says(Ledger(told)) == says(Ledger(entries))
    assert Ledger(told) == Ledger(entries)


@given(some_entries, st.data())
def test_taking_entries_up_bit_by_bit_is_taking_them_up_at_once(entries, data):
    told = data.draw(st.permutations(entries))
    ledger = Ledger()
    while told:
        size = data.draw(st.integers(1, len(told)))
        ledger = ledger.with_more(told[:size])
        told = told[size:]
    assert says(ledger) == says(Ledger(entries))


@given(some_entries)
def test_who_stands_for_somebody_stands_for_himself_and_nobody_is_one_with_whom_he_was_barred_from(entries):
    ledger = Ledger(entries)
    for face in ledger.named():
        root = ledger.canonical(face)
        assert ledger.canonical(root) == root
        assert face in ledger.one_with(root)
        counted = ledger.counted(face)
        assert counted is None or ledger.counted(counted) == counted


@given(some_entries)
def test_undoing_the_last_entry_gives_the_ledger_before_it(entries):
    if not entries:
        return
    last = max(entries, key=lambda one: (one.at, one.event_id))
    erased = {one.face_id for one in entries if one.kind is IdentityKind.ERASED}
    if last.kind is IdentityKind.ERASED or erased & {last.face_id, last.other_face_id}:
        return
    after = Ledger([*entries, replace(undone(99, last), at=NOW)])
    assert says(after) == says(Ledger(entries).with_more([replace(undone(99, last), at=NOW)]))
    before = Ledger(one for one in entries if one is not last)
    for face in (A, B, C, D):
        assert (after.canonical(face), after.is_staff(face)) == (before.canonical(face), before.is_staff(face))
        assert (after.member_of(face), after.tags_of(face)) == (before.member_of(face), before.tags_of(face))


@given(some_entries, st.integers(0, 21))
def test_what_was_known_at_a_moment_is_what_was_said_by_then_and_every_erasure(entries, minutes):
    moment = LEDGER_START + timedelta(minutes=minutes)
    by_then = [one for one in entries if one.at <= moment or one.kind is IdentityKind.ERASED]
    assert says(Ledger(entries).as_of(moment)) == says(Ledger(by_then))


def test_a_chain_of_merges_leads_to_its_end_in_one_step_and_the_entry_says_who_survives():
    ledger = Ledger([merged(1, B, C), merged(2, A, B), merged(3, B, D)])
    assert [ledger.canonical(face) for face in (A, B, C, D)] == [A] * 4
    assert ledger.one_with(C) == {A, B, C, D}


def test_merging_what_is_one_already_changes_nothing_whichever_way_round():
    ledger = Ledger([merged(1, A, B), merged(2, B, A), merged(3, A, A)])
    assert (ledger.canonical(A), ledger.canonical(B)) == (A, A)


def test_an_undone_merge_leaves_two_and_undoing_that_makes_them_one_again():
    first = merged(1, A, B)
    taken_back = undone(2, first)
    ledger = Ledger([first, taken_back])
    assert (ledger.canonical(B), ledger.is_undone(first.event_id)) == (B, True)
    assert ledger.with_more([undone(3, taken_back)]).canonical(B) == A


def test_an_entry_cannot_be_undone_before_it_was_made():
    first = merged(5, A, B)
    assert Ledger([first, undone(1, first)]).canonical(B) == A


def test_not_the_same_keeps_two_apart_through_whomever_they_stand_for_until_it_is_undone():
    said = not_the_same(1, A, B)
    ledger = Ledger([said, merged(2, B, C), merged(3, A, C)])
    assert ledger.canonical(C) == B
    assert ledger.barred(A, C) == ledger.barred(C, A) == said.event_id
    assert ledger.with_more([undone(4, said)]).canonical(C) == A


def test_a_merge_that_came_first_stands_and_is_barred_once_it_is_undone():
    first, said = merged(1, A, B), not_the_same(2, A, B)
    ledger = Ledger([first, said])
    assert (ledger.canonical(B), ledger.barred(A, B)) == (A, None)
    apart = ledger.with_more([undone(3, first), merged(4, A, B)])
    assert (apart.canonical(B), apart.barred(A, B)) == (B, said.event_id)


def test_a_split_moves_the_sightings_and_templates_of_its_tracks_and_keeps_the_two_apart():
    parted = split(1, A, TRACKS[0])
    ledger = Ledger([parted, merged(2, A, parted.other_face_id)])
    sighting = ids.sighting_id(TRACKS[0])
    event = ids.crop_event_id(TRACKS[0], Phase.CONFIRMED)
    assert ledger.visitor(sighting, A) == ledger.keeper(event, A) == parted.other_face_id
    assert ledger.visitor(ids.sighting_id(TRACKS[1]), A) == A
    assert ledger.with_more([undone(3, parted)]).visitor(sighting, A) == A


def test_the_last_word_about_staff_and_member_holds_for_the_whole_person():
    first = entry(1, IdentityKind.STAFF, A)
    ledger = Ledger([first, merged(2, B, A), entry(3, IdentityKind.BOUND, B, member_id="m-1")])
    assert ledger.is_staff(B)
    assert ledger.member_of(A) == "m-1"
    assert not ledger.with_more([entry(4, IdentityKind.NOT_STAFF, B)]).is_staff(A)
    assert not ledger.with_more([undone(4, first)]).is_staff(B)


def test_tags_hold_with_the_member_until_the_next_word_about_the_person_and_come_back_with_its_undoing():
    gold = entry(1, IdentityKind.BOUND, A, member_id="m-1", tags=("gold", "likes tea"))
    changed = entry(2, IdentityKind.BOUND, A, member_id="m-1", tags=("silver",))
    ledger = Ledger([gold])
    assert ledger.tags_of(A) == tags_of_member(ledger, "m-1") == ("gold", "likes tea")
    assert tags_of_member(ledger.with_more([changed]), "m-1") == ("silver",)
    assert tags_of_member(ledger.with_more([changed, undone(3, changed)]), "m-1") == ("gold", "likes tea")
    assert tags_of_member(ledger.with_more([entry(2, IdentityKind.BOUND, A, member_id="m-1")]), "m-1") == ()
    assert ledger.with_more([entry(2, IdentityKind.UNBOUND, A)]).tags_of(A) == ()
    assert ledger.with_more([entry(2, IdentityKind.ERASED, A)]).tags_of(A) == ()
    assert tags_of_member(ledger, "m-2") == ledger.tags_of(B) == ()


def tags_of_member(ledger: Ledger, member_id: str) -> tuple[str, ...]:
    face_id = ledger.face_of_member(member_id)
    return () if face_id is None else ledger.tags_of(face_id)


def test_of_a_person_with_two_faceids_the_one_that_is_bound_is_told():
    ledger = Ledger([entry(1, IdentityKind.BOUND, B, member_id="m-1"), merged(2, A, B)])
    assert (ledger.canonical(B), ledger.bound_face(A), ledger.bound_face(B)) == (A, B, B)
    assert Ledger().bound_face(A) == A


def test_of_two_who_are_merged_the_last_word_brings_its_tags():
    first = entry(1, IdentityKind.BOUND, A, member_id="m-1", tags=("gold",))
    last = entry(2, IdentityKind.BOUND, B, member_id="m-2", tags=("silver",))
    ledger = Ledger([first, last, merged(3, A, B)])
    assert (ledger.tags_of(A), tags_of_member(ledger, "m-2"), tags_of_member(ledger, "m-1")) == (
        ("silver",),
        ("silver",),
        (),
    )
    assert ledger.with_more([undone(4, last)]).tags_of(B) == ("gold",)


def test_what_never_moves_is_marked_as_staff_is_and_apart_from_it():
    first = entry(1, IdentityKind.STATIC, A)
    ledger = Ledger([first, merged(2, A, B)])
    assert (ledger.is_static(B), ledger.is_staff(B)) == (True, False)
    assert (ledger.static(), ledger.staff()) == ({A}, frozenset())
    assert not ledger.with_more([entry(4, IdentityKind.NOT_STATIC, B)]).is_static(A)
    assert not ledger.with_more([undone(4, first)]).is_static(B)
    assert ledger.with_more([entry(4, IdentityKind.UNBOUND, A)]).member_of(B) is None


def test_an_erased_face_id_counts_under_an_id_of_nobody_and_cannot_be_brought_back():
    gone = [merged(1, A, B), entry(2, IdentityKind.ERASED, A), entry(3, IdentityKind.ERASED, B)]
    ledger = Ledger([*gone, undone(4, gone[1]), undone(5, gone[0])])
    assert ledger.counted(A) == ledger.counted(B) == ledger.counted(ids.anonymous_id(B)) == ids.anonymous_id(A)
    assert ledger.is_erased(A)
    assert ledger.as_of(LEDGER_START).is_erased(B)


def test_where_the_visits_were_erased_too_nothing_is_counted():
    assert Ledger([entry(1, IdentityKind.ERASED, A, visits_too=True)]).visitor(UUID(int=1), A) is None


def test_minting_is_not_kept_as_it_changes_nothing():
    assert Ledger([entry(1, IdentityKind.MINTED, A)]) == Ledger()
