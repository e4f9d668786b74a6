"""Which detection continues which track: costs, the choice, and when the choice is a guess."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ingest.tracks import Box, Look, Observation, centre, iou

Costs: TypeAlias = Mapping[tuple[int, int], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a face may have got, in widths of a face and in seconds.

    A person who crosses the view at 1.5 m/s covers nine widths of a face a second: that far a face may be from where
    it was last seen when its motion is not known yet; when it is known, from where it was expected.
    """

    still_widths: float = 0.7
    unknown_widths_per_s: float = 9.0
    known_widths_per_s: float = 3.0
    size_ratio: float = 1.4
    size_ratio_per_s: float = 3.0
    look: float = 0.16
    margin: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expectation:
    """Where a track's face is expected now, ``elapsed_s`` after it was last seen."""

    box: Box
    look: Look | None
    elapsed_s: float
    motion_known: bool


def cost_of(expected: Expectation, seen: Observation, reach: Reach) -> float | None:
    """Return the cost of taking ``seen`` for the face expected, 0 to about 3, or None where it cannot be that face."""
    size = math.sqrt(expected.box[2] * expected.box[3])
    seen_size = math.sqrt(seen.box[2] * seen.box[3])
    speed = reach.known_widths_per_s if expected.motion_known else reach.unknown_widths_per_s
    limit = reach.still_widths + speed * expected.elapsed_s
    distance = math.dist(centre(expected.box), centre(seen.box)) / math.sqrt(size * seen_size) / limit
    growth = abs(math.log(seen_size / size))
    growth /= math.log(reach.size_ratio) + math.log(reach.size_ratio_per_s) * expected.elapsed_s
    change = 0.0
    if expected.look is not None and seen.look is not None:
        change = float(np.abs(expected.look - seen.look).mean()) / reach.look
    if max(distance, growth, change) > 1.0:
        return None
    return (1.0 - iou(expected.box, seen.box)) + distance + 0.5 * growth + 0.5 * change


def associate(
    expected: Sequence[Expectation], seen: Sequence[Observation], reach: Reach
) -> tuple[dict[int, int], set[int]]:
    """Return which detection each track takes (indices into both), and the tracks that might as well be another's.

    The cheapest pairs are taken first. A track is doubtful when exchanging its detection with another track's, or
    giving it to a track left without, would cost hardly more (``reach.margin``): to go on would be to guess which of
    two people it is.
    """
    costs = {
        (i, j): cost
        for i, expectation in enumerate(expected)
        for j, observation in enumerate(seen)
        if (cost := cost_of(expectation, observation, reach)) is not None
    }
    taken: dict[int, int] = {}
    for i, j in sorted(costs, key=lambda pair: (costs[pair], pair)):
        if i not in taken and j not in taken.values():
            taken[i] = j
    return taken, _doubtful(taken, costs, len(expected), reach.margin)


def _doubtful(taken: Mapping[int, int], costs: Costs, tracks: int, margin: float) -> set[int]:
    doubtful: set[int] = set()
    for i, j in taken.items():
        for other in range(tracks):
            if other == i or (other, j) not in costs:
                continue
            theirs = taken.get(other)
            if theirs is None:
                more = costs[other, j] - costs[i, j]
            elif (i, theirs) in costs:
                more = costs[other, j] + costs[i, theirs] - costs[i, j] - costs[other, theirs]
            else:
                continue
            if more < margin:
                doubtful |= {i, other}
    return doubtful
