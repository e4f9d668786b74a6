"""A report as an HTML page in one file."""

from analytics.page import render_page
from analytics.report import Report
from analytics.report_sections import lead_of, report_sections


def render_html(report: Report) -> str:
    """Return a report as a page that needs no server and asks nobody for anything."""
    return render_page(f"Store {report.settings.store_id}", report_sections(report), lead=lead_of(report))
