"""Who can be a visitor of another store, and what it takes to be found there."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from colour_crops import START
from hypothesis import given
from hypothesis import strategies as st

from matcher import whereabouts as whereabouts_module
from matcher.policy import Outcome, known_elsewhere
from matcher.whereabouts import Whereabouts
from schemas.messages import Decision, Template

ANNA, BEN = UUID(int=1), UUID(int=2)
TRAVEL = timedelta(minutes=3)


def seen(face_id: UUID, store: str, minute: float, *, enrolled: bool = False) -> Template:
    return Template(
        template_id=UUID(int=int(minute * 60)),
        face_id=face_id,
        store_id=store,
        model_id="any",
        embedding=bytes(4),
        quality=0.9,
        captured_at=START + timedelta(minutes=minute),
        event_id=UUID(int=7),
        source_partition=0,
        source_offset=0,
        enrolled=enrolled,
    )


def knowing(*found: Template) -> Whereabouts:
    whereabouts = Whereabouts(TRAVEL)
    for one in found:
        whereabouts.saw(one)
    return whereabouts


def elsewhere(whereabouts: Whereabouts, store: str, minute: float, face_ids: Sequence[UUID] = (ANNA,)) -> bool:
    at = START + timedelta(minutes=minute)
    return whereabouts.elsewhere(face_ids, store, at, at + timedelta(seconds=4))


@pytest.mark.parametrize(("minute", "there"), [(6.5, False), (7.5, True), (10, True), (12.9, True), (13.1, False)])
def test_who_was_in_another_store_shortly_before_or_after_is_there(minute: float, there: bool):
    if minute < 10:
        minute -= 4 / 60  # the crop lasts four seconds
    assert elsewhere(knowing(seen(ANNA, "harbour", 10)), "market", minute) is there


def test_who_was_in_the_same_store_is_not_elsewhere():
    assert not elsewhere(knowing(seen(ANNA, "harbour", 10)), "harbour", 10)


def test_somebody_else_tells_nothing_but_another_id_of_the_same_person_does():
    whereabouts = knowing(seen(BEN, "harbour", 10))
    assert not elsewhere(whereabouts, "market", 10)
    assert elsewhere(whereabouts, "market", 10, [ANNA, BEN])


def test_a_picture_that_was_enrolled_says_nothing_of_where_its_person_is():
    assert not elsewhere(knowing(seen(ANNA, "harbour", 10, enrolled=True)), "market", 10)


def test_only_the_latest_sightings_are_remembered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(whereabouts_module, "_STAYS_KEPT", 2)
    whereabouts = knowing(seen(ANNA, "harbour", 10), seen(BEN, "harbour", 10), seen(BEN, "harbour", 11))
    assert not elsewhere(whereabouts, "market", 10)
    assert elsewhere(whereabouts, "market", 10, [BEN])


distances = st.none() | st.floats(0, 2)


@given(distances, st.floats(0.1, 1), distances, st.floats(0.1, 1), st.booleans())
def test_the_chain_never_takes_what_is_above_the_bar_of_a_store_that_knows_enough_people_to_tell(
    in_store: float | None, bar: float, in_chain: float | None, chain_bar: float, store_tells: bool
):
    least = min(bar, chain_bar) if store_tells else chain_bar
    minted = Outcome(decision=Decision.MINTED, reason="", face_id=None, distance=in_store, threshold=bar)
    matched = in_chain is not None and in_chain <= chain_bar
    found = Outcome(
        decision=Decision.MATCHED if matched else Decision.MINTED,
        reason="",
        face_id=ANNA if matched else None,
        distance=in_chain,
        threshold=chain_bar,
    )
    outcome = known_elsewhere(minted, found, store_tells=store_tells)
    if outcome.decision is Decision.MATCHED:
        assert outcome.face_id == ANNA
        assert outcome.distance is not None
        assert outcome.distance <= outcome.threshold <= least
    else:
        assert outcome == minted
        assert in_chain is None or in_chain > least
