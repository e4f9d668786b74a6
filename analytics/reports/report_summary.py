"""What a report says first: for what its figures stand, the figures of the whole range, and what is missing."""

from analytics.completeness import MARKED_BELOW, is_marked
from analytics.presentation.language import _, plural
from analytics.presentation.page import Fact, Section
from analytics.presentation.wording import day_text, duration_text, number_text, range_text, share_text
from analytics.reports.chain_report import ChainReport
from analytics.reports.metrics import Figures
from analytics.reports.report import Report
from analytics.reports.uv_words import likely, why


def title_of(report: Report | ChainReport) -> str:
    """Return the name of what a report is about."""
    if isinstance(report, Report):
        return _("Store {store}", store=report.settings.store_id)
    return _("Stores {stores}", stores=", ".join(one.settings.store_id for one in report.stores))


def lead_of(report: Report | ChainReport) -> str:
    """Return the sentence that says what the figures of a report stand for."""
    days = range_text(report.from_day, report.to_day)
    if isinstance(report, ChainReport):
        said = plural(
            "{days}, {count} store, by its own clock and business day.",
            "{days}, {count} stores, each by its own clock and business day.",
            len(report.stores),
            days=days,
        )
        return said if report.as_of is None else f"{said} {_as_known(f'{report.as_of:%Y-%m-%d %H:%M:%S %Z}')}"
    settings = report.settings
    if settings.day_start.hour or settings.day_start.minute:
        start = f"{settings.day_start:%H:%M}"
        said = _("{days}, local time of {zone}, days from {start}.", days=days, zone=settings.zone, start=start)
    else:
        said = _("{days}, local time of {zone}.", days=days, zone=settings.zone)
    return (
        said
        if report.as_of is None
        else f"{said} {_as_known(f'{report.as_of.astimezone(settings.tz):%Y-%m-%d %H:%M:%S}')}"
    )


def summary(report: Report | ChainReport) -> Section:
    """Return the figures of the whole range."""
    figures = report.figures
    marked = is_marked(figures.completeness)
    dwell = "–" if figures.median_dwell_s is None else duration_text(figures.median_dwell_s)
    # Where no camera saw anything and nobody was seen, nought is not known either.
    unknown = figures.completeness == 0 and not figures.sightings

    def counted(count: int) -> str:
        return _("gap") if unknown else number_text(count)

    facts = [
        Fact(label=_("Visits (PV)"), value=counted(figures.pv), note=_left_out(report), term="PV", marked=marked),
        Fact(
            label=_("Visitors (UV)"),
            value=counted(figures.uv),
            note=_of_visitors(report),
            term="UV",
            marked=marked,
            likely="" if unknown else likely(report),
            why=why(report),
        ),
        Fact(
            label=_("New"),
            value=counted(figures.new_visitors),
            note=_("records since {day}", day=day_text(report.known_since)),
            term="new",
            marked=marked,
        ),
        Fact(label=_("Returning"), value=counted(figures.returning_visitors), term="returning", marked=marked),
        Fact(
            label=_("Dwell, median"),
            value=dwell,
            note=" · ".join((_seen_once(figures), _bounces(figures))),
            term="dwell",
        ),
        Fact(label=_("Completeness"), value=share_text(figures.completeness), term="completeness", marked=marked),
    ]
    return Section(title=_finding(report), facts=tuple(facts), warning=_missing(report), wide=True)


def _left_out(report: Report | ChainReport) -> str:
    figures = report.figures
    staff, static = number_text(figures.staff_left_out), number_text(figures.static_left_out)
    if figures.staff_left_out and figures.static_left_out:
        return _("{staff} of staff and {static} of what never moves left out", staff=staff, static=static)
    if figures.static_left_out:
        return _("{static} of what never moves left out", static=static)
    return _("{staff} of staff left out", staff=staff) if figures.staff_left_out else ""


def _of_visitors(report: Report | ChainReport) -> str:
    each = report.figures.visits_per_visitor
    told = []
    if isinstance(report, ChainReport):
        told.append(_("{count} in several stores", count=number_text(report.cross_store)))
    if each is not None:
        told.append(_("{visits} visits each", visits=round(each, 2)))
    return " · ".join(told)


def _finding(report: Report | ChainReport) -> str:
    figures = report.figures
    if figures.pv == 0:
        return _("No visit was counted")
    return _(
        "{visits} by {visitors}",
        visits=plural("{count} visit", "{count} visits", figures.pv),
        visitors=plural("{count} visitor", "{count} visitors", figures.uv),
    )


def _missing(report: Report | ChainReport) -> str:
    completeness = report.figures.completeness
    if completeness is None:
        return _("How complete this is, is not known: no camera reported on this range.")
    said = []
    if completeness < MARKED_BELOW:
        said.append(
            _(
                "Incomplete: the cameras saw {share} of the time they were expected to watch, so more visitors than "
                "these have probably come. Figures with * and hatched bars are affected.",
                share=share_text(completeness),
            )
        )
    if isinstance(report, ChainReport):
        silent = [one.settings.store_id for one in report.stores if one.figures.completeness is None]
        if silent:
            said.append(
                _("No camera reported in {stores}: how complete it is there, is not known.", stores=", ".join(silent))
            )
    return " ".join(said)


def _seen_once(figures: Figures) -> str:
    return _("{count} seen once", count=number_text(figures.seen_once))


def _bounces(figures: Figures) -> str:
    count = number_text(figures.bounces)
    if figures.bounce_share is None:
        return _("{count} under 60 s", count=count)
    return _("{count} under 60 s ({share})", count=count, share=share_text(figures.bounce_share))


def _as_known(moment: str) -> str:
    return _("As known on {moment}.", moment=moment)
