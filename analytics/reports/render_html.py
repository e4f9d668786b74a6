"""A report as an HTML page in one file."""

from analytics.presentation.page import render_page
from analytics.reports.chain_report import ChainReport
from analytics.reports.chain_sections import chain_sections
from analytics.reports.report import Report
from analytics.reports.report_sections import report_sections
from analytics.reports.report_summary import lead_of, title_of


def render_html(report: Report | ChainReport) -> str:
    """Return a report as a page that needs no server and asks nobody for anything."""
    sections = report_sections(report) if isinstance(report, Report) else chain_sections(report)
    return render_page(title_of(report), sections, lead=lead_of(report))
