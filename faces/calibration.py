"""What a distance means: how often different people come as near as that, as measured for a pack.

The false match rate (FMR) of a threshold differs between groups of people: an embedder tells those apart best of whom
it has seen most. So it is measured group by group, and a calibration knows the strictest and the loosest threshold for
a rate. Which of them, or what between them, fits the visitor at hand, his neighbourhood in the gallery tells: the
*neighbour gap* is how much nearer than the next few people the nearest wrong one comes, and hardly differs by group.

Where both sides are known with their neighbourhoods, their *mutual gap* tells more: by how much the square of the
distance between two is less than that to the few around either. Somebody whom many are like stands near to others
without being alone with any. It is the symmetric score normalisation of speaker recognition, with the cohort that is
nearest to each side (Matejka et al., Interspeech 2017). The more people there are, the less the nearest stand out: of
N that are normally distributed the extreme ones lie apart as 1 / sqrt(ln N). So a mutual gap is brought to what it
would be among a hundred.

Between two measured points the logarithm of the rate is interpolated linearly in distance, and beyond either end the
nearest piece is continued as a straight line. Distances of different people are close to normal, so that their true
tail falls faster than a line: towards rarer false matches the line errs on the cautious side.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

Table = Sequence[tuple[float, float]]

# How many people beside the nearest make up the neighbourhood for which the gaps are measured.
NEIGHBOURS = 5

_A_HUNDRED, _A_THOUSAND = 100, 1000

# A share is found by halving, for several pieces of a table may have the same gap.
_HALVINGS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """How the matcher errs at the bar that it sets by itself, measured on people of whom it was known who they are.

    ``ratios`` is a table of (share, ratio), rising in both: so large a share of the visits by people who have a
    template lie within that part of the bar from the nearest of their own. Beyond 1 they are not found. ``people`` came
    twice or more. ``fpir`` is the share of the ``newcomers`` who were taken for somebody else.
    """

    people: int
    ratios: Table
    newcomers: int
    fpir: float

    def __post_init__(self) -> None:
        told = 0 <= self.fpir <= 1 and self.people > 0 and self.newcomers > 0
        rising = _rates_rise(self.ratios) and self.ratios[-1][0] < 1 and self.ratios[0][1] > 0
        rising = rising and all(near < far for (_, near), (_, far) in pairwise(self.ratios))
        _require(told and rising, "repeats: people, newcomers, a share and ratios that rise", self.ratios)

    @property
    def lost(self) -> float:
        """The share of the visits by people who have a template that lie beyond the bar, by the nearest measured."""
        (_, first), (_, last) = self.ratios[0], self.ratios[-1]
        if not first < 1.0 <= last:
            return 1.0 - self.ratios[0][0] if first >= 1.0 else 0.0
        piece = bisect_left([ratio for _, ratio in self.ratios], 1.0)
        (share, near), (above, far) = self.ratios[piece - 1], self.ratios[piece]
        return 1.0 - (share + (above - share) * (1.0 - near) / (far - near))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What was measured for a pack.

    ``groups`` gives for each group of people a table of (FMR, distance), rising in both. ``neighbour_gap`` is a table
    of (share, gap), the gap never rising: for that share of the searches by people who are not in the gallery, the
    nearest FaceId is nearer than the median of the next ``NEIGHBOURS`` by more than the gap. ``groups`` is of visits
    fused from several shots; ``single_shots`` is the same of single ones, empty where that was not measured.
    ``mutual_gap`` is a table like ``neighbour_gap``, of searches among a hundred people in which some stranger has so
    wide a mutual gap; empty in calibrations from before it was measured.
    ``repeats`` tells how the matcher errs by all this, None where that was not measured.
    """

    measured_on: str
    groups: Mapping[str, Table]
    neighbour_gap: Table
    single_shots: Mapping[str, Table] = field(default_factory=dict)
    repeats: Repeats | None = None
    mutual_gap: Table = ()
    _by_group: Sequence["_Curve"] = field(init=False, repr=False, compare=False)
    _gaps: "_Curve" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.groups:
            raise ValueError("a calibration needs a group of people it was measured on")
        for name, table in [*self.groups.items(), *self.single_shots.items()]:
            rising = _rates_rise(table) and all(near < far for (_, near), (_, far) in pairwise(table))
            _require(rising, f"group {name}: two points or more that rise in FMR and distance", table)
        for name, gaps in (("neighbour_gap", self.neighbour_gap), ("mutual_gap", self.mutual_gap)):
            narrowing = _rates_rise(gaps) and all(a >= b for (_, a), (_, b) in pairwise(gaps))
            given = narrowing or (name == "mutual_gap" and not gaps)
            _require(given, f"{name}: two points or more, the rarer never the narrower", gaps)
        object.__setattr__(self, "_by_group", tuple(map(_Curve, self.groups.values())))
        object.__setattr__(self, "_gaps", _Curve(self.neighbour_gap))

    def of_single_shots(self) -> "Calibration":
        """Return the calibration for single pictures of people: two of one person lie farther apart than two visits."""
        return replace(self, groups=self.single_shots or self.groups)

    def threshold_for(self, fmr: float) -> float:
        """Return the distance below which different people of no group come more often than this; 0 < ``fmr`` <= 1."""
        return min([curve.distance_at(fmr) for curve in self._by_group])

    def loosest_threshold_for(self, fmr: float) -> float:
        """Return the distance that is right for the group told apart best; for the others it is too lax."""
        return max([curve.distance_at(fmr) for curve in self._by_group])

    def neighbour_gap_for(self, share: float) -> float:
        """Return the gap that the nearest wrong FaceId exceeds in this share of searches; 0 < ``share`` <= 1."""
        return self._gaps.distance_at(share)

    def neighbour_share_at(self, gap: float) -> float:
        """Return the share of searches in which the nearest wrong FaceId exceeds this gap, at most 1.

        Of gaps wider than any that was measured no rarer share is claimed than was.
        """
        return _share_at(gap, self.neighbour_gap)

    def mutual_share_at(self, gap: float, people: int) -> float:
        """Return the share of searches in which some stranger of so many exceeds this mutual gap, at most 1.

        As with the neighbour gap, no rarer share is claimed than was measured.
        """
        return _share_at(among_a_hundred(gap, people), self.mutual_gap)

    def fmr_at(self, distance: float) -> float:
        """Return the share of comparisons of different people at or below this distance, at most 1.

        Of the group told apart worst: no group's is higher.
        """
        return max(_rate_at(distance, table) for table in self.groups.values())

    def lowest_fmr_at(self, distance: float) -> float:
        """Return that share for the group told apart best; for the others it is higher."""
        return min(_rate_at(distance, table) for table in self.groups.values())


