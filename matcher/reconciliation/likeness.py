"""Who is one person by their looks, and which template is not its FaceId's, within a store or over the chain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from faces.calibration import NEIGHBOURS, Calibration
from matcher.policy import Policy
from matcher.reconciliation.everybody import Everybody
from matcher.reconciliation.neighbourhood import Nearest, Neighbourhood
from matcher.reconciliation.proposals import Proposal, merging, parting

FOR_REVIEW = 10.0
"""Times the budget: with a budget of 0.5 % one stranger in twenty has a look-alike that near, few enough to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """How likely a stranger comes as near as somebody did, among so many templates of so many people.

    Of people told apart worst or best one comes as near with P = 1 - (1 - FMR)^N. For those between, the neighbourhood
    tells: nobody unknown is nearer to one FaceId than to the next five by much, whoever they are. So the chance is that
    of the worst, or where it is less that of such a gap, but never below that of the best: as for the matcher's
    threshold, of which this is the reverse, with the difference that a stranger has to pass both bar and gap and so
    neither is given half of the budget.
    """

    policy: Policy
    calibration: Calibration
    templates: int
    faces: int

    def doubt(self, distance: float, neighbours: NDArray[np.float64]) -> float | None:
        """Return that chance for whoever has these other neighbours, (n,), nearest first; None where nobody is asked.

        As for the matcher, a small gallery tells nothing of the neighbourhood, and counts as one of some size.
        """
        most = min(self.policy.false_merge_budget * FOR_REVIEW, 0.5)
        searched = max(self.templates, self.policy.expected_templates)
        chance = _once_in(searched, self.calibration.fmr_at(distance))
        if self.faces >= self.policy.least_neighbourhood and len(neighbours) >= NEIGHBOURS:
            gap = float(np.median(neighbours[:NEIGHBOURS])) - distance
            if gap >= self.calibration.neighbour_gap_for(most):
                least = _once_in(searched, self.calibration.lowest_fmr_at(distance))
                chance = min(chance, max(self.calibration.neighbour_share_at(gap), least))
        return chance if chance <= most else None


def _once_in(comparisons: int, fmr: float) -> float:
    return float(1.0 - (1.0 - fmr) ** comparisons)


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
        qualities = np.array([people.templates[row].quality for row in self._rows], dtype=np.float32)
        self._around = Neighbourhood(vectors[self._rows], [len(own) for own in rows.values()], qualities)
        self._strangers = Strangers(policy=policy, calibration=calibration, templates=len(self._rows), faces=len(rows))
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
            doubts = [self._strangers.doubt(distance, nearest[a].without(b)) for a, b in ((one, other), (other, one))]
            known = [doubt for doubt in doubts if doubt is not None]
            if len(known) == len(doubts):
                first, second = self._people.in_order(self._faces[one], self._faces[other])
                confidence = 1.0 - max(known)
                yield merging(first, second, confidence=confidence, distance=distance, within=self._within)

    def strays(self) -> Iterator[Proposal]:
        """Yield the parting of each template that lies with somebody else, and not with its own FaceId.

        FaceIds that were merged are left: one takes that back rather than to part them. It must be sure from both
        sides, as a merge: what is parted and not joined there would count one person more.
        """
        alone = [one for one, face in enumerate(self._faces) if len(self._people.ledger.one_with(face)) == 1]
        for place, owner, near, own_distance in self._around.each_template(alone):
            sighting = self._people.met.sighting_of(self._people.templates[self._rows[place]].event_id)
            if sighting is None or sighting.track_id in self._people.settled or not len(near.people):
                continue
            other = int(near.people[0])
            distance = float(near.distances[0])
            if self._strangers.doubt(own_distance, near.distances) is not None:
                continue
            (theirs,) = self._around.nearest([other])
            doubts = [self._strangers.doubt(distance, each) for each in (near.without(other), theirs.without(owner))]
            known = [doubt for doubt in doubts if doubt is not None]
            if len(known) == len(doubts):
                why = f"nearer to {str(self._faces[other])[:8]} than to its own templates"
                yield parting(self._faces[owner], (sighting.track_id,), confidence=1.0 - max(known), why=why)

    def _nearest_possible(self, one: int, near: Nearest) -> tuple[int, int] | None:
        for other, distance in zip(near.people.tolist(), near.distances.tolist(), strict=True):
            if self._strangers.doubt(distance, near.without(other)) is None:
                return None
            if self._people.may_be_one(self._faces[one], self._faces[other]):
                return min(one, other), max(one, other)
        return None
