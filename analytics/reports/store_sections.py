"""What the pages of a store say of a day or a range: in a sentence, in a curve beside what is usual."""

from dataclasses import replace
from datetime import date, timedelta

from analytics.completeness import is_marked
from analytics.presentation.charts import GREY, Series, curve_chart, line_chart
from analytics.presentation.language import _, plural
from analytics.presentation.page import Section, Table
from analytics.presentation.wording import (
    change_text,
    mean_text,
    number_text,
    range_text,
    share_text,
    short_day_text,
    weekday_text,
)
from analytics.reports.behaviour_sections import heat_map_section
from analytics.reports.comparison import Comparison
from analytics.reports.report import Report
from analytics.reports.report_sections import is_known, rows_table, visits_section
from analytics.reports.usual import Usual


def sentence_of_day(report: Report, usual: Usual, *, today: date) -> str:
    """Return in words how many came on a day, against the same weekday of the weeks before."""
    said = _day_and_counted(report, today)
    if usual.change_percent is None:
        return _("{said}.", said=said)
    weekday, several = weekday_text(report.from_day.weekday()), len(usual.days) > 1
    against = _("the {weekday}s before", weekday=weekday) if several else _("the {weekday} before", weekday=weekday)
    if usual.until is not None:
        against = _("{against} by {time}", against=against, time=usual.until)
    return _compared(said, usual.change_percent, against)


def sentence_of_range(report: Report) -> str:
    """Return in words how many came in a range, against the range before."""
    said = _("{days}: {counted}", days=range_text(report.from_day, report.to_day), counted=_counted(report))
    comparison = report.comparison
    change = None if comparison is None else comparison.change_percent["pv"]
    if comparison is None or change is None or comparison.doubt:
        return _("{said}.", said=said)
    days = (comparison.to_day - comparison.from_day).days + 1
    return _compared(said, change, plural("the {count} day before", "the {count} days before", days))


def curve_section(report: Report, usual: Usual) -> Section:
    """Return the visits of a day by hour, before the band in which they usually lie."""
    labels = [row.bucket.label for row in report.rows]
    values: list[float | None] = [row.figures.pv if is_known(row) else None for row in report.rows]
    if not any(value is not None for value in values) and not usual.hours:
        return visits_section(report)
    of_hours = [usual.hours.get(label[:5]) for label in labels]
    weekday = weekday_text(report.from_day.weekday())
    shares = [row.figures.completeness if row.begun else None for row in report.rows]
    chart = curve_chart(
        labels,
        Series(name=_("visits"), values=values, marked=[is_marked(share) for share in shares]),
        gaps=[share is not None and value is None for value, share in zip(values, shares, strict=True)],
        band=[None if one is None else (one.low, one.high) for one in of_hours],
        band_name=_("usual {weekday}", weekday=weekday),
        unit=_("visits"),
        across=_("local time, {clock}", clock=report.clock),
    )
    rows = [
        (
            label,
            _("gap") if value is None and share is not None else "" if value is None else number_text(value),
            "–" if one is None else f"{number_text(one.low)} – {number_text(one.high)}",
            "–" if one is None else mean_text(one.mean),
            share_text(share) + ("*" if is_marked(share) else ""),
        )
        for label, value, one, share in zip(labels, values, of_hours, shares, strict=True)
        if value is not None or share is not None or one is not None
    ]
    text = _("Grey: the fewest and most visits of this hour on up to four such weekdays before.") if usual.hours else ""
    return Section(
        title=_curve_title(report),
        text=text,
        warning=usual.doubt,
        chart=chart,
        table=Table(
            columns=(_("Hour"), _("Visits"), _("Usual"), _("Usual, mean"), _("Completeness")), rows=tuple(rows)
        ),
        wide=True,
    )


def days_section(report: Report, earlier: Report | None) -> Section:
    """Return the visits of a range by day, beside the range before as a grey line."""
    if earlier is None or report.comparison is None or report.comparison.refused:
        section = visits_section(report)
        return section if report.comparison is None else replace(section, warning=report.comparison.doubt)
    before: list[float | None] = [row.figures.pv if is_known(row) else None for row in earlier.rows]
    now: list[float | None] = [row.figures.pv if is_known(row) else None for row in report.rows]
    labels = [row.bucket.label for row in report.rows]
    chart = line_chart(
        labels,
        [
            Series(name=_("now"), values=now, marked=[is_marked(row.figures.completeness) for row in report.rows]),
            Series(name=_("before"), values=(before + [None] * len(now))[: len(now)], color=GREY),
        ],
        unit=_("visits"),
        across=_("{stretch}, {clock}", stretch=_("day"), clock=report.clock),
    )
    chart["layout"]["xaxis"] |= {
        "tickvals": labels,
        "ticktext": [short_day_text(row.bucket.day) for row in report.rows],
    }
    return Section(
        title=_("When do visitors come?"),
        text=_("Grey: {range}, day by day.", range=range_text(earlier.from_day, earlier.to_day)),
        warning=report.comparison.doubt,
        chart=chart,
        table=rows_table(report),
        wide=True,
    )


def week_section(history: Report) -> Section:
    """Return how busy each hour of the week is, over the weeks up to the day that is shown."""
    section = heat_map_section(history)
    return replace(
        section,
        text=" ".join((_("{range}.", range=range_text(history.from_day, history.to_day)), section.text)),
    )


def change_note(comparison: Comparison | None, name: str) -> str:
    """Return by how much a figure lies above that of the range before, with a star where that is in doubt."""
    if comparison is None or comparison.change_percent[name] is None:
        return ""
    star = "*" if comparison.doubt else ""
    days = (comparison.to_day - comparison.from_day).days + 1
    return plural(
        "{change} against the day before",
        "{change} against the {count} days before",
        days,
        change=change_text(comparison.change_percent[name]) + star,
    )


def _curve_title(report: Report) -> str:
    busiest = max(report.rows, key=lambda row: row.figures.pv)
    if not busiest.figures.pv:
        return _("When do visitors come?")
    return plural(
        "Most came from {hour}: {count} visit",
        "Most came from {hour}: {count} visits",
        busiest.figures.pv,
        hour=busiest.bucket.label,
    )


def _day_and_counted(report: Report, today: date) -> str:
    day, counted = report.from_day, _counted(report)
    if day == today:
        return _("Today so far {counted}", counted=counted)
    if day == today - timedelta(days=1):
        return _("Yesterday {counted}", counted=counted)
    return _("{days}: {counted}", days=range_text(day, day), counted=counted)


def _counted(report: Report) -> str:
    figures = report.figures
    if not figures.pv:
        return _("no camera saw anything") if figures.completeness == 0 else _("nobody was counted")
    return _(
        "{visits} by {people}",
        visits=plural("{count} visit", "{count} visits", figures.pv),
        people=plural("{count} person", "{count} people", figures.uv),
    )


def _compared(said: str, change_percent: float, against: str) -> str:
    rounded = round(change_percent)
    if not rounded:
        return _("{said}, about as many as {against}.", said=said, against=against)
    percent = share_text(abs(rounded) / 100)
    if rounded > 0:
        return _("{said}, {percent} more than {against}.", said=said, percent=percent, against=against)
    return _("{said}, {percent} fewer than {against}.", said=said, percent=percent, against=against)
