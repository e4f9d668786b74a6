"""The decision: matched, minted or rejected. Values in, a value out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import median
from uuid import UUID

from faces.calibration import NEIGHBOURS, Calibration
from matcher.gallery import Candidate
from matcher.presence import Company
from schemas.messages import Decision, Phase

NOT_KNOWN_YET = "not_known_yet"
TOO_FEW_SHOTS = "too_few_consistent_shots"
MAY_BE_COUNTED = "turned_and_may_be_counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator grants.

    ``false_merge_budget`` is the share of visitors who may be taken for somebody else. ``min_consistent_shots`` is how
    many agreeing shots a FaceId takes to be minted. ``expected_templates`` is the least gallery size the threshold is
    made for, lest the first visitors of a new store be merged by a threshold that is lax for an almost empty gallery.
    ``least_neighbourhood`` is how many FaceIds the gallery must hold before its nearest few say anything of a visitor.
    ``chain_share`` is the part of the budget that is kept for finding visitors of other stores, where there are any.
    """

    false_merge_budget: float = 0.005
    min_consistent_shots: int = 3
    expected_templates: int = 100
    least_neighbourhood: int = 20
    max_templates: int = 8
    chain_share: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a track when it is decided: its phase, how many shots agree, and who is nearest.

    ``candidates`` are the nearest FaceIds, one more than ``NEIGHBOURS`` where the gallery holds so many;
    ``templates`` and ``faces`` count what was searched. ``share`` is the part of the budget that this search may spend:
    that of a store is 1 where no other store knows anybody. ``company`` is that of a track that shows its person turned
    throughout, and None of any other.
    """

    phase: Phase
    consistent_shots: int
    candidates: Sequence[Candidate]
    templates: int
    faces: int
    company: Company | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The decision, with what it rests on. ``face_id`` is set exactly for a match."""

    decision: Decision
    reason: str
    face_id: UUID | None
    distance: float | None
    threshold: float


def decide(evidence: Evidence, policy: Policy, calibration: Calibration) -> Outcome:
    """Decide about one track.

    A track with fewer agreeing shots than a mint takes is held to a tenth of the budget, and never minted. One that has
    not ended is never minted either, and may spend the whole budget on every search, whatever its share: what is said
    of it holds until it has ended, and a member at the door is worth a guess that is taken back now and then. Nor is a
    turned one minted by what it shows: only where its company tells it apart from everybody.
    """
    company, confirmed = evidence.company, evidence.phase is Phase.CONFIRMED
    agreed = evidence.consistent_shots >= policy.min_consistent_shots and company is None
    enough = confirmed and agreed
    share = evidence.share * (1.0 if agreed else 0.1) if confirmed else 1.0
    budget = policy.false_merge_budget * share
    threshold = threshold_within(budget, evidence, policy, calibration)
    nearest = evidence.candidates[0] if evidence.candidates else None
    distance = nearest.distance if nearest else None
    if nearest is not None and nearest.distance <= threshold:
        return Outcome(
            decision=Decision.MATCHED, reason="", face_id=nearest.face_id, distance=distance, threshold=threshold
        )
    if enough or (company is not None and company.tells_apart):
        return Outcome(decision=Decision.MINTED, reason="", face_id=None, distance=distance, threshold=threshold)
    few = TOO_FEW_SHOTS if company is None else MAY_BE_COUNTED
    reason = few if confirmed else NOT_KNOWN_YET
    return Outcome(decision=Decision.REJECTED, reason=reason, face_id=None, distance=distance, threshold=threshold)


def known_elsewhere(in_store: Outcome, in_chain: Outcome, *, store_tells: bool) -> Outcome:
    """Return the decision about somebody who was looked for in the chain after the store did not know them.

    The chain's bar is not above the store's: it holds more people, and a visitor of other stores is the rarer case.
    That is, where the store knows enough people that its own bar follows from who they are (``store_tells``): the
    strictest bar, which a new store has for want of neighbours, says nothing about the people of the others.
    """
    threshold = min(in_store.threshold, in_chain.threshold) if store_tells else in_chain.threshold
    found = in_chain.decision is Decision.MATCHED and in_chain.distance is not None and in_chain.distance <= threshold
    return replace(in_chain, threshold=threshold) if found else in_store


def threshold_within(budget: float, evidence: Evidence, policy: Policy, calibration: Calibration) -> float:
    """Return the distance at which a search errs with probability ``budget``, for this visitor in this gallery.

    It lies between what is right for people told apart worst and for people told apart best. Where between, the
    neighbourhood tells: somebody unknown is not nearer to one FaceId than to the next few by more than the calibrated
    gap. So the bar follows whoever comes into this store, without anyone being asked what they look like. Bar and gap
    can each let a stranger pass, so each has half of the budget.
    """
    fmr = fmr_within(budget / 2, max(evidence.templates, policy.expected_templates))
    strictest, loosest = calibration.threshold_for(fmr), calibration.loosest_threshold_for(fmr)
    neighbours = [candidate.distance for candidate in evidence.candidates[1 : NEIGHBOURS + 1]]
    if evidence.faces < policy.least_neighbourhood or len(neighbours) < NEIGHBOURS:
        return strictest
    return min(max(median(neighbours) - calibration.neighbour_gap_for(budget / 2), strictest), loosest)


def worth_keeping(outcome: Outcome, spacings: Sequence[float], policy: Policy) -> bool:
    """Whether a matched probe should become a further template of its FaceId.

    ``spacings`` are its distances to the templates the FaceId has in this store; none, where it was known elsewhere.
    Kept is a look that is new, yet well inside the threshold: a chain of captured look-alikes must not lead from one
    person to another.
    """
    assert outcome.distance is not None
    safe, new = 0.8 * outcome.threshold, 0.4 * outcome.threshold
    return outcome.distance <= safe and min(spacings, default=inf) >= new and len(spacings) < policy.max_templates


def fmr_within(budget: float, templates: int) -> float:
    """Return the FMR of one comparison at which a search of ``templates`` errs with probability ``budget``.

    A probe is compared with N templates, and P(a false match) = 1 - (1 - FMR)^N.
    """
    return float(-((1.0 - budget) ** (1.0 / max(templates, 1))) + 1.0)
