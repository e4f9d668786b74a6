"""What a report of several stores says, as sections."""

from analytics.completeness import is_marked
from analytics.presentation.charts import Series, bar_chart
from analytics.presentation.language import _
from analytics.presentation.page import Section, Table
from analytics.presentation.wording import number_text, share_text
from analytics.reports.behaviour_sections import behaviour_sections
from analytics.reports.chain_report import ChainReport
from analytics.reports.comparison_sections import comparison_sections
from analytics.reports.report_sections import completeness_section, visitors_section, visits_section
from analytics.reports.report_summary import summary


def chain_sections(report: ChainReport) -> list[Section]:
    """Return a report as sections: figures, the stores side by side, when and how people visit, what cameras saw."""
    return [
        summary(report),
        *comparison_sections(report),
        stores_section(report),
        visits_section(report),
        visitors_section(report),
        completeness_section(report),
        *behaviour_sections(report),
    ]


def stores_section(report: ChainReport) -> Section:
    """Return the visits to each store: a gap where nothing was watched and nobody seen, hatched where in part."""
    figures = [one.figures for one in report.stores]
    visits = Series(
        name=_("visits"),
        values=[one.pv if one.pv or one.completeness else None for one in figures],
        marked=[is_marked(one.completeness) for one in figures],
    )
    names = [one.settings.store_id for one in report.stores]
    return Section(
        title=_("Which stores do visitors come to?"),
        chart=bar_chart(names, [visits], unit=_("visits"), across=_("store")),
        table=stores_table(report),
        wide=True,
    )


def stores_table(report: ChainReport) -> Table:
    """Return the figures of each store, by its own clock and business day; UV of two must never be added."""
    return Table(
        columns=(
            _("Store"),
            _("PV"),
            _("UV"),
            _("New"),
            _("Returning"),
            _("Staff left out"),
            _("Conversion"),
            _("Zone"),
            _("Completeness"),
        ),
        rows=tuple(
            (
                one.settings.store_id,
                *(
                    number_text(count)
                    for count in (
                        one.figures.pv,
                        one.figures.uv,
                        one.figures.new_visitors,
                        one.figures.returning_visitors,
                        one.figures.staff_left_out,
                    )
                ),
                _("data fault") if one.conversion.fault else share_text(one.conversion.share),
                one.settings.zone,
                share_text(one.figures.completeness) + ("*" if is_marked(one.figures.completeness) else ""),
            )
            for one in report.stores
        ),
    )