class _Curve:
    """A table to be looked up for every visitor: its logarithms and slopes are taken once."""

    def __init__(self, table: Table) -> None:
        self._rates = [rate for rate, _ in table]
        self._logs = list(map(math.log10, self._rates))
        self._distances = [distance for _, distance in table]
        self._slopes = [
            (far - near) / (commoner - rarer)
            for (near, far), (rarer, commoner) in zip(pairwise(self._distances), pairwise(self._logs), strict=True)
        ]

    def distance_at(self, rate: float) -> float:
        if not 0 < rate <= 1:
            raise ValueError(f"a rate of false matches lies above 0 and at most at 1, not at {rate}")
        piece = _piece(rate, self._rates) - 1
        return max(0.0, self._distances[piece] + self._slopes[piece] * (math.log10(rate) - self._logs[piece]))


def mutual_gap(distance: float, around_one: Sequence[float], around_other: Sequence[float]) -> float:
    """Return the mutual gap of two who are so far apart, from the distances to the nearest others of each.

    Those of each are at least ``NEIGHBOURS`` people, nearest first, without the other of the two.
    """
    round_both = median(around_one[:NEIGHBOURS]) ** 2 + median(around_other[:NEIGHBOURS]) ** 2
    return float(round_both / 2 - distance**2)


def among_a_hundred(gap: float, people: int) -> float:
    """Return what a mutual gap that was found among so many people, two or more, would be among a hundred.

    More than a thousand count as a thousand: there it was not seen how gaps go on to shrink.
    """
    return gap * math.sqrt(math.log(min(people, _A_THOUSAND)) / math.log(_A_HUNDRED))


def _share_at(gap: float, table: Table) -> float:
    curve = _Curve(table)
    low, high = math.log10(table[0][0]), 0.0
    if gap <= curve.distance_at(1.0):
        return 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if curve.distance_at(10.0**middle) < gap else (middle, high)
    return float(10.0**high)


def _require(holds: bool, what: str, table: Table) -> None:
    if not holds:
        raise ValueError(f"a calibration needs, for {what}; not {list(table)}")


def _rates_rise(table: Table) -> bool:
    rates = [rate for rate, _ in table]
    return len(table) >= 2 and rates[0] > 0 and all(a < b for a, b in pairwise(rates))


def _rate_at(distance: float, table: Table) -> float:
    piece = _piece(distance, [measured for _, measured in table])
    (rarer, near), (commoner, far) = table[piece - 1], table[piece]
    slope = (math.log10(commoner) - math.log10(rarer)) / (far - near)
    return float(10.0 ** min(0.0, math.log10(rarer) + slope * (distance - near)))


def _piece(at: float, points: Sequence[float]) -> int:
    """Return the index of the point at the upper end of the piece in which a place lies; the end pieces go on."""
    return bisect_left(points, at, 1, len(points) - 1)
