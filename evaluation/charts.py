"""Charts of an evaluation, in the style of the reports' own: over shares and distances instead of hours and days."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from analytics.presentation.charts import ACCENT, GREY, SECOND, Figure

COLORS = (ACCENT, SECOND, GREY)
_TICKS_PER_AXIS = 6
_CHARACTER_PX = 7.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Points joined by a line, its name at its end; None breaks it. ``error`` gives (low, high) of each point."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    color: str = ACCENT
    points: bool = False
    dash: str = "solid"
    error: Sequence[tuple[float, float] | None] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """``kind`` is share (0..1 as percent), rate (a share on a logarithmic axis), number, or distance."""

    title: str
    kind: str = "share"
    low: float | None = None
    high: float | None = None
    ticks: Sequence[float] = ()


def line_chart(lines: Sequence[Line], x: Axis, y: Axis) -> Figure:
    """Return lines over a numeric axis."""
    data = []
    for line in lines:
        trace: dict[str, Any] = {
            "type": "scatter",
            "mode": "lines+markers" if line.points else "lines",
            "name": line.name,
            "x": list(line.x),
            "y": [None if value is None or (y.kind == "rate" and value <= 0) else value for value in line.y],
            "line": {"color": line.color, "width": 2, "dash": line.dash},
            "marker": {"color": line.color, "size": 8},
            "hovertemplate": f"%{{x:{_format(x)}}}: %{{y:{_format(y)}}} {line.name}<extra></extra>",
        }
        if line.error:
            spans = [
                (value, *span) for value, span in zip(line.y, line.error, strict=True) if value is not None and span
            ]
            trace["error_y"] = {
                "type": "data",
                "symmetric": False,
                "array": [high - value for value, _, high in spans],
                "arrayminus": [value - low for value, low, _ in spans],
                "color": line.color,
                "thickness": 1,
                "width": 4,
            }
        data.append(trace)
    return {"data": data, "layout": _layout(lines, x, y)}


def histogram(edges: Sequence[float], series: Sequence[tuple[str, Sequence[float], str]], x: Axis) -> Figure:
    """Return the density of several series over the same bins, as steps."""
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    lines = [Line(name=name, x=middles, y=list(shares), color=color) for name, shares, color in series]
    figure = line_chart(lines, x, Axis(title="share of pairs"))
    for trace in figure["data"]:
        trace["line"]["shape"] = "hvh"
        trace["fill"] = "tozeroy"
    return figure


def _layout(lines: Sequence[Line], x: Axis, y: Axis) -> Figure:
    xs = [value for line in lines for value in line.x]
    ys = [value for line in lines for value in line.y if value is not None]
    ys += [end for line in lines for span in line.error if span for end in span]
    return {
        "height": 260,
        "margin": {"l": 64, "r": 16, "t": 28, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "var(--muted)", "size": 13, "family": "system-ui, sans-serif"},
        "hoverlabel": {"bgcolor": "var(--ground)", "font": {"color": "var(--text)"}, "bordercolor": "var(--line)"},
        "showlegend": False,
        "xaxis": _axis(x, xs),
        "yaxis": _axis(y, ys),
        "annotations": _names(lines),
    }


def _axis(axis: Axis, values: Sequence[float]) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "title": {"text": axis.title, "standoff": 8, "font": {"size": 13}},
        "gridcolor": "var(--line)",
        "zerolinecolor": "var(--line)",
        "linecolor": "var(--line)",
        "fixedrange": True,
        "automargin": True,
    }
    known = [value for value in values if axis.kind not in ("rate", "number") or value > 0]
    low = axis.low if axis.low is not None else min(known, default=0.0)
    high = axis.high if axis.high is not None else max(known, default=1.0)
    if axis.kind in ("rate", "number"):
        ticks = axis.ticks or _decades(low, high)
        drawn |= {"type": "log", "range": [math.log10(low * 0.8), math.log10(high * 1.25)]}
    else:
        ticks = axis.ticks or _steps(low, high)
        spare = 0.03 * (high - low) or 0.01
        drawn |= {"range": [low - spare, high + spare]}
    return drawn | {"tickvals": list(ticks), "ticktext": [_text(tick, axis.kind) for tick in ticks]}


def _decades(low: float, high: float) -> list[float]:
    ends = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    return [10.0**power for power in range(ends[0], ends[1] + 1)]


def _steps(low: float, high: float) -> list[float]:
    rough = (high - low) / _TICKS_PER_AXIS or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step - 1e-9)
    return [round(step * place, 10) for place in range(first, math.floor(high / step + 1e-9) + 1)]


def _text(tick: float, kind: str) -> str:
    if kind == "rate":
        return f"{tick:.0%}" if tick >= 0.01 else f"{tick:.1%}" if tick >= 0.001 else f"{tick:.0e}".replace("e-0", "e-")
    if kind == "share":
        return f"{100 * tick:g} %"
    return f"{tick:,g}"


def _format(axis: Axis) -> str:
    return {"share": ".1%", "rate": ".2~e", "number": ",d", "distance": ".3f"}[axis.kind]


def _names(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the names of the lines, side by side in the corner above the chart."""
    names: list[dict[str, Any]] = []
    taken_px = 0.0
    for line in reversed(lines):
        text = f"{'■' if line.dash == 'solid' else '┅'} {line.name}"
        names.append(
            {
                "text": text,
                "font": {"color": line.color, "size": 13},
                "xref": "paper",
                "yref": "paper",
                "x": 1,
                "y": 1,
                "xanchor": "right",
                "yanchor": "bottom",
                "xshift": -taken_px,
                "showarrow": False,
            }
        )
        taken_px += _CHARACTER_PX * (len(text) + 1)
    return names
