"""Charts drawn as lines on paper: the figures of ``charts`` again, where there is no browser to draw them.

Of Plotly's figures this knows what ``charts`` makes: bars (hatched where marked), lines (hollow where marked), squares.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor, toColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from analytics.presentation.charts import Figure
from analytics.presentation.paper import font_of, on_paper

COLORS = {
    "var(--accent)": "#0b6b6b",
    "var(--second)": "#9c4a12",
    "var(--muted)": "#566070",
    "var(--line)": "#dfe3e8",
    "var(--text)": "#14181f",
}
_LEFT, _BOTTOM, _TOP, _RIGHT = 34, 30, 14, 8
_SMALL = 7
_HATCH_APART = 3.5
_TICKS = 4


def drawn(figure: Figure, width: float, height: float = 150) -> Drawing:
    """Return a chart as a drawing of this size, in points."""
    drawing = Drawing(width, height)
    if figure["data"][0]["type"] == "heatmap":
        _squares(drawing, figure)
    else:
        _Axes(drawing, figure).draw()
    return drawing


def _color(name: Any) -> Color:
    return HexColor(COLORS[name]) if name in COLORS else toColor(name)


def _text(
    drawing: Drawing, x: float, y: float, text: str, *, anchor: str = "start", color: str = "var(--muted)"
) -> None:
    text = on_paper(text)
    drawing.add(String(x, y, text, fontName=font_of(text), fontSize=_SMALL, fillColor=_color(color), textAnchor=anchor))


class _Axes:
    """Bars and lines over one axis of names."""

    def __init__(self, drawing: Drawing, figure: Figure) -> None:
        self._drawing = drawing
        self._series = figure["data"]
        self._layout = figure["layout"]
        names = self._series[0]["x"]
        first, last = self._layout["xaxis"]["range"]
        self._shown = range(max(0, ceil(first)), min(len(names), int(last) + 1))
        self._names = names
        self._share = "%" in self._layout["yaxis"].get("tickformat", "")
        values = [one["y"][index] or 0 for one in self._series for index in self._shown]
        self._highest: float = 1.0 if self._share else _round_up(max([*values, _TICKS]))
        self._width: float = drawing.width - _LEFT - _RIGHT
        self._height: float = drawing.height - _BOTTOM - _TOP
        self._step: float = self._width / max(1, len(self._shown))

    def draw(self) -> None:
        """Draw grid, names, values and the names of the series."""
        self._grid()
        self._labels()
        bars = [one for one in self._series if one["type"] == "bar"]
        for place, one in enumerate(bars):
            self._bars(one, place, len(bars))
        for one in self._series:
            if one["type"] == "scatter":
                self._line(one)
        self._legend()

    def _x(self, index: int) -> float:
        return _LEFT + (index - self._shown.start + 0.5) * self._step

    def _y(self, value: float) -> float:
        return float(_BOTTOM + self._height * value / self._highest)

    def _grid(self) -> None:
        for tick in range(_TICKS + 1):
            value = self._highest * tick / _TICKS
            y = self._y(value)
            self._drawing.add(
                Line(_LEFT, y, _LEFT + self._width, y, strokeColor=_color("var(--line)"), strokeWidth=0.5)
            )
            _text(self._drawing, _LEFT - 4, y - 2.5, f"{value:.0%}" if self._share else f"{value:,.0f}", anchor="end")
        if self._highest > 0:
            _text(self._drawing, 2, self._drawing.height - 8, self._layout["yaxis"]["title"]["text"])
        across = self._layout["xaxis"]["title"]["text"]
        _text(self._drawing, _LEFT + self._width / 2, 3, across, anchor="middle")

    def _labels(self) -> None:
        axis = self._layout["xaxis"]
        named = dict(zip(axis["tickvals"], axis["ticktext"], strict=True)) if "tickvals" in axis else None
        wanted = [index for index in self._shown if named is None or self._names[index] in named]
        texts = {index: str(named[self._names[index]] if named else self._names[index]) for index in wanted}
        until = float("-inf")
        for index in wanted:
            half = stringWidth(on_paper(texts[index]), font_of(texts[index]), _SMALL) / 2
            if self._x(index) - half > until:  # a name that would touch the one before is left out
                _text(self._drawing, self._x(index), _BOTTOM - 10, texts[index], anchor="middle")
                until = self._x(index) + half + 4

    def _bars(self, one: dict[str, Any], place: int, of: int) -> None:
        shapes = one["marker"]["pattern"]["shape"]
        width = self._step * 0.75 / of
        for index in self._shown:
            value = one["y"][index]
            if value:
                x = self._x(index) - self._step * 0.375 + place * width
                hatched = bool(shapes and shapes[index])
                _bar(self._drawing, x, _BOTTOM, width * 0.95, self._y(value) - _BOTTOM, one["marker"]["color"], hatched)

    def _line(self, one: dict[str, Any]) -> None:
        color = _color(one["line"]["color"])
        symbols = one["marker"]["symbol"]
        stretch: list[float] = []
        for index in [*self._shown, None]:
            value = None if index is None else one["y"][index]
            if value is None or index is None:
                if len(stretch) > 2:
                    self._drawing.add(PolyLine(stretch, strokeColor=color, strokeWidth=1.2))
                stretch = []
                continue
            stretch += [self._x(index), self._y(value)]
            hollow = not isinstance(symbols, str) and symbols[index].endswith("open")
            fill = _color("#ffffff") if hollow else color
            self._drawing.add(Circle(*stretch[-2:], 2, strokeColor=color, fillColor=fill, strokeWidth=0.8))

    def _legend(self) -> None:
        if len(self._series) < 2:
            return
        x = _LEFT + self._width
        for one in reversed(self._series):
            name = on_paper(one["name"])
            x -= stringWidth(name, font_of(name), _SMALL)
            color = one["marker"]["color"]
            _text(self._drawing, x, self._drawing.height - 8, name)
            x -= 9
            self._drawing.add(Rect(x, self._drawing.height - 8.5, 6, 6, fillColor=_color(color), strokeColor=None))
            x -= 10


def _squares(drawing: Drawing, figure: Figure) -> None:
    (one,) = figure["data"]
    across, down = one["x"], one["y"]
    gaps = {(note["x"], note["y"]) for note in figure["layout"].get("annotations", ())}
    width = (drawing.width - _LEFT - _RIGHT) / max(1, len(across))
    height = (drawing.height - _BOTTOM - 4) / max(1, len(down))
    for row, name in enumerate(down):
        y = drawing.height - 4 - (row + 1) * height
        _text(drawing, _LEFT - 4, y + height / 2 - 2.5, name, anchor="end")
        for column, hour in enumerate(across):
            x, value = _LEFT + column * width, one["z"][row][column]
            if value is not None:
                share = min(1.0, value / one["zmax"])
                drawing.add(Rect(x, y, width - 1, height - 1, fillColor=_between(share), strokeColor=None))
                color = "#ffffff" if share > 0.55 else "var(--text)"
                _text(drawing, x + width / 2 - 0.5, y + height / 2 - 3, f"{value:.1f}", anchor="middle", color=color)
            elif (hour, name) in gaps:
                _bar(drawing, x, y, width - 1, height - 1, "var(--line)", True)
    for column, hour in enumerate(across):
        if column % max(1, ceil(24 / width)) == 0:
            _text(drawing, _LEFT + (column + 0.5) * width, _BOTTOM - 10, str(hour), anchor="middle")
    unit = one["colorbar"]["title"]["text"]
    across_name = figure["layout"]["xaxis"]["title"]["text"]
    _text(drawing, drawing.width / 2, 3, f"{unit}, by {across_name}", anchor="middle")


def _between(share: float) -> Color:
    low, high = HexColor(COLORS["var(--line)"]), HexColor(COLORS["var(--accent)"])
    mixed: Sequence[float] = [a + (b - a) * share for a, b in zip(low.rgb(), high.rgb(), strict=True)]
    return Color(*mixed)


def _bar(drawing: Drawing, x: float, y: float, width: float, height: float, color: str, hatched: bool) -> None:
    if not hatched:
        drawing.add(Rect(x, y, width, height, fillColor=_color(color), strokeColor=None))
        return
    line = {"strokeColor": _color(color), "strokeWidth": 0.7}
    drawing.add(Rect(x, y, width, height, fillColor=None, **line))
    offset = -height
    while offset < width:
        left, low = max(offset, 0.0), max(-offset, 0.0)
        right, top = min(offset + height, width), min(width - offset, height)
        drawing.add(Line(x + left, y + low, x + right, y + top, **line))
        offset += _HATCH_APART


def _round_up(value: float) -> float:
    """Return the next number whose quarters are whole."""
    step = 1.0
    while value > 40 * step:
        step *= 10
    return ceil(value / (_TICKS * step)) * _TICKS * step
