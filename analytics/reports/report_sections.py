"""What a report says, as sections: what its HTML, the live page and the terminal show."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from analytics.completeness import is_marked
from analytics.presentation.charts import SECOND, Figure, Series, bar_chart
from analytics.presentation.language import _, later, plural
from analytics.presentation.page import Section, Table
from analytics.presentation.wording import duration_text, face_text, number_text, share_text, short_day_text
from analytics.reports.behaviour_sections import behaviour_sections
from analytics.reports.chain_report import ChainReport
from analytics.reports.comparison_sections import comparison_sections
from analytics.reports.report import Report, Row
from analytics.reports.report_range import By
from analytics.reports.report_summary import summary

_MOST_VISITS = 1_000
_STRETCH: Mapping[By, str] = {
    By.HOUR: later("Hour"),
    By.DAY: later("Day"),
    By.WEEK: later("Week"),
    By.MONTH: later("Month"),
}
_ACROSS: Mapping[By, str] = {
    By.HOUR: later("local time"),
    By.DAY: later("day"),
    By.WEEK: later("week"),
    By.MONTH: later("month"),
}


def report_sections(report: Report) -> list[Section]:
    """Return a report as sections: figures, when and how people visit, what the cameras saw, the single visits."""
    return [*whole_sections(report), single_visits(report)]


def whole_sections(report: Report) -> list[Section]:
    """Return what a report says of visits and visitors as a whole, as sections."""
    return [
        summary(report),
        *comparison_sections(report),
        visits_section(report),
        visitors_section(report),
        completeness_section(report),
        *behaviour_sections(report),
    ]


def visits_section(report: Report | ChainReport) -> Section:
    """Return visits by stretch: drawn where a camera watched, hatched where it watched in part."""
    counted = Series(
        name=_("visits"),
        values=[row.figures.pv if is_known(row) else None for row in report.rows],
        marked=[is_marked(row.figures.completeness) for row in report.rows],
    )
    chart = _bars(report, [counted], unit=_("visits"))
    return _section_of(report, _("When do visitors come?"), chart, rows_table(report), wide=True)


def visitors_section(report: Report | ChainReport) -> Section:
    """Return new against returning visitors by stretch."""
    series = [
        Series(name=_("new"), values=[row.figures.new_visitors if is_known(row) else None for row in report.rows]),
        Series(
            name=_("returning"),
            values=[row.figures.returning_visitors if is_known(row) else None for row in report.rows],
            color=SECOND,
        ),
    ]
    chart = _bars(report, series, unit=_("visitors"))
    return _section_of(report, _("Who is new, who returns?"), chart, rows_table(report))


def completeness_section(report: Report | ChainReport) -> Section:
    """Return the share of camera time that was seen, by stretch."""
    shares = [row.figures.completeness if row.begun else None for row in report.rows]
    series = Series(
        name=_("complete"), values=shares, color="var(--muted)", marked=[is_marked(share) for share in shares]
    )
    chart = _bars(report, [series], unit=_("of camera time"), share=True)
    table = Table(
        columns=(_stretch_name(report), _("Completeness")),
        rows=tuple((row.bucket.label, share_text(row.figures.completeness)) for row in expected_rows(report)),
    )
    return _section_of(report, _("Did the cameras see?"), chart, table)


def single_visits(report: Report) -> Section:
    """Return the visits one by one, oldest first, at most a thousand."""
    shown = report.visits[:_MOST_VISITS]
    left_out = len(report.visits) - len(shown)
    tz = report.settings.tz

    def at(moment: datetime) -> str:
        local = moment.astimezone(tz)
        return f"{local:%H:%M:%S}" if report.from_day == report.to_day else f"{local:%Y-%m-%d %H:%M:%S}"

    return Section(
        title=plural("{count} visit, one by one", "{count} visits, one by one", len(report.visits)),
        text=_("The last {count} are left out here; CSV and JSON have them all.", count=number_text(left_out))
        if left_out
        else "",
        table=Table(
            columns=(_("Began"), _("Ended"), _("Visitor"), _("Sightings"), _("Dwell")),
            rows=tuple(
                (
                    at(visit.began_at),
                    at(visit.ended_at),
                    face_text(visit.face_id),
                    number_text(visit.sightings),
                    duration_text((visit.ended_at - visit.began_at).total_seconds())
                    if visit.sightings > 1
                    else _("seen once"),
                )
                for visit in shown
            ),
        ),
        wide=True,
    )


def rows_table(report: Report | ChainReport) -> Table:
    """Return the figures by stretch; where a camera should have watched and none did, the counts read "gap".

    Where visits of staff were left out, a column says how many.
    """
    staffed = report.figures.staff_left_out > 0
    columns = [_("PV"), _("UV"), _("New"), _("Returning"), _("Sightings")]
    columns += [_("Staff left out")] * staffed
    return Table(
        columns=(_stretch_name(report), *columns, _("Completeness")),
        rows=tuple((row.bucket.label, *_counts(row, staffed), _marked_share(row)) for row in expected_rows(report)),
    )


def expected_rows(report: Report | ChainReport) -> list[Row]:
    """Return the rows in which a camera watched, or should have, or someone was seen."""
    return [row for row in report.rows if row.begun and (_anybody(row) or row.figures.completeness is not None)]


def is_known(row: Row) -> bool:
    """Return whether a count of this stretch says anything: it has begun, and a camera watched or someone was seen."""
    return row.begun and (_anybody(row) or bool(row.figures.completeness))


def _anybody(row: Row) -> bool:
    return row.figures.pv + row.figures.staff_left_out + row.figures.static_left_out > 0


def _section_of(
    report: Report | ChainReport, title: str, chart: Figure, table: Table, *, wide: bool = False
) -> Section:
    """Return a section with its chart, or with the reason why there is none."""
    if not any(map(is_known, report.rows)):
        return Section(
            title=title,
            text=_("Nothing was watched and nobody was seen: there is nothing to draw."),
            wide=wide,
        )
    return Section(title=title, chart=chart, table=table, wide=wide)


def _counts(row: Row, staffed: bool) -> tuple[str, ...]:
    figures = row.figures
    counts = [figures.pv, figures.uv, figures.new_visitors, figures.returning_visitors, figures.sightings]
    counts += [figures.staff_left_out] * staffed
    return tuple(number_text(count) if is_known(row) else _("gap") for count in counts)


def _marked_share(row: Row) -> str:
    return share_text(row.figures.completeness) + ("*" if is_marked(row.figures.completeness) else "")


def _bars(report: Report | ChainReport, series: Sequence[Series], *, unit: str, share: bool = False) -> Figure:
    across = _("{stretch}, {clock}", stretch=_(_ACROSS[report.by]), clock=report.clock)
    labels = [row.bucket.label for row in report.rows]
    chart = bar_chart(labels, series, unit=unit, share=share, across=across)
    if report.by is By.DAY:
        chart["layout"]["xaxis"] |= {
            "tickvals": labels,
            "ticktext": [short_day_text(row.bucket.day) for row in report.rows],
        }
    if report.by is By.HOUR and report.from_day != report.to_day:
        # The names of the days say more than those of every so many hours.
        days = [row.bucket.day for row in report.rows]
        starts = [index for index, day in enumerate(days) if index == 0 or day != days[index - 1]]
        chart["layout"]["xaxis"]["range"] = [-0.5, len(labels) - 0.5]
        chart["layout"]["xaxis"]["tickvals"] = [labels[index] for index in starts]
        chart["layout"]["xaxis"]["ticktext"] = [short_day_text(days[index]) for index in starts]
    return chart


def _stretch_name(report: Report | ChainReport) -> str:
    return _(_STRETCH[report.by])
