"""What a report says first: for what its figures stand, the figures of the whole range, and what is missing."""

from analytics.completeness import MARKED_BELOW, is_marked
from analytics.presentation.page import Fact, Section
from analytics.presentation.wording import day_text, duration_text, number_text, range_text, share_text
from analytics.reports.chain_report import ChainReport
from analytics.reports.metrics import Figures
from analytics.reports.report import Report


def title_of(report: Report | ChainReport) -> str:
    """Return the name of what a report is about."""
    if isinstance(report, Report):
        return f"Store {report.settings.store_id}"
    return "Stores " + ", ".join(one.settings.store_id for one in report.stores)


def lead_of(report: Report | ChainReport) -> str:
    """Return the sentence that says what the figures of a report stand for."""
    days = range_text(report.from_day, report.to_day)
    if isinstance(report, ChainReport):
        known = "" if report.as_of is None else f" As known on {report.as_of:%Y-%m-%d %H:%M:%S %Z}."
        return f"{days}, {_stores(len(report.stores))}, each by its own clock and business day.{known}"
    settings = report.settings
    started = f", days from {settings.day_start:%H:%M}" if settings.day_start.hour or settings.day_start.minute else ""
    known = "" if report.as_of is None else f" As known on {report.as_of.astimezone(settings.tz):%Y-%m-%d %H:%M:%S}."
    return f"{days}, local time of {settings.zone}{started}.{known}"


def summary(report: Report | ChainReport) -> Section:
    """Return the figures of the whole range."""
    figures = report.figures
    marked = is_marked(figures.completeness)
    dwell = "–" if figures.median_dwell_s is None else duration_text(figures.median_dwell_s)
    facts = [
        Fact(label="Visits (PV)", value=number_text(figures.pv), note=_left_out(report), term="PV", marked=marked),
        Fact(
            label="Visitors (UV)",
            value=number_text(figures.uv),
            note=_of_visitors(report),
            term="UV",
            marked=marked,
        ),
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
            note=f"{number_text(figures.seen_once)} seen once · {_bounces(figures)}",
            term="dwell",
        ),
        Fact(label="Completeness", value=share_text(figures.completeness), term="completeness", marked=marked),
    ]
    return Section(title=_finding(report), facts=tuple(facts), warning=_missing(report), wide=True)


def _left_out(report: Report | ChainReport) -> str:
    figures = report.figures
    counts = ((figures.staff_left_out, "of staff"), (figures.static_left_out, "of what never moves"))
    told = [f"{number_text(count)} {whose}" for count, whose in counts if count]
    return f"{' and '.join(told)} left out" if told else ""


def _of_visitors(report: Report | ChainReport) -> str:
    each = report.figures.visits_per_visitor
    crossing = f"{number_text(report.cross_store)} in several stores" if isinstance(report, ChainReport) else ""
    return " · ".join(filter(None, (crossing, "" if each is None else f"{each:.2f} visits each")))


def _finding(report: Report | ChainReport) -> str:
    figures = report.figures
    if figures.pv == 0:
        return "No visit was counted"
    visits = f"{number_text(figures.pv)} visit{'' if figures.pv == 1 else 's'}"
    return f"{visits} by {number_text(figures.uv)} visitor{'' if figures.uv == 1 else 's'}"


def _missing(report: Report | ChainReport) -> str:
    completeness = report.figures.completeness
    if completeness is None:
        return "How complete this is, is not known: no camera reported on this range."
    said = []
    if completeness < MARKED_BELOW:
        said.append(
            f"Incomplete: the cameras saw {share_text(completeness)} of the time they were expected to watch, so more "
            "visitors than these have probably come. Figures with * and hatched bars are affected."
        )
    if isinstance(report, ChainReport):
        silent = [one.settings.store_id for one in report.stores if one.figures.completeness is None]
        if silent:
            said.append(f"No camera reported in {', '.join(silent)}: how complete it is there, is not known.")
    return " ".join(said)


def _bounces(figures: Figures) -> str:
    share = "" if figures.bounce_share is None else f" ({share_text(figures.bounce_share)})"
    return f"{number_text(figures.bounces)} under 60 s{share}"


def _stores(count: int) -> str:
    return f"{count} store{'' if count == 1 else 's'}"
