"""Charts in the style of the house, as plain Plotly figures.

A figure is ``{"data": [...], "layout": {...}}``. Colours are written ``var(--accent)`` and the like: when it draws,
``static/charts.js`` puts in the colours of the page's style sheet, light or dark. A value of None is a gap: nothing is
drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from analytics.presentation.language import _

Figure = dict[str, Any]

ACCENT = "var(--accent)"
SECOND = "var(--second)"
GREY = "var(--muted)"

_HATCH = "/"
_FEWEST_LABELS = 9
_FIRST_WIDE = 0x2E80
_NEAR = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One row of values of a chart, its name and its colour. ``marked`` values are drawn hatched."""

    name: str
    values: Sequence[float | None]
    color: str = ACCENT
    marked: Sequence[bool] = ()


def bar_chart(
    labels: Sequence[str], series: Sequence[Series], *, unit: str, share: bool = False, across: str = ""
) -> Figure:
    """Return bars side by side, a group for each label; ``share`` draws 0..1 as percent."""
    data = [
        {
            "type": "bar",
            "name": one.name,
            "x": list(labels),
            "y": list(one.values),
            "marker": {
                "color": one.color,
                "line": {"width": 0},
                "pattern": {
                    "shape": [_HATCH if marked else "" for marked in one.marked] or "",
                    "fillmode": "replace",
                    "fgcolor": one.color,
                    "size": 6,
                    "solidity": 0.35,
                },
            },
            "hovertemplate": _hover(one.name, unit, share),
        }
        for one in series
    ]
    layout = _layout(series, unit=unit, share=share, across=across)
    layout |= {"bargap": 0.25, "bargroupgap": 0.05, "barmode": "group", "barcornerradius": 2}
    if len(series) > 1:
        layout["annotations"] = [_name_in_corner(one, place) for place, one in enumerate(reversed(series))]
    return {"data": data, "layout": layout}


def line_chart(
    labels: Sequence[str], series: Sequence[Series], *, unit: str, share: bool = False, across: str = ""
) -> Figure:
    """Return a line for each series, broken where a value is None, its name at its end."""
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": one.name,
            "x": list(labels),
            "y": list(one.values),
            "connectgaps": False,
            "line": {"color": one.color, "width": 2},
            "marker": {
                "color": one.color,
                "size": 7,
                "symbol": ["circle-open" if marked else "circle" for marked in one.marked] or "circle",
            },
            "hovertemplate": _hover(one.name, unit, share),
        }
        for one in series
    ]
    layout = _layout(series, unit=unit, share=share, across=across)
    if len(series) > 1:
        if _end_together(series):
            layout["annotations"] = [_name_in_corner(one, place) for place, one in enumerate(reversed(series))]
        else:
            layout["annotations"] = [note for one in series if (note := _name_at_end(labels, one))]
            layout["margin"]["r"] = 12 + 8 * max(_width_of(one.name) for one in series)
    return {"data": data, "layout": layout}


