"""A line of a few values, small enough to stand in a row of a table: what an SVG needs to draw it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 140.0, 32.0
_MARGIN = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """Lines through the values that are known, dots where one stands alone or is the last, and the gaps between.

    ``lines`` are the points of polylines, ``dots`` (x, y), ``gaps`` (x, width); all in a box of ``WIDTH`` × ``HEIGHT``.
    """

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    gaps: tuple[tuple[float, float], ...]


def sparkline(values: Sequence[float | None]) -> Sparkline:
    """Return the line of some values from nought to the highest; a None is a gap."""
    highest = max((value for value in values if value is not None), default=0) or 1
    step = (WIDTH - 2 * _MARGIN) / max(1, len(values) - 1)
    runs: list[list[tuple[float, float]]] = [[]]
    gaps = []
    for place, value in enumerate(values):
        x = _MARGIN + place * step
        if value is None:
            left, right = max(0.0, x - step / 2), min(WIDTH, x + step / 2)
            gaps.append((round(left, 1), round(right - left, 1)))
            runs.append([])
        else:
            y = HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * value / highest
            runs[-1].append((round(x, 1), round(y, 1)))
    lines = tuple(" ".join(f"{x:g},{y:g}" for x, y in run) for run in runs if len(run) > 1)
    alone = [run[0] for run in runs if len(run) == 1]
    last = [run[-1] for run in runs if run][-1:]
    return Sparkline(lines=lines, dots=tuple(dict.fromkeys([*alone, *last])), gaps=tuple(gaps))
