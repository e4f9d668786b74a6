"""The decision: matched, minted or rejected. Values in, a value out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from matcher.gallery import Candidate
from schemas.messages import Decision, Phase

NOT_KNOWN_YET = "not_known_yet"
TOO_FEW_SHOTS = "too_few_consistent_shots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator grants.

    ``false_merge_budget`` is the share of visitors who may be taken for somebody else. ``min_consistent_shots`` is how
    many agreeing shots a FaceId takes to be minted. ``expected_templates`` is the least gallery size the threshold is
    made for, lest the first visitors of a new store be merged by a threshold that is lax for an almost empty gallery.
    """

    false_merge_budget: float = 0.005
    min_consistent_shots: int = 3
    expected_templates: int = 100
    max_templates: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a track when it is decided: its phase, how many shots agree, and who is nearest."""

    phase: Phase
    consistent_shots: int
    candidates: Sequence[Candidate]
    templates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The decision, with what it rests on. ``face_id`` is set exactly for a match."""

    decision: Decision
    reason: str
    face_id: UUID | None
    distance: float | None
    threshold: float


def decide(evidence: Evidence, policy: Policy, threshold_for: Callable[[float], float]) -> Outcome:
    """Decide about one track.

    ``threshold_for`` gives the distance at which a share of non-mated comparisons, the FMR, is accepted. A probe is
    compared with N templates, and P(a false match) = 1 - (1 - FMR)^N; so FMR = 1 - (1 - budget)^(1/N). A track with
    fewer agreeing shots than a mint takes is held to a tenth of the budget, and never minted.
    """
    enough = evidence.phase is Phase.CONFIRMED and evidence.consistent_shots >= policy.min_consistent_shots
    budget = policy.false_merge_budget * (1.0 if enough else 0.1)
    threshold = threshold_for(fmr_within(budget, max(evidence.templates, policy.expected_templates)))
    nearest = evidence.candidates[0] if evidence.candidates else None
    distance = nearest.distance if nearest else None
    if nearest is not None and nearest.distance <= threshold:
        return Outcome(
            decision=Decision.MATCHED, reason="", face_id=nearest.face_id, distance=distance, threshold=threshold
        )
    if enough:
        return Outcome(decision=Decision.MINTED, reason="", face_id=None, distance=distance, threshold=threshold)
    reason = NOT_KNOWN_YET if evidence.phase is Phase.PROVISIONAL else TOO_FEW_SHOTS
    return Outcome(decision=Decision.REJECTED, reason=reason, face_id=None, distance=distance, threshold=threshold)


def worth_keeping(outcome: Outcome, spacings: Sequence[float], policy: Policy) -> bool:
    """Whether a matched probe should become a further template of its FaceId.

    ``spacings`` are its distances to the templates the FaceId has. Kept is a look that is new, yet well inside the
    threshold: a chain of captured look-alikes must not lead from one person to another.
    """
    assert outcome.distance is not None
    safe, new = 0.8 * outcome.threshold, 0.4 * outcome.threshold
    return outcome.distance <= safe and min(spacings, default=0.0) >= new and len(spacings) < policy.max_templates


def fmr_within(budget: float, templates: int) -> float:
    """Return the FMR of one comparison at which a search of ``templates`` errs with probability ``budget``."""
    return float(-((1.0 - budget) ** (1.0 / max(templates, 1))) + 1.0)
