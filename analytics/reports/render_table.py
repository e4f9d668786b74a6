"""A report for the terminal, drawn by Rich."""

from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from analytics.presentation.page import Fact, Table
from analytics.reports.behaviour_sections import behaviour_tables, conversion_sections
from analytics.reports.chain_report import ChainReport
from analytics.reports.chain_sections import stores_table
from analytics.reports.comparison_sections import comparison_sections
from analytics.reports.report import Report
from analytics.reports.report_sections import rows_table
from analytics.reports.report_summary import lead_of, summary, title_of


def render_table(report: Report | ChainReport) -> RenderableType:
    """Return the figures of a report, of each store where there are several, by stretch, and how people visit.

    Incomplete figures carry a star.
    """
    head = summary(report)
    parts: list[RenderableType] = [
        Text(f"{title_of(report)}: {head.title}", style="bold"),
        Text(lead_of(report), style="dim"),
        Text(""),
        _facts(head.facts),
        Text(""),
    ]
    if head.warning:
        parts += [Text(f"* {head.warning}", style="yellow"), Text("")]
    for section in (*comparison_sections(report), *conversion_sections(report)):
        parts.append(Text(section.title, style="bold"))
        parts += [Text(f"* {section.warning}", style="yellow")] if section.warning else []
        parts += [_facts(section.facts)] if section.facts else []
        parts += [_columns(section.table)] if section.table else []
        parts.append(Text(""))
    tables = [stores_table(report)] if isinstance(report, ChainReport) else []
    for table in (*tables, rows_table(report), *behaviour_tables(report)):
        if table.rows:
            parts += [_columns(table), Text("")]
    return Group(*parts[:-1])


def _facts(facts: tuple[Fact, ...]) -> RichTable:
    drawn = RichTable.grid(padding=(0, 2))
    for fact in facts:
        drawn.add_row(
            Text(fact.label),
            Text(fact.value + ("*" if fact.marked else ""), style="bold"),
            Text(" · ".join(filter(None, (fact.likely, fact.note))), style="dim"),
        )
    return drawn


def _columns(table: Table) -> RichTable:
    drawn = RichTable(box=None, padding=(0, 2, 0, 0))
    for index, column in enumerate(table.columns):
        drawn.add_column(column, justify="left" if index == 0 else "right")
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    return drawn
