from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.calibration import Calibration
from matcher.gallery import Candidate
from matcher.policy import (
    NOT_KNOWN_YET,
    TOO_FEW_SHOTS,
    Evidence,
    Policy,
    decide,
    fmr_within,
    threshold_within,
    worth_keeping,
)
from schemas.messages import Decision, Phase

ANN = UUID(int=1)
POLICY = Policy()


# Distances fall by 0.1 for every factor of ten; the group told apart best lies 0.2 farther out.
CALIBRATION = Calibration(
    measured_on="nobody",
    groups={"worst": ((1e-4, 0.6), (1e-2, 0.8)), "best": ((1e-4, 0.8), (1e-2, 1.0))},
    neighbour_gap=((2.5e-4, 0.3), (2.5e-3, 0.2)),
)


def evidence(
    distance: float | None,
    *,
    shots: int = 3,
    phase: Phase = Phase.CONFIRMED,
    templates: int = 100,
    neighbours: Sequence[float] = (),
    faces: int = 100,
    share: float = 1.0,
) -> Evidence:
    candidates = [] if distance is None else [Candidate(face_id=ANN, distance=distance)]
    others = [Candidate(face_id=UUID(int=2 + place), distance=each) for place, each in enumerate(neighbours)]
    return Evidence(
        phase=phase, consistent_shots=shots, candidates=[*candidates, *others], templates=templates, faces=faces,
        share=share,
    )  # fmt: skip


AT_100 = CALIBRATION.threshold_for(fmr_within(0.0025, 100))
LOOSEST_AT_100 = AT_100 + 0.2


@pytest.mark.parametrize(
    ("case", "decision", "reason"),
    [
        (evidence(AT_100 - 0.01), Decision.MATCHED, ""),
        (evidence(AT_100 + 0.01), Decision.MINTED, ""),
        (evidence(None), Decision.MINTED, ""),
        (evidence(AT_100 - 0.01, templates=1), Decision.MATCHED, ""),
        (evidence(AT_100 - 0.01, templates=1_000), Decision.MINTED, ""),
        (evidence(AT_100 - 0.01, shots=2), Decision.REJECTED, TOO_FEW_SHOTS),
        (evidence(AT_100 - 0.11, shots=1), Decision.MATCHED, ""),
        (evidence(None, shots=2), Decision.REJECTED, TOO_FEW_SHOTS),
        (evidence(None, phase=Phase.PROVISIONAL), Decision.REJECTED, NOT_KNOWN_YET),
        (evidence(AT_100 - 0.01, phase=Phase.PROVISIONAL), Decision.MATCHED, ""),
        (evidence(AT_100 - 0.01, phase=Phase.PROVISIONAL, shots=1), Decision.MATCHED, ""),
        (evidence(AT_100 - 0.01, phase=Phase.PROVISIONAL, share=0.25), Decision.MATCHED, ""),
        (evidence(AT_100 + 0.01, phase=Phase.PROVISIONAL), Decision.REJECTED, NOT_KNOWN_YET),
        (evidence(AT_100 - 0.01, share=0.25), Decision.MINTED, ""),
    ],
)
def test_the_decision_follows_the_table(case, decision, reason):
    outcome = decide(case, POLICY, CALIBRATION)
    assert (outcome.decision, outcome.reason) == (decision, reason)
    assert (outcome.face_id == ANN) == (decision is Decision.MATCHED)


@pytest.mark.parametrize(
    ("neighbours", "faces", "threshold"),
    [
        ([], 100, AT_100),
        ([1.4] * 4, 100, AT_100),
        ([1.4] * 5, 19, AT_100),
        ([1.4] * 5, 20, LOOSEST_AT_100),
        ([0.2] * 5, 100, AT_100),
        ([0.5, 0.5, AT_100 + 0.3, 1.4, 1.4], 100, AT_100 + 0.1),
    ],
)
def test_the_threshold_follows_the_neighbourhood_between_strictest_and_loosest(neighbours, faces, threshold):
    case = evidence(0.3, neighbours=neighbours, faces=faces)
    assert threshold_within(0.005, case, POLICY, CALIBRATION) == pytest.approx(threshold)


@given(st.lists(st.floats(0.0, 2.0), max_size=8).map(sorted), st.integers(1, 10_000), st.floats(1e-4, 0.1))
def test_no_neighbourhood_leads_outside_what_was_measured(distances, templates, budget):
    nearest, *neighbours = distances or [1.0]
    case = evidence(nearest, neighbours=neighbours, templates=templates, faces=templates)
    fmr = fmr_within(budget / 2, max(templates, POLICY.expected_templates))
    threshold = threshold_within(budget, case, POLICY, CALIBRATION)
    assert CALIBRATION.threshold_for(fmr) <= threshold <= CALIBRATION.loosest_threshold_for(fmr)


@given(st.integers(1, 10_000_000), st.floats(1e-4, 0.1))
def test_a_search_of_the_whole_gallery_errs_within_the_budget(templates, budget):
    assert 1 - (1 - fmr_within(budget, templates)) ** templates == pytest.approx(budget, rel=1e-3)


def test_only_a_new_look_that_is_surely_the_same_person_becomes_a_template():
    def keeps(distance: float, spacings: list[float]) -> bool:
        outcome = decide(evidence(distance), POLICY, CALIBRATION)
        return worth_keeping(outcome, spacings, POLICY)

    assert keeps(0.7 * AT_100, [0.7 * AT_100])
    assert not keeps(0.9 * AT_100, [0.9 * AT_100]), "too near the threshold"
    assert not keeps(0.2 * AT_100, [0.2 * AT_100]), "known already"
    assert not keeps(0.7 * AT_100, [0.7 * AT_100] * POLICY.max_templates), "enough of them"
