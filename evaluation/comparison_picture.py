"""A comparison as one picture: the probe at the left, the nearest faces of the gallery beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.canvas import BOLD, Canvas, Colour
from evaluation.comparison import Match, Verdict
from faces.ports import Image

CROP_PX = 240
_MARGIN, _GAP, _DIVIDER = 44, 28, 72
_IN_A_ROW = 5
_RAREST = 1e-7
_ROW_HEIGHT = CROP_PX + 180
_HEAD, _FOOT = 132, 56

_PAPER, _INK, _MUTED, _LINE = (255, 255, 255), (20, 24, 31), (86, 96, 112), (223, 227, 232)
_PILLS: Mapping[Verdict, tuple[Colour, Colour]] = {
    Verdict.SAME: ((20, 83, 45), (220, 243, 228)),
    Verdict.UNSURE: ((113, 73, 0), (253, 240, 205)),
    Verdict.NOT_THE_SAME: ((145, 29, 20), (252, 226, 223)),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """A face on the picture: the name of its picture, and its portrait of CROP_PX."""

    name: str
    portrait: Image


def draw_comparison(
    probe: Shown, probe_note: str, matches: Sequence[tuple[Shown, Match]], *, lead: str, foot: str
) -> Image:
    """Return the picture, BGR, dark on light; ``matches`` are one or more, nearest first."""
    rows = -(-len(matches) // _IN_A_ROW)
    across = min(len(matches), _IN_A_ROW)
    first_x = _MARGIN + CROP_PX + _DIVIDER
    width = max(first_x + across * (CROP_PX + _GAP) - _GAP, 1040) + _MARGIN
    canvas = Canvas(width, _HEAD + rows * _ROW_HEIGHT + _FOOT, _PAPER)
    _head(canvas, headline_of([(shown.name, match) for shown, match in matches]), lead, width - 2 * _MARGIN)
    _column(canvas, probe, _MARGIN, _HEAD, (probe_note,))
    canvas.line(_MARGIN + CROP_PX + _DIVIDER // 2 - 1, _HEAD, _HEAD + CROP_PX, _LINE)
    for place, (shown, match) in enumerate(matches):
        x, y = first_x + place % _IN_A_ROW * (CROP_PX + _GAP), _HEAD + place // _IN_A_ROW * _ROW_HEIGHT
        below = _column(canvas, shown, x, y, (f"distance {match.distance:.3f}", rate_text(match.fmr)))
        colour, ground = _PILLS[match.verdict]
        canvas.pill(match.verdict, x, below + 4, size_px=17, colour=colour, ground=ground)
    _lines(canvas, foot, _MARGIN, canvas.image.shape[0] - 28, width - 2 * _MARGIN, size_px=16, colour=_MUTED)
    return canvas.image


def headline_of(matches: Sequence[tuple[str, Match]]) -> str:
    """Return what the comparison says, in one sentence; ``matches`` are (name, match), nearest first."""
    name, match = matches[0]
    if match.verdict is Verdict.SAME:
        return f"The same person as in {name}"
    if match.verdict is Verdict.UNSURE:
        return f"Perhaps the person in {name}; nobody for certain"
    return "Nobody in this gallery"


def rate_text(fmr: float) -> str:
    """Say how many strangers come as near; below what packs are calibrated for, only that."""
    if fmr < _RAREST:
        return "hardly a stranger as near"
    if fmr >= 0.05:
        return f"{fmr:.0%} of strangers as near"
    one_in = float(f"{1 / fmr:.2g}")
    return (
        f"1 stranger in {one_in / 1e6:.3g} million as near" if one_in >= 1e6 else f"1 stranger in {one_in:,.0f} as near"
    )


def _head(canvas: Canvas, headline: str, lead: str, width: int) -> None:
    (line,) = canvas.lines(headline, width, 1, 30, BOLD)
    canvas.text(line, _MARGIN, 62, size_px=30, colour=_INK, weight=BOLD)
    _lines(canvas, lead, _MARGIN, 98, width, size_px=18, colour=_MUTED)


def _column(canvas: Canvas, shown: Shown, x: int, y: int, notes: Sequence[str]) -> int:
    """Draw a portrait with what stands beneath it; return where that ends."""
    canvas.picture(shown.portrait, x, y)
    baseline = y + CROP_PX + 30
    for line in canvas.lines(shown.name, CROP_PX, 2, 18, BOLD):
        canvas.text(line, x, baseline, size_px=18, colour=_INK, weight=BOLD)
        baseline += 24
    for note in notes:
        baseline = _lines(canvas, note, x, baseline + 2, CROP_PX, size_px=15, colour=_MUTED)
    return baseline - 12


def _lines(canvas: Canvas, text: str, x: int, baseline: int, width: int, *, size_px: int, colour: Colour) -> int:
    (line,) = canvas.lines(text, width, 1, size_px)
    canvas.text(line, x, baseline, size_px=size_px, colour=colour)
    return baseline + round(1.35 * size_px)
