"""What a report says, as sections: what its HTML, the live page and the terminal show."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from analytics.charts import SECOND, Figure, Series, bar_chart
from analytics.completeness import MARKED_BELOW, is_marked
from analytics.page import Fact, Section, Table
from analytics.report import By, Report, Row
from analytics.wording import day_text, duration_text, face_text, number_text, range_text, share_text

_MOST_VISITS = 1_000


def lead_of(report: Report) -> str:
    """Return the sentence that says what the figures of a report stand for."""
    settings = report.settings
    started = f", days from {settings.day_start:%H:%M}" if settings.day_start.hour or settings.day_start.minute else ""
    return f"{range_text(report.from_day, report.to_day)}, local time of {settings.zone}{started}."


def report_sections(report: Report) -> list[Section]:
    """Return a report as sections: figures, visits, new and returning, completeness, the single visits."""
    return [
        summary(report),
        visits_section(report),
        visitors_section(report),
        completeness_section(report),
        single_visits(report),
    ]


def summary(report: Report) -> Section:
    """Return the figures of the whole range."""
    figures = report.figures
    marked = is_marked(figures.completeness)
    dwell = "–" if figures.median_dwell_s is None else duration_text(figures.median_dwell_s)
    facts = (
        Fact(label="Visits (PV)", value=number_text(figures.pv), term="PV", marked=marked),
        Fact(label="Visitors (UV)", value=number_text(figures.uv), term="UV", marked=marked),
        Fact(
            label="New",
            value=number_text(figures.new_visitors),
            note=f"records since {day_text(report.known_since)}",
            term="new",
            marked=marked,
        ),
        Fact(label="Returning", value=number_text(figures.returning_visitors), term="returning", marked=marked),
        Fact(
            label="Dwell, median",
            value=dwell,
            note=f"{number_text(figures.seen_once)} seen once · {number_text(figures.bounces)} under 60 s",
            term="dwell",
        ),
        Fact(label="Completeness", value=share_text(figures.completeness), term="completeness", marked=marked),
    )
    return Section(title=_finding(report), facts=facts, warning=_missing(report), wide=True)


def visits_section(report: Report) -> Section:
    """Return visits by hour or day: drawn where a camera watched, hatched where it watched in part."""
    counted = Series(
        name="visits",
        values=[row.figures.pv if is_known(row) else None for row in report.rows],
        marked=[is_marked(row.figures.completeness) for row in report.rows],
    )
    return Section(
        title="When do visitors come?",
        chart=_bars(report, [counted], unit="visits"),
        table=rows_table(report),
        wide=True,
    )


def visitors_section(report: Report) -> Section:
    """Return new against returning visitors by hour or day."""
    series = [
        Series(name="new", values=[row.figures.new_visitors if is_known(row) else None for row in report.rows]),
        Series(
            name="returning",
            values=[row.figures.returning_visitors if is_known(row) else None for row in report.rows],
            color=SECOND,
        ),
    ]
    return Section(
        title="Who is new, who returns?", chart=_bars(report, series, unit="visitors"), table=rows_table(report)
    )


def completeness_section(report: Report) -> Section:
    """Return the share of camera time that was seen, by hour or day."""
    shares = [row.figures.completeness if row.begun else None for row in report.rows]
    series = Series(name="complete", values=shares, color="var(--muted)", marked=[is_marked(share) for share in shares])
    return Section(
        title="Did the cameras see?",
        chart=_bars(report, [series], unit="of camera time", share=True),
        table=Table(
            columns=(_stretch_name(report), "Completeness"),
            rows=tuple(
                (row.bucket.label, share_text(row.figures.completeness)) for row in report.rows if is_known(row)
            ),
        ),
    )


def single_visits(report: Report) -> Section:
    """Return the visits one by one, oldest first, at most a thousand."""
    shown = report.visits[:_MOST_VISITS]
    left_out = len(report.visits) - len(shown)
    tz = report.settings.tz

    def at(moment: datetime) -> str:
        local = moment.astimezone(tz)
        return f"{local:%H:%M:%S}" if report.from_day == report.to_day else f"{local:%Y-%m-%d %H:%M:%S}"

    return Section(
        title=f"{number_text(len(report.visits))} visits, one by one",
        text=f"The last {number_text(left_out)} are left out here; CSV and JSON have them all." if left_out else "",
        table=Table(
            columns=("Began", "Ended", "Visitor", "Sightings", "Dwell"),
            rows=tuple(
                (
                    at(visit.began_at),
                    at(visit.ended_at),
                    face_text(visit.face_id),
                    number_text(visit.sightings),
                    duration_text((visit.ended_at - visit.began_at).total_seconds())
                    if visit.sightings > 1
                    else "seen once",
                )
                for visit in shown
            ),
        ),
        wide=True,
    )


def rows_table(report: Report) -> Table:
    """Return the figures by hour or day; stretches in which nothing was watched are left out."""
    return Table(
        columns=(_stretch_name(report), "PV", "UV", "New", "Returning", "Sightings", "Completeness"),
        rows=tuple(
            (
                row.bucket.label,
                number_text(row.figures.pv),
                number_text(row.figures.uv),
                number_text(row.figures.new_visitors),
                number_text(row.figures.returning_visitors),
                number_text(row.figures.sightings),
                share_text(row.figures.completeness) + ("*" if is_marked(row.figures.completeness) else ""),
            )
            for row in watched_rows(report)
        ),
    )


def watched_rows(report: Report) -> Iterable[Row]:
    """Return the rows of which something is known."""
    return (row for row in report.rows if is_known(row))


def is_known(row: Row) -> bool:
    """Return whether a count of this stretch says anything: it has begun, and a camera watched or someone was seen."""
    return row.begun and (row.figures.pv > 0 or bool(row.figures.completeness))


def _bars(report: Report, series: Sequence[Series], *, unit: str, share: bool = False) -> Figure:
    across = f"local time, {report.settings.zone}" if report.by is By.HOUR else f"day, {report.settings.zone}"
    return bar_chart([row.bucket.label for row in report.rows], series, unit=unit, share=share, across=across)


def _stretch_name(report: Report) -> str:
    return "Hour" if report.by is By.HOUR else "Day"


def _finding(report: Report) -> str:
    figures = report.figures
    visits = f"{number_text(figures.pv)} visit{'' if figures.pv == 1 else 's'}"
    return f"{visits} by {number_text(figures.uv)} visitor{'' if figures.uv == 1 else 's'}"


def _missing(report: Report) -> str:
    completeness = report.figures.completeness
    if completeness is None:
        return "No camera said anything of this range, so nothing can be said of it either."
    if completeness >= MARKED_BELOW:
        return ""
    return (
        f"The cameras saw {share_text(completeness)} of the time they were expected to watch; "
        "there were probably more visitors than were counted. Figures with * and hatched bars are affected."
    )
