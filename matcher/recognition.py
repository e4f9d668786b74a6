"""Who a track is: its shots fused, searched in a gallery, decided, judged as a template. No log, no clock, no ids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faces.calibration import NEIGHBOURS, Calibration
from matcher.fusion import Fused, fuse
from matcher.gallery import Candidate, Searchable, Vector
from matcher.policy import Evidence, Outcome, Policy, decide, fmr_within, known_elsewhere, worth_keeping
from matcher.presence import Company
from matcher.whereabouts import Elsewhere
from schemas.messages import Decision, Phase

_CONSISTENT_FMR = 1e-3
SEARCHED = NEIGHBOURS + 1
"""How many FaceIds every search asks for."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recognition:
    """What is concluded about a track; ``becomes_template`` tells whether its probe is kept as a reference."""

    fused: Fused
    outcome: Outcome
    becomes_template: bool


def consistent_distance(calibration: Calibration) -> float:
    """Return how far apart two shots of one track may lie and still show one person.

    They do unless the tracker slipped, which is rare: only a distance speaks against it at which even strangers of the
    group told apart best come but once in a thousand. Single shots lie farther apart than what is fused from them.
    """
    return calibration.of_single_shots().loosest_threshold_for(_CONSISTENT_FMR)


class Recogniser:
    """Decides by one policy and one pack's calibration. It changes no gallery: the caller adds the template."""

    def __init__(self, *, calibration: Calibration, policy: Policy) -> None:
        self._calibration = calibration
        self._policy = policy
        self._consistent_distance = consistent_distance(calibration)

    def recognise(
        self,
        embeddings: NDArray[np.float32],
        qualities: NDArray[np.float32],
        phase: Phase,
        gallery: Searchable,
        company: Company | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> Recognition:
        """Decide about a track from the embeddings of its shots, (n, dim) with n > 0, and their qualities, (n,).

        Whom the store's ``gallery`` does not know is looked for ``elsewhere``, if other stores know anybody.

        With ``company`` it is one that shows its person turned throughout. No template is made of it: being as near to
        anybody as to its own person, it would draw others to its FaceId.
        """
        return self.decide(self.fuse(embeddings, qualities), phase, gallery, company, elsewhere)

    def fuse(self, embeddings: NDArray[np.float32], qualities: NDArray[np.float32]) -> Fused:
        """Return the probe of a track from the embeddings of its shots, (n, dim), and their qualities, (n,)."""
        return fuse(embeddings, qualities, self._consistent_distance)

    def surely_unknown(self, candidates: Sequence[Candidate], templates: int) -> bool:
        """Return whether somebody with these candidates among so many templates is beyond every bar there can be."""
        fmr = fmr_within(self._policy.false_merge_budget / 2, max(templates, self._policy.expected_templates))
        return not candidates or candidates[0].distance > self._calibration.loosest_threshold_for(fmr)

    def decide(
        self,
        fused: Fused,
        phase: Phase,
        gallery: Searchable,
        company: Company | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> Recognition:
        """Decide about a track that was fused, as ``recognise`` does."""
        (candidates,) = gallery.search(fused.probe[None, :], k=SEARCHED)
        evidence = Evidence(
            phase=phase,
            consistent_shots=fused.shots,
            candidates=[one for one in candidates if company is None or one.face_id not in company.beside],
            templates=len(gallery),
            faces=gallery.face_count(),
            company=company,
            share=1.0 if elsewhere is None else 1.0 - self._policy.chain_share,
        )
        outcome = decide(evidence, self._policy, self._calibration)
        if elsewhere is not None and company is None and outcome.decision is not Decision.MATCHED:
            outcome = self._look_elsewhere(fused.probe, evidence, outcome, elsewhere)
        becomes_template = company is None and self._becomes_template(phase, fused, outcome, gallery)
        return Recognition(fused=fused, outcome=outcome, becomes_template=becomes_template)

    def _look_elsewhere(self, probe: Vector, evidence: Evidence, outcome: Outcome, elsewhere: Elsewhere) -> Outcome:
        (candidates,) = elsewhere.gallery.search(probe[None, :], k=SEARCHED)
        in_chain = replace(
            evidence,
            candidates=[one for one in candidates if not elsewhere.cannot_be(one.face_id)],
            templates=len(elsewhere.gallery),
            faces=elsewhere.gallery.face_count(),
            share=self._policy.chain_share,
        )
        found = decide(in_chain, self._policy, self._calibration)
        return known_elsewhere(outcome, found, store_tells=evidence.faces >= self._policy.least_neighbourhood)

    def _becomes_template(self, phase: Phase, fused: Fused, outcome: Outcome, gallery: Searchable) -> bool:
        if phase is Phase.PROVISIONAL or outcome.decision is Decision.REJECTED:
            return False
        if outcome.face_id is None:
            return True
        kept = gallery.templates_of(outcome.face_id)
        spacings = [float(np.linalg.norm(template - fused.probe)) for template in kept]
        enough = fused.shots >= self._policy.min_consistent_shots
        return enough and worth_keeping(outcome, spacings, self._policy)
