"""Everybody who is known, wherever they were seen: who a single picture shows, by gallery and ledger together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

import numpy as np

from faces.calibration import NEIGHBOURS, Calibration
from matcher.api.errors import ErasedVisitor, UnknownVisitor
from matcher.gallery import Candidate, Gallery, Vector
from matcher.policy import Evidence, Policy, decide, fmr_within
from schemas.ledger import Ledger
from schemas.messages import IdentityEvent, Phase, Template

_ONE_SHOT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Who is nearest to a probe, best first, and the one of them who it is; nobody where none is near enough."""

    face_id: UUID | None
    threshold: float
    candidates: Sequence[Candidate]


class KnownPeople:
    """The gallery that is searched, and the ledger of who is who. Safe to use from several threads.

    Both follow the log by themselves, in their own time; what was said or enrolled here counts at once.
    """

    def __init__(
        self, *, gallery: Gallery, ledger: Callable[[], Ledger], calibration: Calibration, policy: Policy
    ) -> None:
        self._gallery = gallery
        self._followed = ledger
        self._calibration = calibration
        self._policy = policy
        self._ahead: list[IdentityEvent] = []
        self._lock = Lock()

    @property
    def ledger(self) -> Ledger:
        """The ledger as it is known, with what was said here."""
        followed = self._followed()
        with self._lock:
            self._ahead = [entry for entry in self._ahead if followed.entry(entry.event_id) is None]
            return followed.with_more(self._ahead)

    def said(self, entries: Iterable[IdentityEvent]) -> None:
        """Take in entries that are in the log."""
        with self._lock:
            self._ahead.extend(entries)

    def enrolled(self, template: Template) -> None:
        """Take in a template that is in the log."""
        embedding = np.frombuffer(template.embedding, dtype="<f4").astype(np.float32)
        self._gallery.add(template.template_id, self.ledger.canonical(template.face_id), embedding)

    def judge(self, probes: Sequence[Vector], *, top_k: int = 1) -> list[Judgement]:
        """Return who each probe shows, every one the embedding of a single picture, with ``top_k`` candidates or more.

        The bar is that of a track with a single shot, held to a tenth of the budget; of the calibrations for single
        pictures and for fused ones, either of which a template may be, the stricter holds.
        """
        if not probes:
            return []
        ledger = self.ledger
        found = self._gallery.search(np.stack(probes), k=max(top_k, NEIGHBOURS + 1))
        return [self._judged(_living(candidates, ledger)) for candidates in found]

    def same_person_within(self) -> float:
        """Return the distance of two single pictures within which they are taken for one person's."""
        fmr = fmr_within(self._policy.false_merge_budget, 1)
        return self._calibration.of_single_shots().threshold_for(fmr)

    def false_match_rate(self, distance: float) -> float:
        """Return how often single pictures of two people come as near as that, in the group told apart worst."""
        return self._calibration.of_single_shots().fmr_at(distance)

    def living(self, face_id: UUID) -> UUID:
        """Return the FaceId that stands for one; raises UnknownVisitor or ErasedVisitor where there is none."""
        ledger = self.ledger
        root = ledger.canonical(face_id)
        if ledger.is_erased(face_id) or ledger.is_erased(root) or ledger.is_anonymous(face_id):
            raise ErasedVisitor(f"{face_id} was erased: nothing can be said of that visitor any more")
        if not self._gallery.templates_of(root) and root not in ledger.named():
            raise UnknownVisitor(f"no visitor is known by the FaceId {face_id}: enrol them first")
        return root

    def _judged(self, candidates: Sequence[Candidate]) -> Judgement:
        evidence = Evidence(
            phase=Phase.CONFIRMED,
            consistent_shots=_ONE_SHOT,
            candidates=candidates,
            templates=len(self._gallery),
            faces=self._gallery.face_count(),
        )
        of_both = (
            decide(evidence, self._policy, calibration)
            for calibration in (self._calibration, self._calibration.of_single_shots())
        )
        outcome = min(of_both, key=lambda one: one.threshold)
        return Judgement(face_id=outcome.face_id, threshold=outcome.threshold, candidates=candidates)


def _living(candidates: Iterable[Candidate], ledger: Ledger) -> list[Candidate]:
    """Return the candidates under the FaceIds that stand for them, each person once, without the erased."""
    nearest: dict[UUID, Candidate] = {}
    for candidate in candidates:
        root = ledger.canonical(candidate.face_id)
        if not ledger.is_erased(candidate.face_id) and not ledger.is_erased(root):
            nearest.setdefault(root, Candidate(face_id=root, distance=candidate.distance))
    return list(nearest.values())