def curve_chart(
    labels: Sequence[str],
    series: Series,
    *,
    gaps: Sequence[bool],
    band: Sequence[tuple[float, float] | None],
    band_name: str,
    unit: str,
    across: str = "",
) -> Figure:
    """Return a line before the grey band within which it usually lies, None where that is not known.

    What is ``marked`` stands on hatched ground, and what is a gap on hatched ground that says so.
    """
    low, high = ([None if part is None else part[end] for part in band] for end in (0, 1))
    chart = line_chart(labels, [series], unit=unit, across=across)
    known = [value for value in (*series.values, *high) if value is not None]
    top = max(4, max(known, default=0) * 1.15)
    edge = {"type": "scatter", "mode": "lines", "x": list(labels), "connectgaps": False}
    edge |= {"line": {"width": 1, "color": GREY}, "opacity": 0.5}
    hatched = {
        "type": "bar",
        "x": list(labels),
        "y": [top if marked or gap else None for marked, gap in zip(series.marked, gaps, strict=True)],
        "marker": {
            "color": "rgba(0,0,0,0)",
            "pattern": {"shape": _HATCH, "fillmode": "overlay", "fgcolor": "var(--line)", "size": 8, "solidity": 0.4},
        },
        "hoverinfo": "skip",
    }
    chart["data"] = [
        hatched,
        edge | {"y": low, "hoverinfo": "skip"},
        edge | {"y": high, "fill": "tonexty", "fillcolor": "var(--line)", "hoverinfo": "skip"},
        *chart["data"],
    ]
    chart["layout"] |= {"bargap": 0, "hovermode": "closest"}
    in_use = [Series(name="", values=high), series, Series(name="", values=[1 if gap else None for gap in gaps])]
    chart["layout"]["xaxis"]["range"] = _stretch_in_use(in_use)
    chart["layout"]["yaxis"] |= {"range": [0, top]}
    # One word in the middle of each gap, upright where it is but one stretch wide.
    runs = [list(run) for gap, run in groupby(range(len(gaps)), key=lambda place: gaps[place]) if gap]
    notes: list[dict[str, Any]] = [
        {"x": labels[run[len(run) // 2]], "y": top * 0.9, "text": _("gap"), "font": {"size": 12}, "showarrow": False}
        | ({"textangle": -90} if len(run) == 1 else {})
        for run in runs
    ]
    if any(part is not None for part in band):
        chart["layout"]["margin"]["t"] = 28
        notes += [
            _name_in_corner(series, 0) | {"text": f"● {series.name}", "xshift": -9 * _width_of(band_name) - 28},
            _name_in_corner(Series(name=band_name, values=[], color=GREY), 0),
        ]
    chart["layout"]["annotations"] = notes
    return chart


def heat_map(
    across: Sequence[str],
    down: Sequence[str],
    values: Sequence[Sequence[float | None]],
    *,
    gaps: Sequence[tuple[str, str]] = (),
    unit: str,
    name: str,
) -> Figure:
    """Return a row of squares for each of ``down``, from light to dark by value, with the scale beside; None is empty.

    ``name`` says what lies ``across``; ``gaps`` are the squares, by their names across and down, that say "gap".
    """
    data = [
        {
            "type": "heatmap",
            "x": list(across),
            "y": list(down),
            "z": [list(row) for row in values],
            "zmin": 0,
            "zmax": max((value for row in values for value in row if value is not None), default=0) or 1,
            "colorscale": [[0, "var(--line)"], [1, ACCENT]],
            "xgap": 2,
            "ygap": 2,
            "hoverongaps": False,
            "hovertemplate": f"%{{y}} %{{x}}: %{{z:,.1f}} {unit}<extra></extra>",
            "colorbar": {
                "title": {"text": unit, "side": "right", "font": {"size": 13}},
                "thickness": 12,
                "outlinewidth": 0,
                "nticks": 4,
            },
        }
    ]
    layout = _layout([Series(name="", values=[None] * len(across))], unit="", share=False, across=name)
    layout["xaxis"] |= {"range": [-0.5, len(across) - 0.5]}
    layout["yaxis"] = {"type": "category", "autorange": "reversed", "fixedrange": True, "showgrid": False}
    layout["annotations"] = [
        {"x": x, "y": y, "text": _("gap"), "textangle": -90, "font": {"size": 11}, "showarrow": False} for x, y in gaps
    ]
    return {"data": data, "layout": layout}


def _layout(series: Sequence[Series], *, unit: str, share: bool, across: str) -> Figure:
    highest = max((value for one in series for value in one.values if value is not None), default=0)
    axis: dict[str, Any] = {
        "title": {"text": unit, "standoff": 8, "font": {"size": 13}},
        "rangemode": "tozero",
        "gridcolor": "var(--line)",
        "zerolinecolor": "var(--line)",
        "fixedrange": True,
    }
    if share:
        axis |= {"tickformat": ".0%", "range": [0, 1.02], "tickvals": [0, 0.5, 0.95]}
    else:
        # Counts are whole: no ticks between 1 and 2, and room above where there is nothing yet.
        axis |= {"tickformat": ",d", "nticks": 6, "range": [0, max(4, highest * 1.1)]}
        axis |= {"dtick": 1} if highest <= 4 else {}
    return {
        "height": 260,
        "margin": {"l": 56, "r": 12, "t": 24 if len(series) > 1 else 8, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": GREY},
        "showlegend": False,
        "hovermode": "x unified" if len(series) > 1 else "closest",
        "hoverlabel": {
            "bgcolor": "var(--surface)",
            "bordercolor": "var(--line)",
            "font": {"color": "var(--text)", "size": 13},
        },
        "xaxis": {
            "type": "category",
            "range": _stretch_in_use(series),
            "title": {"text": across, "standoff": 8, "font": {"size": 13}},
            "tickangle": 0,
            "showgrid": False,
            "linecolor": "var(--line)",
            "fixedrange": True,
            "automargin": True,
        },
        "yaxis": axis,
    }


def _stretch_in_use(series: Sequence[Series]) -> list[float]:
    """Return the range of labels that have values, with one to spare on either side and room for a few at least."""
    count = max(len(one.values) for one in series)
    known = [index for one in series for index, value in enumerate(one.values) if value is not None] or [0, count - 1]
    first, last = min(known) - 1, max(known) + 1
    spare = max(0, _FEWEST_LABELS - (last - first + 1))
    first = max(0, first - spare // 2)
    last = min(count - 1, max(last, first + _FEWEST_LABELS - 1))
    return [first - 0.5, last + 0.5]


def _width_of(text: str) -> int:
    """Return how many letters of the usual width a text takes: a Chinese one takes two."""
    return sum(1 if ord(letter) < _FIRST_WIDE else 2 for letter in text)


def _hover(name: str, unit: str, share: bool) -> str:
    return f"%{{x}}: %{{y:{'.1%' if share else ',d'}}} {name if name else unit}<extra></extra>"


def _end_together(series: Sequence[Series]) -> bool:
    """Tell whether two lines end so near to each other that their names would lie on one another."""
    ends = sorted(known[-1] for one in series if (known := [value for value in one.values if value is not None]))
    highest = max((value for one in series for value in one.values if value is not None), default=0)
    return any(second - first < _NEAR * highest for first, second in pairwise(ends))


def _name_in_corner(one: Series, place: int) -> dict[str, Any]:
    return {
        "text": f"■ {one.name}",
        "font": {"color": one.color, "size": 13},
        "xref": "paper",
        "yref": "paper",
        "x": 1,
        "y": 1,
        "xanchor": "right",
        "yanchor": "bottom",
        "xshift": -110 * place,
        "showarrow": False,
    }


def _name_at_end(labels: Sequence[str], one: Series) -> dict[str, Any] | None:
    known = [(label, value) for label, value in zip(labels, one.values, strict=True) if value is not None]
    if not known:
        return None
    label, value = known[-1]
    return {
        "text": one.name,
        "font": {"color": one.color, "size": 13},
        "x": label,
        "y": value,
        "xanchor": "left",
        "xshift": 8,
        "showarrow": False,
    }
