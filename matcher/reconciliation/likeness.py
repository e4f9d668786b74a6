"""Who is one person by their looks, and which template is not its FaceId's, within a store or over the chain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from faces.calibration import NEIGHBOURS, Calibration, mutual_gap
from matcher.policy import Policy
from matcher.reconciliation.everybody import Everybody
from matcher.reconciliation.neighbourhood import Nearest, Neighbourhood
from matcher.reconciliation.proposals import Proposal, merging, parting

FOR_REVIEW = 10.0
"""Times the budget: with a budget of 0.5 % one stranger in twenty has a look-alike that near, few enough to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """How likely a stranger comes as near as somebody did, among so many people, all that is known of each fused.

    Of people told apart worst or best one comes as near with P = 1 - (1 - FMR)^N. For those between, the neighbourhood
    tells: nobody unknown is nearer to one FaceId than to the next five by much, whoever they are. So the chance is that
    of the worst, or where it is less that of such a gap, but never below that of the best: as for the matcher's
    threshold, of which this is the reverse, with the difference that a stranger has to pass both bar and gap and so
    neither is given half of the budget.
    """

    policy: Policy
    calibration: Calibration
    faces: int

    def doubt_of_pair(self, distance: float, *around: NDArray[np.float64]) -> float | None:
        """Return the share of people merged wrongly, were all merged who are as near as two with these ``around`` them.

        Those of either are (n,), nearest first. Where they tell of a neighbourhood, what counts is the mutual gap,
        which sees both sides at once. However near two are, they must stand out: among people on whom the pack was
        never measured all are near. A pair of strangers is found by both of them, so half as many are merged as find a
        stranger so near. None where nobody is asked.
        """
        if not (self.calibration.mutual_gap and all(map(self._tell, around))):
            each = [self.doubt(distance, neighbours) for neighbours in around]
            return None if None in each else max(one for one in each if one is not None)
        gap = mutual_gap(distance, *(neighbours.tolist() for neighbours in around))
        chance = max(self.calibration.mutual_share_at(gap, self.faces), self._least_likely(distance))
        return self._asked(chance / 2)

    def doubt(self, distance: float, neighbours: NDArray[np.float64]) -> float | None:
        """Return the chance for whoever has these other neighbours, (n,), nearest first; None where nobody is asked.

        As for the matcher, a small gallery tells nothing of the neighbourhood, and counts as one of some size.
        """
        chance = self._most_likely(distance)
        if self._tell(neighbours):
            gap = float(np.median(neighbours[:NEIGHBOURS])) - distance
            if gap >= self.calibration.neighbour_gap_for(self._most):
                chance = min(chance, max(self.calibration.neighbour_share_at(gap), self._least_likely(distance)))
        return self._asked(chance)

    def may_be_near_enough(self, distance: float) -> bool:
        """Return whether anybody is asked about two so far apart, whoever is around them."""
        return self._asked(self._least_likely(distance) / 2) is not None

    def _least_likely(self, distance: float) -> float:
        """Return the chance of somebody so near among people told apart best: no neighbourhood makes it less."""
        return _once_in(self._searched, self.calibration.lowest_fmr_at(distance))

    def _most_likely(self, distance: float) -> float:
        return _once_in(self._searched, self.calibration.fmr_at(distance))

    def _tell(self, neighbours: NDArray[np.float64]) -> bool:
        return self.faces >= self.policy.least_neighbourhood and len(neighbours) >= NEIGHBOURS

    def _asked(self, chance: float) -> float | None:
        return chance if chance <= self._most else None

    @property
    def _most(self) -> float:
        return min(self.policy.false_merge_budget * FOR_REVIEW, 0.5)

    @property
    def _searched(self) -> int:
        return max(self.faces, self.policy.expected_templates)


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
        self._strangers = Strangers(policy=policy, calibration=calibration, faces=len(rows))
        self._within = within

    def merges(self) -> Iterator[Proposal]:
        """Yield whoever is new with the surest of the nearest few who may be the same; no pair twice.

        Of who is older it is not known any more who was beside them; they were judged when they were new.
        """
        new = [one for one, face in enumerate(self._faces) if self._people.is_new(face)]
        nearest = dict(zip(new, self._around.nearest(new), strict=True))
        few = {one: self._nearest_few(near) for one, near in nearest.items()}
        others = sorted({other for some in few.values() for other, _ in some} - nearest.keys())
        nearest |= dict(zip(others, self._around.nearest(others), strict=True))
        found: dict[tuple[int, int], tuple[float, float]] = {}
        for one, some in few.items():
            if surest := self._surest(one, some, nearest):
                other, distance, doubt = surest
                found[min(one, other), max(one, other)] = distance, doubt
        for (one, other), (distance, doubt) in sorted(found.items()):
            first, second = self._people.in_order(self._faces[one], self._faces[other])
            yield merging(first, second, confidence=1.0 - doubt, distance=distance, within=self._within)

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
            own, theirs = self._around.nearest([owner, other])
            if self._strangers.doubt_of_pair(own_distance, near.distances, own.distances) is not None:
                continue
            doubt = self._strangers.doubt_of_pair(distance, near.without(other), theirs.without(owner))
            if doubt is not None:
                why = f"nearer to {str(self._faces[other])[:8]} than to its own templates"
                yield parting(self._faces[owner], (sighting.track_id,), confidence=1.0 - doubt, why=why)

    def _nearest_few(self, near: Nearest) -> list[tuple[int, float]]:
        """Return the people a person may be merged with as far as distance goes, and how far they are."""
        few = zip(near.people[:NEIGHBOURS].tolist(), near.distances[:NEIGHBOURS].tolist(), strict=True)
        return [(other, distance) for other, distance in few if self._strangers.may_be_near_enough(distance)]

    def _surest(
        self, one: int, few: Sequence[tuple[int, float]], nearest: Mapping[int, Nearest]
    ) -> tuple[int, float, float] | None:
        """Return with whom of a few a person is merged most surely, at which distance and with which doubt."""
        known = [
            (doubt, distance, other)
            for other, distance in few
            if (
                doubt := self._strangers.doubt_of_pair(
                    distance, nearest[one].without(other), nearest[other].without(one)
                )
            )
            is not None
        ]
        possible = (
            found for found in sorted(known) if self._people.may_be_one(self._faces[one], self._faces[found[2]])
        )
        return next(((other, distance, doubt) for doubt, distance, other in possible), None)
