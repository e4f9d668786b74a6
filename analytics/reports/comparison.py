"""A range beside an earlier one: what has changed, and whether that can be said. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from analytics.completeness import MARKED_BELOW
from analytics.presentation.language import _
from analytics.presentation.wording import day_text, duration_text, range_text, share_text
from analytics.reports.metrics import Figures

MOST_APART = 0.05
"""How far the completeness of two ranges may lie apart before they are not compared at all."""


class Counted(Protocol):
    """A report, as far as it is compared."""

    @property
    def from_day(self) -> date:
        """The first business day."""

    @property
    def to_day(self) -> date:
        """The last business day, included."""

    @property
    def known_since(self) -> date:
        """The first business day of which anything is kept."""

    @property
    def figures(self) -> Figures:
        """The figures of the whole range."""

    @property
    def is_over(self) -> bool:
        """Whether the last day has ended."""

    @property
    def hours_known(self) -> bool:
        """Whether it is known of every store when it is open, and so when its cameras are expected to see."""

    @property
    def reporting(self) -> frozenset[str]:
        """The stores of which it is known how complete the range is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The figures of an earlier range, and by how many percent those of the later one are above them.

    A change is None where it cannot be given, as all are where the comparison is ``refused``. ``doubt`` says in a
    sentence why it is, or why the changes are to be marked; it is empty where neither is so.
    """

    from_day: date
    to_day: date
    figures: Figures
    change_percent: Mapping[str, float | None]
    doubt: str
    refused: bool


def range_before(from_day: date, to_day: date) -> tuple[date, date]:
    """Return the range of as many days that ends where another begins."""
    return from_day - (to_day - from_day) - timedelta(days=1), from_day - timedelta(days=1)


def compared(report: Counted, earlier: Counted) -> Comparison:
    """Return a report beside that of another range, of the same stores."""
    refusal = _refusal(report, earlier)
    before, after = measures_of(earlier.figures), measures_of(report.figures)
    return Comparison(
        from_day=earlier.from_day,
        to_day=earlier.to_day,
        figures=earlier.figures,
        change_percent={name: None if refusal else _percent(before[name], after[name]) for name in after},
        doubt=refusal or _doubt(report, earlier),
        refused=bool(refusal),
    )


def measures_of(figures: Figures) -> dict[str, float | None]:
    """Return what is compared, by the names that programs read."""
    return {
        "pv": figures.pv,
        "uv": figures.uv,
        "new": figures.new_visitors,
        "returning": figures.returning_visitors,
        "visits_per_visitor": figures.visits_per_visitor,
        "bounce_share": figures.bounce_share,
        "median_dwell_s": figures.median_dwell_s,
    }


def _refusal(report: Counted, earlier: Counted) -> str:
    if earlier.from_day < earlier.known_since:
        return _(
            "Not compared: records begin on {day}, within or after the earlier range.",
            day=day_text(earlier.known_since),
        )
    if apart := sorted(report.reporting ^ earlier.reporting):
        return _("Not compared: cameras reported in only one of the two ranges in {stores}.", stores=", ".join(apart))
    now, then = report.figures.completeness, earlier.figures.completeness
    if now is not None and then is not None and round(abs(now - then), 9) > MOST_APART:
        return _(
            "Not compared: the cameras saw {now} of this range and {then} of the earlier one, so that a difference may "
            "be theirs.",
            now=share_text(now),
            then=share_text(then),
        )
    return ""


def as_long(one_s: float, other_s: float) -> bool:
    """Tell whether two stretches were watched about as long; a day of 23 or 25 hours is as long as one of 24."""
    return abs(one_s - other_s) <= MOST_APART * max(one_s, other_s)


def _days(report: Counted) -> int:
    return (report.to_day - report.from_day).days + 1


def _doubt(report: Counted, earlier: Counted) -> str:
    """Return the first reason to mark the changes."""
    if not report.is_over:
        return _("Compare with care: {range} is not over yet.", range=range_text(report.from_day, report.to_day))
    lengths = [_days(one) for one in (report, earlier)]
    if lengths[0] != lengths[1]:
        return _(
            "Compare with care: this range has {now} days and the earlier one {then}.",
            now=lengths[0],
            then=lengths[1],
        )
    shares = [one.figures.completeness for one in (report, earlier)]
    if None in shares:
        return _("Compare with care: how complete the two ranges are, is not known.")
    if any(share is not None and share < MARKED_BELOW for share in shares):
        return _(
            "Compare with care: the cameras saw {now} of this range and {then} of the earlier one.",
            now=share_text(shares[0]),
            then=share_text(shares[1]),
        )
    if not report.hours_known and not as_long(*(one.figures.watched.expected_s for one in (report, earlier))):
        return _(
            "Compare with care: the cameras watched {now} in this range and {then} in the earlier one, and without "
            "opening hours nobody knows whether that was all.",
            now=duration_text(report.figures.watched.expected_s),
            then=duration_text(earlier.figures.watched.expected_s),
        )
    return ""


def _percent(before: float | None, after: float | None) -> float | None:
    return None if after is None or not before else 100 * (after - before) / before
