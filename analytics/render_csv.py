"""A report as CSV: a line for each hour or day."""

import csv
import io

from analytics.report import Report, figures_json

_HEADER = ("store", "zone", "began_at", "ended_at")


def render_csv(report: Report) -> str:
    """Return the rows of a report with a header; times as ISO in the store's zone, unknown values empty.

    UV of two lines must never be added: ask for the range instead.
    """
    text = io.StringIO()
    names = list(figures_json(report.figures))
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_HEADER, *names])
    settings = report.settings
    for row in report.rows:
        values = figures_json(row.figures)
        times = (moment.astimezone(settings.tz).isoformat() for moment in (row.bucket.began_at, row.bucket.ended_at))
        writer.writerow([settings.store_id, settings.zone, *times, *(values[name] for name in names)])
    return text.getvalue()
