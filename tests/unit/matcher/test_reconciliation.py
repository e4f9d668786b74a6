"""Everybody is looked at again together: who is joined, who is parted, and what people said stands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_visitors import CALIBRATION, LATER, POLICY, Seen, look, matched_week, point, uv_error
from ledger_entries import entry, merged, not_the_same, undone

from faces.calibration import Calibration
from matcher.reconciliation.reconcile import Reconciliation, Rules, reconcile
from schemas.ledger import NOTHING_SAID, Ledger
from schemas.messages import IdentityEvent, IdentityKind
from simulator.score import pair_precision_and_recall

RULES = Rules(calibration=CALIBRATION, policy=POLICY, travel_time=timedelta(minutes=3))
NOBODY_MERGED = replace(RULES, policy=replace(POLICY, false_merge_budget=1e-4))
ANN, ANN_AGAIN, BEN = UUID(int=1), UUID(int=2), UUID(int=3)


def reconciled(seen: Seen, *said: IdentityEvent, store: str | None = None, rules: Rules = RULES) -> Reconciliation:
    return reconcile(seen.templates, seen.sightings, Ledger(said), rules, at=LATER, store=store)


def pairs(found: Reconciliation) -> set[frozenset[UUID | None]]:
    return {frozenset((one.face_id, one.other_face_id)) for one in found.entries}


def crowd(seen: Seen) -> Seen:
    """Add thirty strangers, among whom it can be told how near strangers come."""
    rng = np.random.default_rng(99)
    for number in range(30):
        seen.add(100 + number, UUID(int=100 + number), look(point(rng), rng, 0.5), minutes=1000.0 + 10 * number)
    return seen


def twice_ann(**again: object) -> Seen:
    """Ann was taken for two: the second time as these say."""
    rng, seen = np.random.default_rng(5), Seen()
    ann = point(rng)
    seen.add(1, ANN, look(ann, rng, 0.5))
    seen.add(1, ANN_AGAIN, look(ann, rng, 0.5), **{"minutes": 60.0, **again})  # type: ignore[arg-type]
    return crowd(seen)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("calibration", [CALIBRATION, replace(CALIBRATION, mutual_gap=())], ids=["mutual", "one side"])
def test_a_week_reconciled_has_fewer_visitors_too_many_in_every_store_and_far_fewer_in_the_chain(
    seed: int, calibration: Calibration
) -> None:
    week = matched_week(seed, people=90, visits=300, stores="abc", spread=1.3)

    ledger = Ledger(reconciled(week, rules=replace(RULES, calibration=calibration)).entries)

    for scope in ("a", "b", "c", None):
        before, after = (uv_error(week.appearances(known, scope)) for known in (NOTHING_SAID, ledger))
        assert abs(after) <= abs(before)
        assert abs(after) < before / 5 or scope is not None
    precision, recall = pair_precision_and_recall(week.appearances(ledger, None))
    assert precision >= 0.98  # the budget lets one of two hundred people be merged wrongly
    assert recall > pair_precision_and_recall(week.appearances(NOTHING_SAID, None))[1] + 0.1


def test_the_second_faceid_of_a_visitor_is_given_to_the_first_with_what_speaks_for_it() -> None:
    (made,) = reconciled(twice_ann()).entries

    assert (made.kind, made.face_id, made.other_face_id) == (IdentityKind.MERGED, ANN, ANN_AGAIN)
    assert made.actor == "reconciliation"
    assert "alike within store a" in made.reason
    assert "confidence 0.999" in made.reason


def test_people_of_two_stores_are_joined_over_the_chain_and_not_within_a_store() -> None:
    seen = twice_ann(store="b")

    assert pairs(reconciled(seen)) == {frozenset((ANN, ANN_AGAIN))}
    assert not reconciled(seen, store="a").entries


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({"minutes": 0.05}, id="in one picture"),
        pytest.param({"minutes": 2.0, "store": "b"}, id="two stores within two minutes"),
    ],
)
def test_who_cannot_be_one_person_is_not_joined_however_alike(again: dict[str, object]) -> None:
    assert not reconciled(twice_ann(**again)).entries


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({"minutes": 0.05, "camera": "aisle"}, id="on two cameras of a store at once"),
        pytest.param({"minutes": 4.0, "store": "b"}, id="two stores four minutes apart"),
    ],
)
def test_who_may_have_got_there_is_joined(again: dict[str, object]) -> None:
    assert pairs(reconciled(twice_ann(**again))) == {frozenset((ANN, ANN_AGAIN))}


def test_a_turned_visitor_beside_somebody_is_not_joined_with_them() -> None:
    seen = twice_ann()
    seen.sightings[1] = replace(seen.sightings[1], beside=(seen.sightings[0].track_id,))

    assert not reconciled(seen).entries


def test_what_people_took_back_or_declared_is_never_proposed_again() -> None:
    seen = twice_ann()
    (made,) = reconciled(seen).entries
    by_hand = merged(1, ANN_AGAIN, ANN)

    for said in ([made, undone(2, made)], [by_hand, undone(2, by_hand)], [not_the_same(1, ANN, ANN_AGAIN)]):
        dated = [replace(one, at=LATER + timedelta(days=place)) for place, one in enumerate(said)]
        found = reconciled(seen, *dated)
        assert not found.entries
        assert not found.to_review


def test_two_members_of_the_shop_are_never_joined_and_a_member_stands_for_who_is_none() -> None:
    bound = [entry(1, IdentityKind.BOUND, ANN_AGAIN, member_id="card 1")]
    also = entry(2, IdentityKind.BOUND, ANN, member_id="card 2")

    (made,) = reconciled(twice_ann(), *bound).entries
    assert (made.face_id, made.other_face_id) == (ANN_AGAIN, ANN)
    assert not reconciled(twice_ann(), *bound, also).entries


def test_the_erased_are_left_in_peace() -> None:
    assert not reconciled(twice_ann(), entry(1, IdentityKind.ERASED, ANN_AGAIN)).entries


def test_two_of_whom_the_log_no_longer_says_where_they_were_seen_are_not_compared_again() -> None:
    seen = twice_ann()
    forgotten = Seen(templates=seen.templates, sightings=seen.sightings[2:], person_of=seen.person_of)
    one_new = Seen(templates=seen.templates, sightings=seen.sightings[1:], person_of=seen.person_of)

    assert not reconciled(forgotten).entries
    assert reconciled(one_new).entries


def test_a_template_that_lies_with_somebody_else_is_parted_and_joined_there() -> None:
    rng, seen = np.random.default_rng(6), Seen()
    ann, ben = point(rng), point(rng)
    seen.add(1, ANN, look(ann, rng, 0.4))
    stray = seen.add(2, ANN, look(ben, rng, 0.4), minutes=60, minted=False)
    seen.add(2, BEN, look(ben, rng, 0.4), minutes=120)

    parted, joined = reconciled(crowd(seen)).entries

    assert (parted.kind, parted.face_id, parted.track_ids) == (IdentityKind.SPLIT, ANN, (stray.track_id,))
    assert {joined.face_id, joined.other_face_id} == {BEN, parted.other_face_id}
    taken_back = [parted, undone(9, parted)]
    dated = [replace(one, at=LATER + timedelta(days=place)) for place, one in enumerate(taken_back)]
    assert parted.event_id not in {one.event_id for one in reconciled(seen, *dated).entries}


def test_who_was_seen_twice_in_one_picture_is_two_people() -> None:
    rng, seen = np.random.default_rng(7), Seen()
    ann = point(rng)
    seen.add(1, ANN, look(ann, rng, 0.5))
    sister = seen.add(2, ANN, look(ann, rng, 0.5), minutes=0.02, minted=False, keep=False)

    (made,) = reconciled(seen).entries

    assert (made.kind, made.face_id, made.track_ids) == (IdentityKind.SPLIT, ANN, (sister.track_id,))
    assert not reconciled(seen, made).entries
    assert not reconciled(seen, made, replace(undone(1, made), at=LATER + timedelta(days=1))).entries


def test_two_tracks_that_meet_for_an_instant_are_one_visitor() -> None:
    rng, seen = np.random.default_rng(7), Seen()
    ann = point(rng)
    seen.add(1, ANN, look(ann, rng, 0.5), lasts_s=5.0)
    seen.add(1, ANN, look(ann, rng, 0.5), minutes=4.5 / 60, minted=False, keep=False)

    assert not reconciled(seen).entries


def test_what_is_likely_but_not_sure_enough_is_left_to_people() -> None:
    strict = replace(RULES, policy=replace(POLICY, false_merge_budget=6e-4))
    lax = reconciled(matched_week(1, people=90, visits=300, stores="abc", spread=1.3))
    week = matched_week(1, people=90, visits=300, stores="abc", spread=1.3)

    found = reconciled(week, rules=strict)

    assert len(found.entries) < len(lax.entries)
    assert found.to_review
    confidences = [one.confidence for one in found.to_review]
    assert confidences == sorted(confidences, reverse=True)
    assert all(1 - 6e-3 <= one < 1 - 6e-4 for one in confidences)


def test_in_a_chain_each_look_has_half_of_the_budget() -> None:
    of_one, of_a_chain = twice_ann(), twice_ann()
    stranger = np.random.default_rng(3)
    of_a_chain.add(200, UUID(int=200), look(point(stranger), stranger, 0.5), store="b", minutes=5000.0)
    doubt = next(1.0 - one.confidence for one in reconciled(of_one, rules=NOBODY_MERGED).to_review)
    just_granted = replace(RULES, policy=replace(POLICY, false_merge_budget=1.5 * doubt))

    assert pairs(reconciled(of_one, rules=just_granted)) == {frozenset((ANN, ANN_AGAIN))}
    assert not reconciled(of_a_chain, rules=just_granted).entries


def test_of_strangers_no_more_are_joined_than_the_budget_grants() -> None:
    joined, people = 0, 0
    for seed in range(6):
        rng, seen = np.random.default_rng(seed), Seen()
        for number in range(200):
            store = "ab"[number % 2]
            seen.add(number, UUID(int=number + 1), look(point(rng), rng, 0.8), store=store, minutes=10.0 * number)
        people += 200
        joined += len(reconciled(seen).entries)

    assert joined <= POLICY.false_merge_budget * people


WEEK = matched_week(2, people=24, visits=60, stores="ab", spread=1.3)
FACES = sorted({one.face_id for one in WEEK.templates})


@settings(max_examples=25, deadline=None)
@given(order=st.randoms(use_true_random=False), again=st.lists(st.integers(0, 59), max_size=10))
def test_neither_order_nor_duplicates_change_what_is_found(order: object, again: Sequence[int]) -> None:
    templates = [*WEEK.templates, *(WEEK.templates[place % len(WEEK.templates)] for place in again)]
    sightings = [*WEEK.sightings, *(WEEK.sightings[place] for place in again)]
    order.shuffle(templates)  # type: ignore[attr-defined]
    order.shuffle(sightings)  # type: ignore[attr-defined]

    assert reconcile(templates, sightings, NOTHING_SAID, RULES, at=LATER) == reconciled(WEEK)


@settings(max_examples=25, deadline=None)
@given(barred=st.sets(st.tuples(st.sampled_from(FACES), st.sampled_from(FACES)), max_size=12))
def test_whoever_is_kept_apart_stays_apart_and_a_second_time_finds_nothing(barred: set[tuple[UUID, UUID]]) -> None:
    said = [not_the_same(number, *pair) for number, pair in enumerate(sorted(barred), start=1) if pair[0] != pair[1]]

    found = reconciled(WEEK, *said)
    ledger = Ledger([*said, *found.entries])

    assert all(ledger.canonical(one) != ledger.canonical(other) for one, other in barred if one != other)
    assert not reconciled(WEEK, *ledger.entries).entries
    assert reconciled(WEEK, *ledger.entries).to_review == found.to_review


def test_a_store_without_anybody_has_nothing_to_reconcile() -> None:
    assert reconciled(Seen()) == Reconciliation(entries=(), to_review=())
    assert reconciled(twice_ann(), store="nowhere") == Reconciliation(entries=(), to_review=())
