import math
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.gallery import Candidate
from matcher.policy import NOT_KNOWN_YET, TOO_FEW_SHOTS, Evidence, Policy, decide, fmr_within, worth_keeping
from schemas.messages import Decision, Phase

ANN = UUID(int=1)
POLICY = Policy()


def threshold_for(fmr: float) -> float:
    """A straight calibration: 0.1 nearer for every factor of ten."""
    return 1.0 + 0.1 * math.log10(fmr)


def evidence(
    distance: float | None, *, shots: int = 3, phase: Phase = Phase.CONFIRMED, templates: int = 100
) -> Evidence:
    candidates = [] if distance is None else [Candidate(face_id=ANN, distance=distance)]
    return Evidence(phase=phase, consistent_shots=shots, candidates=candidates, templates=templates)


AT_100 = threshold_for(fmr_within(0.005, 100))


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
        (evidence(AT_100 - 0.01, phase=Phase.PROVISIONAL), Decision.REJECTED, NOT_KNOWN_YET),
        (evidence(AT_100 - 0.11, phase=Phase.PROVISIONAL), Decision.MATCHED, ""),
    ],
)
def test_the_decision_follows_the_table(case, decision, reason):
    outcome = decide(case, POLICY, threshold_for)
    assert (outcome.decision, outcome.reason) == (decision, reason)
    assert (outcome.face_id == ANN) == (decision is Decision.MATCHED)


@given(st.integers(1, 10_000_000), st.floats(1e-4, 0.1))
def test_a_search_of_the_whole_gallery_errs_within_the_budget(templates, budget):
    assert 1 - (1 - fmr_within(budget, templates)) ** templates == pytest.approx(budget, rel=1e-3)


def test_only_a_new_look_that_is_surely_the_same_person_becomes_a_template():
    def keeps(distance: float, spacings: list[float]) -> bool:
        outcome = decide(evidence(distance), POLICY, threshold_for)
        return worth_keeping(outcome, spacings, POLICY)

    assert keeps(0.7 * AT_100, [0.7 * AT_100])
    assert not keeps(0.9 * AT_100, [0.9 * AT_100]), "too near the threshold"
    assert not keeps(0.2 * AT_100, [0.2 * AT_100]), "known already"
    assert not keeps(0.7 * AT_100, [0.7 * AT_100] * POLICY.max_templates), "enough of them"
