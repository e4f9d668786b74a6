"""What a distance means: the false match rate (FMR) of a threshold, as measured for a pack.

Between two measured points log10 FMR is interpolated linearly in distance, and beyond either end the nearest piece is
continued as a straight line. Distances of different people are close to normal, so that their true tail falls faster
than a line: towards rarer false matches the line errs on the cautious side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A table of FMR against distance. ``points`` are (fmr, distance), rising in both."""

    measured_on: str
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        rates, distances = zip(*self.points, strict=True)
        rising = all(a < b for series in (rates, distances) for a, b in pairwise(series))
        if len(self.points) < 2 or not rising or rates[0] <= 0:
            raise ValueError(f"a calibration needs two points or more that rise in FMR and distance, not {self.points}")

    def threshold_for(self, fmr: float) -> float:
        """Return the distance below which different people come with this rate. ``fmr`` is in 0..1, not 0."""
        if not 0 < fmr <= 1:
            raise ValueError(f"a false match rate lies above 0 and at most at 1, not at {fmr}")
        logs = [math.log10(rate) for rate, _ in self.points]
        return max(0.0, _on_line(math.log10(fmr), logs, [distance for _, distance in self.points]))

    def fmr_at(self, distance: float) -> float:
        """Return the share of comparisons of different people at or below this distance, at most 1."""
        logs = [math.log10(rate) for rate, _ in self.points]
        log = _on_line(distance, [distance for _, distance in self.points], logs)
        return float(10.0 ** min(0.0, log))


def hardest(groups: Sequence[Sequence[tuple[float, float]]], *, measured_on: str) -> Calibration:
    """Return the calibration that holds for every group of people: at each rate the smallest distance of any.

    Each group is a table of (fmr, distance) at the same rates; raises ValueError where they differ.
    """
    rates = [{rate for rate, _ in group} for group in groups]
    if any(of_group != rates[0] for of_group in rates):
        raise ValueError("the groups of a calibration must be measured at the same rates")
    tables = [dict(group) for group in groups]
    points = tuple((rate, min(table[rate] for table in tables)) for rate in sorted(rates[0]))
    return Calibration(measured_on=measured_on, points=points)


def _on_line(at: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return y at a place on the line through the points, its end pieces continued."""
    piece = next((index for index, x in enumerate(xs[1:-1], start=1) if at <= x), len(xs) - 1)
    slope = (ys[piece] - ys[piece - 1]) / (xs[piece] - xs[piece - 1])
    return ys[piece - 1] + slope * (at - xs[piece - 1])
