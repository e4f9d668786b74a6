"""A report as a file: the formats there are, their media types, and what makes each."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analytics.reports.chain_report import ChainReport
from analytics.reports.file_format import FileFormat
from analytics.reports.report import Report

MEDIA_TYPES: Mapping[FileFormat, str] = {
    FileFormat.JSON: "application/json",
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.HTML: "text/html; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
    FileFormat.PDF: "application/pdf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A file: its name, its media type, its bytes."""

    name: str
    media_type: str
    content: bytes


def report_file(report: Report | ChainReport, form: FileFormat) -> ReportFile:
    """Return a report as a file. Raises InputError where a library for it is not installed."""
    name = f"report-{report.from_day}-{report.to_day}.{form.value}"
    return ReportFile(name=name, media_type=MEDIA_TYPES[form], content=_RENDERERS[form](report))


# Each library is loaded by the one format that needs it.
def _json(report: Report | ChainReport) -> bytes:
    from analytics.reports.report_json import chain_report_json, report_json

    told = report_json(report) if isinstance(report, Report) else chain_report_json(report)
    return json.dumps(told, ensure_ascii=False, indent=2).encode()


def _csv(report: Report | ChainReport) -> bytes:
    from analytics.reports.render_csv import render_csv

    return render_csv(report).encode()


def _html(report: Report | ChainReport) -> bytes:
    from analytics.reports.render_html import render_html

    return render_html(report).encode()


def _xlsx(report: Report | ChainReport) -> bytes:
    from analytics.reports.render_xlsx import render_xlsx

    return render_xlsx(report)


def _parquet(report: Report | ChainReport) -> bytes:
    from analytics.reports.render_parquet import render_parquet

    return render_parquet(report)


def _pdf(report: Report | ChainReport) -> bytes:
    from analytics.reports.render_pdf import render_pdf

    return render_pdf(report)


_RENDERERS: Mapping[FileFormat, Callable[[Report | ChainReport], bytes]] = {
    FileFormat.JSON: _json,
    FileFormat.CSV: _csv,
    FileFormat.HTML: _html,
    FileFormat.XLSX: _xlsx,
    FileFormat.PARQUET: _parquet,
    FileFormat.PDF: _pdf,
}
