"""Who is one person by their looks, and which template is not its FaceId's, within a store or over the chain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from faces.calibration import NEIGHBOURS, Calibration
from matcher.everybody import Everybody
from matcher.gallery import Candidate
from matcher.neighbourhood import Nearest, Neighbourhood
from matcher.policy import Evidence, Policy, fmr_within, threshold_within
from matcher.proposals import Proposal, merging, parting
from schemas.messages import Phase

FOR_REVIEW = 10.0
"""Times the budget: with a budget of 0.5 % one stranger in twenty has a look-alike that near, few enough to look at."""
_LEAST_DOUBT = 1e-9
_HALVINGS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What the nearest of strangers come to, as the matcher's own threshold has it, among so many."""

    policy: Policy
    calibration: Calibration
    templates: int
    faces: int

    @property
    def most_doubt(self) -> float:
        """The chance of a stranger beyond which nobody is asked."""
        return min(self.policy.false_merge_budget * FOR_REVIEW, 0.5)

    @property
    def farthest(self) -> float:
        """The distance beyond which nobody is asked, whatever the neighbourhood."""
        return self.calibration.loosest_threshold_for(fmr_within(self.most_doubt / 2, self.templates))

    def doubt(self, distance: float, neighbours: NDArray[np.float64]) -> float | None:
        """Return the chance that a stranger comes so near to whoever has these neighbours, (n,), nearest first.

        That is the smallest budget with which the matcher would take the two for one; None above ``most_doubt``.
        """
        candidates = [Candidate(face_id=_NOBODY, distance=at) for at in (distance, *neighbours[:NEIGHBOURS].tolist())]
        evidence = Evidence(
            phase=Phase.CONFIRMED,
            consistent_shots=self.policy.min_consistent_shots,
            candidates=candidates,
            templates=self.templates,
            faces=self.faces,
        )
        low, high = _LEAST_DOUBT, self.most_doubt
        if distance > threshold_within(high, evidence, self.policy, self.calibration):
            return None
        for _ in range(_HALVINGS):
            middle = (low * high) ** 0.5
            if distance <= threshold_within(middle, evidence, self.policy, self.calibration):
                high = middle
            else:
                low = middle
        return high


_NOBODY = UUID(int=0)


class Likeness:
    """The people of a store or of the chain, which ``within`` names, compared with one another.

    ``vectors`` are the embeddings of all templates known, (n, dim) float32, and ``rows`` the places in them of those
    each FaceId has there.
    """

    def __init__(
        self,
        people: Everybody,
        vectors: NDArray[np.float32],
        rows: Mapping[UUID, Sequence[int]],
        *,
        within: str,
        policy: Policy,
        calibration: Calibration,
    ) -> None:
        self._people = people
        self._faces = list(rows)
        self._rows = np.array([row for own in rows.values() for row in own], dtype=np.int64)
        self._around = Neighbourhood(vectors[self._rows], [len(own) for own in rows.values()])
        self._bar = Bar(policy=policy, calibration=calibration, templates=len(self._rows), faces=len(rows))
        self._within = within

    def merges(self) -> Iterator[Proposal]:
        """Yield whoever is new with the nearest who may be the same, where that one is near enough; no pair twice.

        Of who is older it is not known any more who was beside them; they were judged when they were new.
        """
        new = [one for one, face in enumerate(self._faces) if self._people.is_new(face)]
        nearest = dict(zip(new, self._around.nearest(new), strict=True))
        pairs = {pair for one, near in nearest.items() if (pair := self._nearest_possible(one, near)) is not None}
        others = sorted({one for pair in pairs for one in pair} - nearest.keys())
        nearest |= dict(zip(others, self._around.nearest(others), strict=True))
        for one, other in sorted(pairs):
            distance = self._around.distance(one, other)
            doubts = [self._bar.doubt(distance, nearest[a].without(b)) for a, b in ((one, other), (other, one))]
            known = [doubt for doubt in doubts if doubt is not None]
            if len(known) == len(doubts):
                first, second = self._people.in_order(self._faces[one], self._faces[other])
                confidence = 1.0 - max(known)
                yield merging(first, second, confidence=confidence, distance=distance, within=self._within)

    def strays(self) -> Iterator[Proposal]:
        """Yield the parting of each template that lies with somebody else, and not with its own FaceId.

        FaceIds that were merged are left: one takes that back rather than to part them.
        """
        alone = [one for one, face in enumerate(self._faces) if len(self._people.ledger.one_with(face)) == 1]
        for place, owner, near, own_distance in self._around.each_template(alone):
            sighting = self._people.met.sighting_of(self._people.templates[self._rows[place]].event_id)
            if sighting is None or sighting.track_id in self._people.settled or not len(near.people):
                continue
            other = int(near.people[0])
            doubt = self._bar.doubt(float(near.distances[0]), near.without(other))
            if doubt is not None and self._bar.doubt(own_distance, near.distances) is None:
                why = f"nearer to {str(self._faces[other])[:8]} than to its own templates"
                yield parting(self._faces[owner], (sighting.track_id,), confidence=1.0 - doubt, why=why)

    def _nearest_possible(self, one: int, near: Nearest) -> tuple[int, int] | None:
        for other, distance in zip(near.people.tolist(), near.distances.tolist(), strict=True):
            if distance > self._bar.farthest:
                return None
            if self._people.may_be_one(self._faces[one], self._faces[other]):
                return min(one, other), max(one, other)
        return None
