"""A report as CSV: a line for each stretch, of each store."""

import csv
import io

from analytics.completeness import is_marked
from analytics.presentation.harmless import harmless
from analytics.reports.chain_report import ChainReport
from analytics.reports.report import Report, Row
from analytics.reports.report_json import figures_json

_HEADER = ("store", "zone", "began_at", "ended_at")
_MARKS = ("marked", "note")


def render_csv(report: Report | ChainReport) -> str:
    """Return the rows of a report with a header; times as ISO in the store's zone, unknown values empty.

    UV of two lines, or stores, must never be added: ask for the range, or the stores together, instead.
    """
    text = io.StringIO()
    names = list(figures_json(report.figures))
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_HEADER, *names, *_MARKS])
    for one in (report,) if isinstance(report, Report) else report.stores:
        settings = one.settings
        for row in one.rows:
            values = figures_json(row.figures)
            times = (at.astimezone(settings.tz).isoformat() for at in (row.bucket.began_at, row.bucket.ended_at))
            writer.writerow(
                [harmless(settings.store_id), settings.zone, *times, *(values[name] for name in names), *_marks(row)]
            )
    return text.getvalue()


def _marks(row: Row) -> tuple[str, str]:
    return "yes" if is_marked(row.figures.completeness) else "no", "never add uv"
