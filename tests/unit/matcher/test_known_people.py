"""Whoever the ledger says somebody is, is who they are found as."""

from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from ledger_entries import ledgers

from faces.calibration import Calibration
from matcher.api.known_people import KnownPeople
from matcher.numpy_gallery import NumpyGallery
from matcher.policy import Policy
from schemas.ledger import NOTHING_SAID, Ledger

FACES = [UUID(int=1000 + number) for number in range(4)]
CALIBRATION = Calibration(
    measured_on="paper", groups={"all": [(1e-6, 0.2), (1e-1, 0.9)]}, neighbour_gap=[(1e-3, 0.2), (1e-1, 0.1)]
)


def people_in_a_row(ledger: Ledger) -> KnownPeople:
    """Four visitors a distance of 1 apart from each other."""
    gallery = NumpyGallery()
    for number, face_id in enumerate(FACES):
        gallery.add(UUID(int=number), face_id, np.array([number, 0.0], dtype=np.float32))
    return KnownPeople(gallery=gallery, ledger=lambda: ledger, calibration=CALIBRATION, policy=Policy())


@given(entries=ledgers(FACES, [UUID(int=7)]), place=st.floats(-0.4, 3.4), early=st.data())
def test_found_are_those_who_stand_for_somebody_and_nobody_who_was_erased(entries, place: float, early: st.DataObject):
    said = [entry for entry in entries if early.draw(st.booleans())]
    people = people_in_a_row(Ledger(entry for entry in entries if entry not in said))
    people.said(said)
    ledger = Ledger(entries)
    assert people.ledger == ledger
    (judgement,) = people.judge([np.array([place, 0.0], dtype=np.float32)], top_k=4)
    found = [candidate.face_id for candidate in judgement.candidates]
    living = {ledger.canonical(one) for one in FACES if not ledger.is_erased(one)}
    assert set(found) == {root for root in living if not ledger.is_erased(root)}
    assert len(found) == len(set(found))
    assert [one.distance for one in judgement.candidates] == sorted(one.distance for one in judgement.candidates)
    assert judgement.face_id in {None, *found[:1]}


def test_nobody_is_near_enough_beyond_the_threshold():
    people = people_in_a_row(NOTHING_SAID)
    near, far = people.judge([np.array([x, 0.0], dtype=np.float32) for x in (0.01, 0.5)])
    assert near.face_id == FACES[0]
    assert far.face_id is None
    assert far.candidates[0].distance > far.threshold
