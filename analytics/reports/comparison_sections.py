"""What a report says of another range beside its own, as sections."""

from collections.abc import Callable, Mapping

from analytics.presentation.language import _, later
from analytics.presentation.page import Section, Table
from analytics.presentation.wording import change_text, duration_text, number_text, range_text, share_text
from analytics.reports.chain_report import ChainReport
from analytics.reports.comparison import Comparison, measures_of
from analytics.reports.metrics import Figures
from analytics.reports.report import Report


def comparison_sections(report: Report | ChainReport) -> list[Section]:
    """Return what has changed since the other range, if one was asked for; if it is not compared, why."""
    comparison = report.comparison
    if comparison is None:
        return []
    return [
        Section(
            title=_("Against {range}", range=range_text(comparison.from_day, comparison.to_day)),
            warning=comparison.doubt,
            table=None if comparison.refused else comparison_table(report.figures, comparison),
            wide=True,
        )
    ]


def comparison_table(figures: Figures, comparison: Comparison) -> Table:
    """Return the figures of two ranges side by side; a change that is in doubt carries a star."""
    then, now = measures_of(comparison.figures), measures_of(figures)
    star = "*" if comparison.doubt else ""

    def text_of(name: str, value: float | None) -> str:
        return "–" if value is None else _TEXT_OF[name](value)

    return Table(
        columns=(_("Figure"), _("Then"), _("Now"), _("Change")),
        rows=tuple(
            (
                _(_LABELS[name]),
                text_of(name, then[name]),
                text_of(name, now[name]),
                change_text(comparison.change_percent[name]) + star,
            )
            for name in now
        ),
    )


_LABELS: Mapping[str, str] = {
    "pv": later("Visits (PV)"),
    "uv": later("Visitors (UV)"),
    "new": later("New"),
    "returning": later("Returning"),
    "visits_per_visitor": later("Visits per visitor"),
    "bounce_share": later("Under 60 s"),
    "median_dwell_s": later("Dwell, median"),
}

_TEXT_OF: Mapping[str, Callable[[float], str]] = {
    "pv": number_text,
    "uv": number_text,
    "new": number_text,
    "returning": number_text,
    "visits_per_visitor": "{:.2f}".format,
    "bounce_share": share_text,
    "median_dwell_s": duration_text,
}
