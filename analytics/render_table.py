"""A report for the terminal, drawn by Rich."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analytics.report import Report
from analytics.report_sections import lead_of, rows_table, summary


def render_table(report: Report) -> RenderableType:
    """Return the figures of a report and a table by hour or day; incomplete figures carry a star."""
    head = summary(report)
    parts: list[RenderableType] = [
        Text(f"Store {report.settings.store_id}: {head.title}", style="bold"),
        Text(lead_of(report), style="dim"),
        Text(""),
    ]
    figures = Table.grid(padding=(0, 2))
    for fact in head.facts:
        figures.add_row(
            Text(fact.label),
            Text(fact.value + ("*" if fact.marked else ""), style="bold"),
            Text(fact.note, style="dim"),
        )
    parts += [figures, Text("")]
    if head.warning:
        parts += [Text(f"* {head.warning}", style="yellow"), Text("")]
    counted = rows_table(report)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for index, column in enumerate(counted.columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    for row in counted.rows:
        table.add_row(*map(Text, row))
    if counted.rows:
        parts.append(table)
    return Group(*parts)
